import pandas as pd
import pytest

from customer_behavior.pipelines.exploration.pipeline import create_pipeline
from customer_behavior.pipelines.exploration.summary import summarise_exploration

LEDGER = {"source_id": "abc"}
MONTHS = pd.DataFrame(
    [("2019-10", "view", 5), ("all", "view", 9), ("all", "purchase", 2)],
    columns=["event_month", "event_type", "events"],
)
DAYS = pd.DataFrame([("2019-10-01", 10.0), ("2019-11-02", 5.5)], columns=["event_date", "revenue"])
VISITS = pd.DataFrame(
    [
        # dimension, path, observable, bot, visits
        ("all", "view_only", True, False, 30),
        ("all", "view_cart_buy", True, False, 10),
        ("all", "view_buy", False, False, 7),
        ("all", "view_only", True, True, 3),
        ("week_hour", "view_only", True, False, 40),
    ],
    columns=["dimension", "path", "is_observable", "is_suspected_bot", "sessions"],
)
HOURS = pd.DataFrame(
    [
        # day of the week, hour, views, visits, of these with a purchase
        (1, 9, 5, 10, 1),
        (2, 9, 5, 10, 1),
        (1, 12, 8, 20, 6),
        (1, 18, 20, 30, 3),
        (1, 22, 1, 2, 2),
    ],
    columns=["day_of_week", "hour", "views", "sessions", "buying_sessions"],
)
CUSTOMERS = pd.DataFrame(
    [("1", 3, 1, 0), ("all", 8, 2, 1)],
    columns=["active_days", "customers", "buyers", "suspected_bots"],
)


@pytest.fixture
def summary(parameters):
    settings = parameters(min_sessions=5)
    return summarise_exploration(MONTHS, DAYS, VISITS, HOURS, CUSTOMERS, LEDGER, settings)


def test_the_summary_says_of_which_input_and_time_it_is(summary):
    assert (summary["source_id"], summary["status"]) == ("abc", "ok")
    assert summary["period"] == ["2019-10-01", "2019-11-02"]


def test_events_customers_visits_and_revenue_are_those_of_all_months(summary):
    assert summary["events"] == {"view": 9, "purchase": 2}
    assert (summary["customers"], summary["buyers"], summary["suspected_bots"]) == (8, 2, 1)
    assert (summary["visits"], summary["revenue"]) == (50, 15.5)


def test_conversion_leaves_out_programs_and_visits_whose_purchase_cannot_be_known(summary):
    assert summary["conversion"]["value"] == 10 / 40
    assert summary["conversion"]["low"] < 10 / 40 < summary["conversion"]["high"]


def test_peak_hours_are_summed_over_the_days_of_the_week(summary):
    assert summary["peak_hours"] == [18, 9, 12]


def test_hours_with_few_visits_have_no_conversion(summary):
    assert summary["peak_conversion_hours"] == [12, 9, 18]


def test_a_run_that_breaks_off_leaves_no_new_summary_beside_older_tables_and_figures():
    exploration = create_pipeline()

    assert set(exploration.to_outputs("exploration_summary").nodes) == set(exploration.nodes)
