"""Which tables about customers are there, and belong to the events that were ingested last."""

from functools import reduce
from typing import Any

import pandas as pd
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

OK, NOT_RUN = "ok", "not_run"
NOT_ENOUGH_DATA, ANOTHER_INPUT = "not_enough_data", "another_input"
#: Datasets that customer_360 is made from.
DAYS, SEGMENTS = "customer_days", "customer_segments"
PROPENSITY, SPEND = "customer_propensity.predictions", "customer_spend_predictions"
RECOMMENDATIONS = "recommendations"

_MADE_BY = {
    DAYS: "feature_engineering",
    SEGMENTS: "clustering",
    PROPENSITY: "classification",
    SPEND: "regression",
    RECOMMENDATIONS: "association",
}
_DATES = ("snapshot_date", "label_end", "data_start")
# Which rows of a table count, and what says when their customers were there.
_ROWS = {
    SEGMENTS: "TRUE",
    PROPENSITY: "role = 'score'",
    SPEND: "role = 'score'",
    RECOMMENDATIONS: "rank = 1 AND user_id IS NOT NULL",
}
_WHEN = dict.fromkeys(_ROWS, "snapshot_date") | {SEGMENTS: "month"}
_REASONS = {
    NOT_RUN: "{made_by} has not been run: kedro run --pipelines={made_by}",
    NOT_ENOUGH_DATA: "{made_by} had too few data",
    ANOTHER_INPUT: "{made_by} made it from other events: kedro run",
}


def check_customer_360_inputs(
    ingestion_ledger: dict[str, Any],
    least_days: int,
    snapshot_calendar: pd.DataFrame | None = None,
    customer_days: DataFrame | None = None,
    sessions: DataFrame | None = None,
    customer_segments: DataFrame | None = None,
    propensity_predictions: DataFrame | None = None,
    spend_predictions: DataFrame | None = None,
    recommendations: DataFrame | None = None,
) -> dict[str, Any]:
    """Check that the tables about customers are there, and of the same events and date.

    These tables do not say which input they were made from, but which customers they are about:
    where these were not all in the events, the table is of another input. So are segments that do
    not reach the newest month.

    Args:
        ingestion_ledger: Has the ``source_id`` and the number of events.
        least_days: Months with events on fewer days have no segments.
        snapshot_calendar: One row per snapshot.
        customer_days: One row per (user_id, event_date).
        sessions: One row per (user_id, user_session).
        customer_segments: One row per (user_id, month).
        propensity_predictions: One row per (user_id, snapshot_date).
        spend_predictions: One row per (user_id, snapshot_date).
        recommendations: One row per (user_id, snapshot_date, rank).

    Returns:
        ``source_id``; ``tables``: by dataset its ``status`` (``ok``, ``not_run``,
        ``not_enough_data`` or ``another_input``) and, where it is not ok, the ``reason``;
        ``snapshot_date``, ``label_end`` (day after those that are predicted) and ``data_start``
        (first day with events), null without customer_days;
        ``segment_month``, the last month with segments, null without.
    """
    tables = {
        SEGMENTS: customer_segments,
        PROPENSITY: propensity_predictions,
        SPEND: spend_predictions,
        RECOMMENDATIONS: recommendations,
    }
    statuses = {name: NOT_RUN for name, table in tables.items() if table is None}
    days = _status_of_days(ingestion_ledger, snapshot_calendar, customer_days, sessions)
    if days != OK:
        # Nobody can tell whose customers the other tables are about.
        statuses = {DAYS: days} | dict.fromkeys(tables, days) | statuses
        return _described(ingestion_ledger, statuses)
    score = _score_snapshot(snapshot_calendar)
    there = _active_customers(customer_days, score).unionAll(_visitors(sessions))
    compared = _compare({name: table for name, table in tables.items() if table is not None}, there)
    statuses = {DAYS: OK} | {name: _status(name, compared) for name in tables} | statuses
    newest = _newest_month(customer_days, least_days)
    if statuses[SEGMENTS] == OK and _last_month(compared) != newest:
        statuses[SEGMENTS] = ANOTHER_INPUT
    return _described(ingestion_ledger, statuses) | {
        **{name: score[name] for name in _DATES},
        "segment_month": _last_month(compared) if statuses[SEGMENTS] == OK else None,
    }


