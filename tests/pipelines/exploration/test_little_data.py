"""Everything is made, with the same columns, however little there is."""

import io
import json
import warnings

import pandas as pd
import plotly.graph_objects as go
import pytest

from customer_behavior.pipelines.exploration import create_pipeline

pytestmark = [pytest.mark.slow, pytest.mark.default_line]

LEDGER = {"source_id": "abc", "entries": []}
BINARY = {"event_counts", "group_counts", "session_counts", "taxonomy_transitions"}


def events_of(users, days, types=("view", "cart", "purchase"), categories=("kids.toys", None)):
    return [
        (user, f"s{user}-{day}", f"{day} 10:00:0{n}", event_type, category, "lego", 5.0)
        for user in users
        for day in days
        for category in categories
        for n, event_type in enumerate(types)
    ]


TWO_MONTHS = [f"2019-{month}-{day:02}" for month in (10, 11) for day in range(1, 5)]
CASES = {
    "an hour": events_of(range(3), ["2019-10-01"], types=["view"]),
    "no purchase": events_of(range(3), TWO_MONTHS, types=["view", "cart"]),
    "a day of one customer": events_of([1], ["2019-10-01"]),
    "one category": events_of(range(3), TWO_MONTHS, categories=["kids.toys"]),
    "no price": [(*row[:6], None) for row in events_of(range(3), TWO_MONTHS)],
    "one day in each month": events_of(range(3), ["2019-10-31", "2019-11-01"]),
    "no event": [],
}


def written_and_read(name, output):
    """What a table is after its way through the file that the catalog keeps it in."""
    if not isinstance(output, pd.DataFrame) or name in BINARY:
        return output
    file = io.StringIO(output.to_csv(index=False))
    return pd.read_csv(file, keep_default_na=False, na_values=[""], dtype={"item": str})


@pytest.fixture
def run(make_events, make_sessions, make_customer_days, make_outages, parameters):
    """Run all nodes in memory; a warning is an error."""

    def run_nodes(rows, outages=(), **changes):
        events = make_events(*rows)
        data = {
            "events": events,
            "sessions": make_sessions(events),
            "customer_days": make_customer_days(events),
            "purchase_outages": make_outages(*outages),
            "ingestion_ledger": LEDGER,
            "params:exploration": parameters(**changes),
        }
        made, read = {}, dict(data)
        for node in create_pipeline().nodes:
            with warnings.catch_warnings():
                for kind in (RuntimeWarning, FutureWarning, UserWarning):
                    warnings.simplefilter("error", kind)
                outputs = node.run({name: read[name] for name in node.inputs})
            made |= outputs
            read |= {name: written_and_read(name, output) for name, output in outputs.items()}
        return made

    return run_nodes


@pytest.fixture(scope="module")
def columns():
    """The columns of each table, as the first case made them."""
    return {}


@pytest.mark.parametrize("case", CASES)
def test_tables_have_the_same_columns(run, columns, case):
    for name, data in run(CASES[case]).items():
        if name.endswith("_figure"):
            assert isinstance(data, go.Figure), name
        elif name.endswith("_summary"):
            assert data["status"] == ("ok" if CASES[case] else "not_enough_data")
            assert json.dumps(data, allow_nan=False)
        else:
            assert isinstance(data, pd.DataFrame), name
            assert list(data.columns) == columns.setdefault(name, list(data.columns)), name


def test_data_that_are_all_outage_have_no_purchases_per_day(run):
    made = run(CASES["no purchase"], outages=[("2019-09-30", "2019-12-01")], min_sessions=5)

    purchases = made["brand_trends"].query("measure == 'purchases'")
    assert purchases["per_day"].isna().all()
    assert made["session_funnel"].empty
    assert made["weekly_revenue"]["conversion"].isna().all()
