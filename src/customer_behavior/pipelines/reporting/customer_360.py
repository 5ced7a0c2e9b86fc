"""All that is known of each customer, in one row."""

from functools import reduce
from typing import Any

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

from customer_behavior.datasets.session import get_session
from customer_behavior.pipelines.feature_engineering.imputation import UNKNOWN
from customer_behavior.pipelines.reporting.customer_360_inputs import (
    DAYS,
    OK,
    PROPENSITY,
    RECOMMENDATIONS,
    SEGMENTS,
    SPEND,
)
from customer_behavior.pipelines.reporting.parameters import (
    Customer360Parameters,
    ReportingParameters,
)

_SHOWN = (1, 2, 3)
# What is read of each table: those that are not there, or of another input, are empty.
_SCHEMAS = {
    DAYS: (
        "user_id long, event_date date, purchases long, revenue double, main_category string, "
        "main_events long, is_suspected_bot boolean"
    ),
    SEGMENTS: "user_id long, month string, segment string",
    PROPENSITY: (
        "user_id long, role string, raw_score double, probability double, decile int, "
        "model_source_id string"
    ),
    SPEND: "user_id long, role string, expected_spend double, decile int, model_source_id string",
    RECOMMENDATIONS: (
        "user_id long, rank int, product_id long, category_code string, source string, "
        "model_source_id string"
    ),
}


def build_customer_360(
    customer_360_inputs: dict[str, Any],
    parameters: ReportingParameters,
    customer_days: DataFrame | None = None,
    customer_segments: DataFrame | None = None,
    propensity_predictions: DataFrame | None = None,
    spend_predictions: DataFrame | None = None,
    recommendations: DataFrame | None = None,
) -> DataFrame:
    """Put together what is known of each customer on the day of the last snapshot.

    In it is every customer with an event in the ``period_days`` before. What only some have is null
    for the others: segments are those of customers with a visit in that calendar month;
    predictions and recommendations of those with an event in the history before the snapshot
    (14 days by default) who do not look like a program.

    Args:
        customer_360_inputs: From ``check_customer_360_inputs``: only tables that are ``ok`` are
            used.
        parameters: ``customer_360``.
        customer_days: One row per (user_id, event_date).
        customer_segments: One row per (user_id, month).
        propensity_predictions: One row per (user_id, snapshot_date).
        spend_predictions: One row per (user_id, snapshot_date).
        recommendations: One row per (user_id, snapshot_date, rank).

    Returns:
        One row per ``user_id``, amounts in the currency of ``price``:

        - ``snapshot_date``; ``source_id`` of the events.
        - ``segment_month``, ``segment``, ``previous_segment`` (of the month before).
        - ``purchase_probability``, ``purchase_decile`` (1 is the most likely tenth),
          ``purchase_rank`` (1 is the most likely customer).
        - ``expected_spend``, ``spend_decile``, over the same days as the probability.
        - Of the period: ``days_since_last_visit``; ``recency_days`` (since the last purchase, null
          without one), ``frequency`` (days with a purchase), ``monetary_value`` (revenue).
        - ``favourite_category``: that of the day with the most events of one known category.
        - ``recommended_product_1`` to ``_3``, ``recommended_category_1``, ``recommended_by_1``
          (source) and so on.
        - ``is_suspected_bot`` (on any day of the period); ``is_new`` (no event before the last
          ``new_days``; null where the data do not reach back farther).
        - ``propensity_model_source_id``, ``spend_model_source_id``,
          ``recommendations_model_source_id``: the inputs that models were trained on.
    """
    given = {
        DAYS: customer_days,
        SEGMENTS: customer_segments,
        PROPENSITY: propensity_predictions,
        SPEND: spend_predictions,
        RECOMMENDATIONS: recommendations,
    }
    tables = {name: _usable(name, table, customer_360_inputs) for name, table in given.items()}
    parts = [
        _activity(tables[DAYS], customer_360_inputs, parameters.customer_360),
        _segments(tables[SEGMENTS], customer_360_inputs["segment_month"]),
        _propensity(tables[PROPENSITY]),
        _spend(tables[SPEND]),
        _recommended(tables[RECOMMENDATIONS]),
    ]
    joined = reduce(lambda left, right: left.join(right, on="user_id", how="left"), parts)
    return joined.select(
        "user_id",
        F.lit(customer_360_inputs["snapshot_date"]).cast("date").alias("snapshot_date"),
        F.lit(customer_360_inputs["segment_month"]).cast("string").alias("segment_month"),
        "segment", "previous_segment",
        "purchase_probability", "purchase_decile", "purchase_rank",
        "expected_spend", "spend_decile",
        "days_since_last_visit", "recency_days", "frequency", "monetary_value",
        "favourite_category",
        *(f"recommended_{what}_{n}" for n in _SHOWN for what in ("product", "category", "by")),
        "is_suspected_bot", "is_new",
        "propensity_model_source_id", "spend_model_source_id", "recommendations_model_source_id",
        F.lit(customer_360_inputs["source_id"]).alias("source_id"),
    )  # fmt: skip