def _status_of_days(
    ledger: dict[str, Any],
    calendar: pd.DataFrame | None,
    customer_days: DataFrame | None,
    sessions: DataFrame | None,
) -> str:
    """Do the days of customers, and the calendar, hold the events that were ingested?"""
    if calendar is None or customer_days is None or sessions is None:
        return NOT_RUN
    if not ledger["total"]["rows_kept"]:
        return NOT_ENOUGH_DATA
    found = customer_days.agg(
        F.sum(F.col("views") + F.col("carts") + F.col("purchases")).alias("events"),
        F.date_add(F.max("event_date"), 1).cast("string").alias("end"),
    ).first()
    has_all_events = found["events"] == ledger["total"]["rows_kept"]
    is_up_to_date = found["end"] == _score_snapshot(calendar)["snapshot_date"]
    return OK if has_all_events and is_up_to_date else ANOTHER_INPUT


def _score_snapshot(calendar: pd.DataFrame) -> dict[str, str]:
    score = calendar[calendar["role"] == "score"].iloc[0]
    return {name: str(pd.Timestamp(score[name]).date()) for name in (*_DATES, "history_start")}


def _active_customers(customer_days: DataFrame, score: dict[str, str]) -> DataFrame:
    """Customers with an event in the history before the last snapshot."""
    in_history = F.col("event_date") >= F.lit(score["history_start"]).cast("date")
    when = F.lit(score["snapshot_date"]).alias("when")
    return customer_days.filter(in_history).select("user_id", when).distinct()


def _visitors(sessions: DataFrame) -> DataFrame:
    """Customers with a visit that began in a month."""
    return sessions.select("user_id", F.col("event_month").alias("when")).distinct()


def _compare(tables: dict[str, DataFrame], there: DataFrame) -> pd.DataFrame:
    """Count the customers of each table beside those who were there; all in one pass.

    Returns:
        One row per (``table``, ``when``): its ``customers``, and how many of them were ``there``;
        without ``table``, those who were there and in none.
    """
    nobody = there.limit(0).select(F.lit(None).cast("string").alias("table"), "user_id", "when")
    listed = [
        table.filter(_ROWS[name]).select(
            F.lit(name).alias("table"), "user_id", F.col(_WHEN[name]).cast("string").alias("when")
        )
        for name, table in tables.items()
    ]
    return (
        reduce(DataFrame.unionAll, listed, nobody)
        .join(there.withColumn("is_there", F.lit(True)), on=["user_id", "when"], how="full")
        .groupBy("table", "when")
        .agg(F.count("table").alias("customers"), F.count("is_there").alias("there"))
        .toPandas()
    )


def _status(name: str, compared: pd.DataFrame) -> str:
    rows = compared[compared["table"] == name]
    if rows.empty:
        return NOT_ENOUGH_DATA
    left_out = compared["table"].isna() & (compared["when"] == _last_month(compared))
    incomplete = name == SEGMENTS and left_out.any()
    return ANOTHER_INPUT if incomplete or (rows["there"] < rows["customers"]).any() else OK


def _last_month(compared: pd.DataFrame) -> str:
    return compared.loc[compared["table"] == SEGMENTS, "when"].max()


def _newest_month(customer_days: DataFrame, least_days: int) -> str | None:
    """The last month with enough days for segments."""
    days = customer_days.select("event_date").distinct()
    months = days.groupBy(F.date_format("event_date", "yyyy-MM").alias("month")).count()
    return months.filter(F.col("count") >= least_days).agg(F.max("month")).first()[0]


def _described(ledger: dict[str, Any], statuses: dict[str, str]) -> dict[str, Any]:
    reasons = {
        name: {"reason": _REASONS[status].format(made_by=_MADE_BY[name])} if status != OK else {}
        for name, status in statuses.items()
    }
    return {
        "source_id": ledger["source_id"],
        **dict.fromkeys([*_DATES, "segment_month"]),
        "tables": {name: {"status": statuses[name]} | reasons[name] for name in statuses},
    }
