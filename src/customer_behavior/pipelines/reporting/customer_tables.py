"""Which tables about customers are there, and belong to the events that were ingested last."""

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
_REASONS = {
    NOT_RUN: "{made_by} has not been run: kedro run --pipelines={made_by}",
    NOT_ENOUGH_DATA: "{made_by} had too few data",
    ANOTHER_INPUT: "it was made from other events: kedro run --pipelines={made_by}",
}


def check_customer_tables(
    ingestion_ledger: dict[str, Any],
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
    where these were not all in the events, the table is of another input.

    Args:
        ingestion_ledger: Has the ``source_id`` and the number of events.
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
        ``snapshot_date`` and ``data_start`` (first day with events), null without customer_days;
        ``segment_month``, the last month with segments, null without.
    """
    checked = {
        "source_id": ingestion_ledger["source_id"],
        "snapshot_date": None,
        "data_start": None,
        "segment_month": None,
    }
    scored = {PROPENSITY: propensity_predictions, SPEND: spend_predictions}
    others = {SEGMENTS: customer_segments, **scored, RECOMMENDATIONS: recommendations}
    status = _status_of_days(ingestion_ledger, snapshot_calendar, customer_days, sessions)
    if status != OK:
        # Nobody can tell whose customers the other tables are about.
        statuses = {name: NOT_RUN if others[name] is None else status for name in others}
        return checked | {"tables": _described({DAYS: status, **statuses})}
    score = _score_snapshot(snapshot_calendar)
    month = _last_month(customer_segments)
    active = _active_customers(customer_days, score)
    statuses = {
        DAYS: OK,
        SEGMENTS: _status(customer_segments, f"month = '{month}'", _visitors(sessions, month)),
        **{name: _status(table, "role = 'score'", active) for name, table in scored.items()},
        RECOMMENDATIONS: _status(recommendations, "rank = 1 AND user_id IS NOT NULL", active),
    }
    return {
        "source_id": ingestion_ledger["source_id"],
        "snapshot_date": score["snapshot_date"],
        "data_start": score["data_start"],
        "segment_month": month,
        "tables": _described(statuses),
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
    is_same = found["events"] == ledger["total"]["rows_kept"]
    return (
        OK
        if is_same and found["end"] == _score_snapshot(calendar)["snapshot_date"]
        else (ANOTHER_INPUT)
    )


def _score_snapshot(calendar: pd.DataFrame) -> dict[str, str]:
    score = calendar[calendar["role"] == "score"].iloc[0]
    dates = ("snapshot_date", "history_start", "data_start")
    return {name: str(pd.Timestamp(score[name]).date()) for name in dates}


def _last_month(customer_segments: DataFrame | None) -> str | None:
    return customer_segments.agg(F.max("month")).first()[0] if customer_segments else None


def _active_customers(customer_days: DataFrame, score: dict[str, str]) -> DataFrame:
    """Customers with an event in the history before the last snapshot."""
    in_history = F.col("event_date") >= F.lit(score["history_start"]).cast("date")
    date = F.lit(score["snapshot_date"]).cast("date").alias("snapshot_date")
    return customer_days.filter(in_history).select("user_id", date).distinct()


def _visitors(sessions: DataFrame, month: str | None) -> DataFrame:
    """Customers with a visit that began in a month."""
    visits = sessions.filter(F.col("event_month") == F.lit(month))
    return visits.select("user_id", F.col("event_month").alias("month")).distinct()


def _status(table: DataFrame | None, rows: str, customers: DataFrame) -> str:
    """Tell whether a table is about customers that were there.

    Args:
        table: May be None.
        rows: Which of its rows, as SQL.
        customers: Their ids, and the date or month.
    """
    if table is None:
        return NOT_RUN
    listed = table.filter(rows).select(*customers.columns)
    there = customers.withColumn("is_there", F.lit(True))
    found = (
        listed.join(there, on=customers.columns, how="left")
        .agg(F.count("*").alias("rows"), F.count("is_there").alias("there"))
        .first()
    )
    if not found["rows"]:
        return NOT_ENOUGH_DATA
    return OK if found["there"] == found["rows"] else ANOTHER_INPUT


def _described(statuses: dict[str, str]) -> dict[str, dict[str, str]]:
    return {
        name: {"status": status}
        | ({"reason": _REASONS[status].format(made_by=_MADE_BY[name])} if status != OK else {})
        for name, status in statuses.items()
    }