def _usable(name: str, table: DataFrame | None, customer_360_inputs: dict[str, Any]) -> DataFrame:
    if table is None or customer_360_inputs["tables"][name]["status"] != OK:
        return get_session().createDataFrame([], _SCHEMAS[name])
    return table


def _activity(
    customer_days: DataFrame, customer_360_inputs: dict[str, Any], parameters: Customer360Parameters
) -> DataFrame:
    """Sum up the days of the period; one row per customer."""
    snapshot = F.lit(customer_360_inputs["snapshot_date"]).cast("date")
    new_from = F.date_sub(snapshot, parameters.new_days)
    was_bought = F.col("purchases") > 0
    known = F.col("main_category") != UNKNOWN
    most = F.max(F.when(known, F.struct("main_events", "main_category")))
    reaches_back = F.lit(customer_360_inputs["data_start"]).cast("date") < new_from
    return (
        customer_days.filter(F.col("event_date") >= F.date_sub(snapshot, parameters.period_days))
        .groupBy("user_id")
        .agg(
            F.date_diff(snapshot, F.max("event_date")).alias("days_since_last_visit"),
            F.date_diff(snapshot, F.max(F.when(was_bought, F.col("event_date")))).alias(
                "recency_days"
            ),
            F.count_if(was_bought).alias("frequency"),
            F.sum("revenue").alias("monetary_value"),
            most["main_category"].alias("favourite_category"),
            F.bool_or("is_suspected_bot").alias("is_suspected_bot"),
            F.when(reaches_back, F.min("event_date") >= new_from).alias("is_new"),
        )
    )


def _segments(customer_segments: DataFrame, month: str | None) -> DataFrame:
    """The segments of a month and of the one before; one row per customer."""
    last = F.lit(month).cast("string")
    before = F.date_format(F.add_months(F.to_date(last, "yyyy-MM"), -1), "yyyy-MM")
    return (
        customer_segments.filter(F.col("month").isin(last, before))
        .groupBy("user_id")
        .agg(
            F.max(F.when(F.col("month") == last, F.col("segment"))).alias("segment"),
            F.max(F.when(F.col("month") == before, F.col("segment"))).alias("previous_segment"),
        )
    )


def _propensity(predictions: DataFrame) -> DataFrame:
    best_first = Window.partitionBy("role").orderBy(F.desc("raw_score"), "user_id")
    return predictions.filter("role = 'score'").select(
        "user_id",
        F.col("probability").alias("purchase_probability"),
        F.col("decile").alias("purchase_decile"),
        F.row_number().over(best_first).alias("purchase_rank"),
        F.col("model_source_id").alias("propensity_model_source_id"),
    )


def _spend(predictions: DataFrame) -> DataFrame:
    return predictions.filter("role = 'score'").select(
        "user_id",
        "expected_spend",
        F.col("decile").alias("spend_decile"),
        F.col("model_source_id").alias("spend_model_source_id"),
    )


def _recommended(recommendations: DataFrame) -> DataFrame:
    """The first three recommendations side by side; one row per customer."""
    columns = {"product": "product_id", "category": "category_code", "by": "source"}
    return (
        recommendations.filter(F.col("rank").isin(*_SHOWN) & F.col("user_id").isNotNull())
        .groupBy("user_id")
        .agg(
            *(
                _of_rank(rank, column).alias(f"recommended_{what}_{rank}")
                for rank in _SHOWN
                for what, column in columns.items()
            ),
            F.max("model_source_id").alias("recommendations_model_source_id"),
        )
    )


def _of_rank(rank: int, column: str) -> Column:
    return F.max(F.when(F.col("rank") == rank, F.col(column)))
