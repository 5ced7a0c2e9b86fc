import numpy as np
import pandas as pd
import pytest
from pyspark.sql import functions as F

from clustering import (
    LEDGER,
    Segments,
    as_customer_months,
    clustering_parameters,
    draw_customer_months,
)
from customer_behavior.datasets import SparkMLModelDataset
from customer_behavior.pipelines.clustering.segment_model import assign_segments, fit_segments

MEANT = {
    "buyer": "Frequent Buyers",
    "abandoner": "Cart Abandoners",
    "window shopper": "Window Shoppers",
    "single": "One-Time Visitors",
    "bot": "Bots",
}


@pytest.fixture(scope="module")
def table():
    return draw_customer_months()


@pytest.fixture(scope="module")
def segments(spark, table):
    return Segments(as_customer_months(spark, table))


def planted(table, month="2019-10"):
    return table[table["month"] == month].set_index("user_id")["behaviour"].sort_index()


@pytest.mark.parametrize("month", ["2019-10", "2019-11"])
def test_segments_are_named_after_what_their_customers_do(segments, table, month):
    found = segments.by_customer(month)

    assert segments.segment_selection["segments"] == 4
    for behaviour, name in MEANT.items():
        customers = planted(table, month) == behaviour
        assert (found[customers] == name).mean() > 0.95, behaviour
    others = found[planted(table, month) == "glancer"]
    assert (others == others.mode()[0]).mean() > 0.95
    assert "Short Visits" in others.mode()[0]


def test_another_seed_and_shuffled_rows_give_the_same_segments(spark, segments, table):
    shuffled = as_customer_months(spark, table.sample(frac=1, random_state=5)).repartition(3)

    again = Segments(shuffled, clustering_parameters(seed=99))

    assert (again.by_customer() == segments.by_customer()).mean() >= 0.95
    names = {month["month"]: set(month["segments"]) for month in again.segment_selection["months"]}
    assert names == {
        month["month"]: set(month["segments"]) for month in segments.segment_selection["months"]
    }


def test_a_name_means_the_same_next_month(segments):
    first, second = segments.segment_selection["months"]

    assert set(first["segments"]) == set(second["segments"])
    assert all(of["moved"] is None for of in first["segments"].values())
    assert all(0 < of["moved"] < 0.5 for of in second["segments"].values())


def test_the_distance_is_that_to_the_centroid(segments):
    found = segments.segment_selection
    rows = segments.segment_model.transform(segments.customer_months.filter("month = '2019-11'"))
    rows = rows.filter(F.col("distance").isNotNull()).limit(50).toPandas()
    centroids = found["months"][1]["segments"]

    for row in rows.to_dict("records"):
        centroid = centroids[row["segment"]]["centroid"]
        squares = sum((row[f"{name}_z"] - centroid[name]) ** 2 for name in found["features"])
        assert row["distance"] == pytest.approx(np.sqrt(squares))


def test_features_that_say_the_same_are_left_out_and_that_is_said(segments):
    left_out = segments.segment_selection["left_out"]

    assert "goes with visits (correlation 1.00)" in left_out["active_days"]
    assert "active_days" not in segments.segment_selection["features"]


def test_new_customers_are_assigned_without_a_fit(spark, segments, tmp_path):
    dataset = SparkMLModelDataset(filepath=str(tmp_path / "model"))
    dataset.save(segments.segment_model)
    newcomers = draw_customer_months(400, ["2019-12"], seed=8)

    assigned = assign_segments(dataset.load(), as_customer_months(spark, newcomers)).toPandas()

    found = assigned.set_index("user_id")["segment"].sort_index()
    assert set(assigned["month"]) == {"2019-12"}
    for behaviour, name in MEANT.items():
        assert (found[planted(newcomers, "2019-12") == behaviour] == name).mean() > 0.9, behaviour


def test_what_others_do_next_month_does_not_change_the_segments_of_this_one(spark, segments, table):
    later = table["month"] == "2019-11"
    altered = table.copy()
    altered.loc[later, ["views", "active_seconds", "purchases"]] *= 50

    again = Segments(as_customer_months(spark, altered))

    pd.testing.assert_series_equal(again.by_customer(), segments.by_customer())


def nothing_found(spark, table, **changes):
    found = Segments(as_customer_months(spark, table), clustering_parameters(**changes))
    assert found.segment_selection["status"] == "not_enough_data"
    assert found.customer_segments.columns == ["user_id", "month", "segment", "distance"]
    assert found.customer_segments.isEmpty()
    assert found.segment_evaluation["status"] == "not_enough_data"
    assert found.segment_profiles.empty
    assert found.segment_migration.empty
    figures = ["number", "centroids", "sizes", "migration", "customers"]
    drawn = [getattr(found, f"segment_{name}_figure") for name in figures]
    assert all(len(figure.layout.annotations) for figure in drawn[1:])
    return found.segment_evaluation["reason"]


def test_too_few_customers_are_no_error(spark, table):
    few = table[table["user_id"] < 100]

    assert "200 customers who are neither bots" in nothing_found(spark, few)
    assert "200 customers who are neither bots" in nothing_found(spark, table[:0])


def test_customers_who_all_do_the_same_have_no_segments(spark, table):
    number = table.select_dtypes("number").columns.drop("user_id")
    alike = table[table["behaviour"] == "buyer"].copy()
    alike[number] = alike[number].iloc[0].to_numpy()

    assert nothing_found(spark, alike) == "all customers behave alike"


def test_segments_that_are_not_found_again_are_none(spark, table):
    random = np.random.default_rng(4)
    noise = table[table["behaviour"] != "bot"].copy()
    for name in noise.select_dtypes("number").columns.drop(
        ["user_id", "revenue", "hour_sin", "hour_cos"]
    ):
        noise[name] = random.integers(1, 1000, len(noise))

    reason = nothing_found(spark, noise, search={"least_stability": 0.99})

    assert "no number of segments from 3 to 5 is found again" in reason


def test_a_month_with_few_customers_has_the_segments_of_the_next(spark, table):
    few = table[(table["month"] == "2019-11") | (table["user_id"] < 50)]

    model, found = fit_segments(as_customer_months(spark, few), LEDGER, clustering_parameters())

    assert [month["month"] for month in found["months"]] == ["2019-11"]
    assigned = assign_segments(model, as_customer_months(spark, few)).toPandas()
    assert assigned["segment"].notna().all()
    assert set(assigned["month"]) == {"2019-10", "2019-11"}
