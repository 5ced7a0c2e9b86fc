"""All columns of all tables, computed a second time by DuckDB."""

import duckdb
import numpy as np
import pandas as pd
import pytest

from features import feature_parameters
from second_way_features import build_calendar, rebuild

GRAINS = {
    "imputation_values": ["level", "key"],
    "frequencies": ["column_name", "value"],
    "customer_days": ["user_id", "event_date"],
    "sessions": ["user_id", "user_session"],
    "customer_snapshots": ["user_id", "snapshot_date"],
    "session_prefixes": ["user_id", "user_session", "k"],
    "category_days": ["category_l1", "event_date"],
    "baskets": ["user_id", "period"],
}


@pytest.fixture(scope="module")
def both_ways(spark, sample, module_project):
    module_project.run(sample, "ingestion")
    module_project.run(sample, "feature_engineering")
    connection = duckdb.connect()
    second = rebuild(
        f"{module_project.folder}/data/03_primary/events/*/*.parquet",
        module_project.load("purchase_outages").toPandas(),
        module_project.load("snapshot_calendar"),
        feature_parameters().model_dump(),
        connection,
    )
    second["event_features"] = connection.sql("FROM event_features").df()
    return module_project, second


@pytest.mark.slow
@pytest.mark.parametrize("name", GRAINS)
def test_duckdb_finds_the_same(both_ways, name):
    project, second = both_ways
    one = project.load(name).toPandas()
    other = second[name]

    assert len(one) > 0
    assert set(one.columns) == set(other.columns)
    assert not one.duplicated(GRAINS[name]).any()
    one, other = (_sorted(table[sorted(one.columns)], GRAINS[name]) for table in (one, other))
    for column in one:
        pd.testing.assert_series_equal(
            _plain(one[column]), _plain(other[column]), rtol=1e-9, atol=1e-9, check_dtype=False
        )


@pytest.mark.slow
def test_events_keep_their_number_and_their_features_add_up(both_ways):
    project, second = both_ways
    one, other = project.load("event_features").toPandas(), second["event_features"]

    assert len(one) == len(other) == project.load("events").count()
    for column in one.select_dtypes(["number", "bool"]):
        assert np.isclose(one[column].sum(), other[column].sum()), column
    for column in ("category_code", "brand", "category_l1"):
        pd.testing.assert_series_equal(
            one[column].value_counts().sort_index(), other[column].value_counts().sort_index()
        )


@pytest.mark.slow
def test_the_calendar_is_the_same(both_ways):
    project, _ = both_ways
    bounds = project.load("events").selectExpr("min(event_time)", "max(event_time)").toPandas()
    outages = project.load("purchase_outages").toPandas()

    one = project.load("snapshot_calendar")
    other = build_calendar(*bounds.iloc[0], outages, feature_parameters().model_dump())

    assert list(one["role"].fillna("")) == list(other["role"].fillna(""))
    assert list(one["reason"].isna()) == list(other["reason"].isna())
    for column in ("snapshot_date", "label_end", "reference_end", "outage_share"):
        assert [str(a) for a in _plain(one[column])] == [str(b) for b in _plain(other[column])]


def _sorted(table, grain):
    return table.sort_values(grain, ignore_index=True, key=lambda column: column.astype(str))


def _plain(column):
    """The same types, whichever engine the values come from."""
    values = column.dropna()
    first = values.iloc[0] if len(values) else None
    if isinstance(first, (list, np.ndarray)):
        return column.map(tuple)
    if column.dtype.kind == "M" or hasattr(first, "isoformat"):
        return pd.to_datetime(column).astype("datetime64[us]")
    if isinstance(first, (bool, np.bool_)):
        return column.map({True: 1.0, False: 0.0}).astype(float)
    if column.dtype.kind in "iufb" or str(column.dtype).startswith(("Int", "Float")):
        return column.astype(float)
    return column.astype(object).where(column.notna(), None)
