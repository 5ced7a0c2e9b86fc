"""Only tables of the events that were ingested last are used."""

from datetime import date

import pytest

from customer_behavior.pipelines.reporting.customer_360_inputs import (
    ANOTHER_INPUT,
    NOT_ENOUGH_DATA,
    NOT_RUN,
    OK,
)
from reporting import BOT, GONE, ROWS, calendar, check, make_tables, statuses

STRANGER = 99
DATASETS = {
    "customer_segments": "customer_segments",
    "propensity_predictions": "customer_propensity.predictions",
    "spend_predictions": "customer_spend_predictions",
    "recommendations": "recommendations",
}


def test_tables_of_the_same_events_are_ok(spark):
    checked = check(make_tables(spark))

    assert set(statuses(checked).values()) == {OK}
    assert checked["source_id"] == "current"
    assert (checked["snapshot_date"], checked["label_end"]) == ("2019-12-01", "2019-12-08")
    assert checked["segment_month"] == "2019-11"


@pytest.mark.parametrize(
    ("name", "row"),
    [
        ("customer_segments", {"user_id": STRANGER, "month": "2019-10", "segment": "A"}),
        ("propensity_predictions", {"user_id": STRANGER, "probability": 0.1}),
        ("spend_predictions", {"user_id": STRANGER, "expected_spend": 1.0}),
        ("recommendations", {"user_id": STRANGER, "rank": 1, "product_id": 1}),
    ],
)
def test_a_table_with_a_customer_who_was_not_there_is_of_another_input(spark, name, row):
    checked = check(make_tables(spark, **{name: [*ROWS[name], row]}))

    assert statuses(checked).pop(DATASETS[name]) == ANOTHER_INPUT
    assert list(statuses(checked).values()).count(OK) == 4
    assert "kedro run" in checked["tables"][DATASETS[name]]["reason"]


def test_predictions_of_an_earlier_date_are_of_another_input(spark):
    week_before = [
        {**row, "snapshot_date": date(2019, 11, 24)} for row in ROWS["spend_predictions"]
    ]

    checked = check(make_tables(spark, spend_predictions=week_before))

    assert statuses(checked)["customer_spend_predictions"] == ANOTHER_INPUT


def test_segments_without_a_customer_of_the_last_month_are_of_another_input(spark):
    without = [row for row in ROWS["customer_segments"] if row["user_id"] != BOT]

    checked = check(make_tables(spark, customer_segments=without))

    assert statuses(checked)["customer_segments"] == ANOTHER_INPUT
    assert checked["segment_month"] is None


@pytest.mark.parametrize(("least_days", "status"), [(5, ANOTHER_INPUT), (6, OK)])
def test_segments_without_the_newest_month_that_has_them_are_of_another_input(
    spark, least_days, status
):
    before = [row for row in ROWS["customer_segments"] if row["month"] == "2019-10"]
    longer = [{"user_id": GONE, "event_date": date(2019, 10, 10 + day)} for day in range(4)]
    tables = make_tables(
        spark, customer_segments=before, customer_days=[*ROWS["customer_days"], *longer]
    )
    four_more = {"source_id": "current", "total": {"rows_kept": 14}}

    checked = check(tables, four_more, least_days)

    assert statuses(checked)["customer_segments"] == status


def test_without_a_table_its_pipeline_was_not_run_and_without_rows_it_had_too_few_data(spark):
    only_test = [row | {"role": "test"} for row in ROWS["spend_predictions"]]
    tables = make_tables(
        spark, customer_segments=[], spend_predictions=only_test, recommendations=None
    )

    assert statuses(check(tables)) == {
        "customer_days": OK,
        "customer_segments": NOT_ENOUGH_DATA,
        "customer_propensity.predictions": OK,
        "customer_spend_predictions": NOT_ENOUGH_DATA,
        "recommendations": NOT_RUN,
    }


def test_days_that_do_not_hold_the_ingested_events_make_all_tables_those_of_another_input(spark):
    tables = make_tables(spark, recommendations=None)
    one_more = {"source_id": "current", "total": {"rows_kept": 11}}

    checked = check(tables, one_more)

    assert statuses(checked).pop("recommendations") == NOT_RUN
    assert list(statuses(checked).values()).count(ANOTHER_INPUT) == 4
    assert checked["snapshot_date"] is None


def test_a_calendar_of_other_events_is_noticed(spark):
    tables = make_tables(spark) | {"snapshot_calendar": calendar(end="2019-12-08")}

    assert statuses(check(tables))["customer_days"] == ANOTHER_INPUT


def test_events_alone_say_nothing_of_customers(spark):
    nothing = dict.fromkeys(make_tables(spark))

    assert set(statuses(check(nothing)).values()) == {NOT_RUN}


def test_without_events_there_are_too_few_data(spark):
    none = {"source_id": "current", "total": {"rows_kept": 0}}

    checked = check(make_tables(spark, customer_days=[]), none)

    assert set(statuses(checked).values()) == {NOT_ENOUGH_DATA}
