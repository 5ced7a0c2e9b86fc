"""Visits."""

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from customer_behavior.pipelines.feature_engineering.event_features import day_of_week
from customer_behavior.pipelines.feature_engineering.parameters import FeatureParameters
from customer_behavior.pipelines.feature_engineering.visits import (
    active_seconds,
    distinct_of,
    event_counts,
    main_pair,
    revenue,
    sums_of,
    with_gaps,
)

_READ = (
    "user_id", "user_session", "event_time", "event_date", "event_type", "product_id",
    "category_id", "category_code", "brand", "price",
)  # fmt: skip
_DISTINCT = ("products", "categories", "brands")
_SUMS = ("active_seconds", "views", "carts", "purchases", "revenue")


def build_sessions(
    event_features: DataFrame, customer_days: DataFrame, parameters: FeatureParameters
) -> DataFrame:
    """Summarise each visit.

    Real session ids live for weeks, so that last minus first event says nothing about attention:
    a longer time between two events counts as ``idle_seconds``.

    Args:
        event_features: One row per event.
        customer_days: Say who is suspected to be a program, and since when.
        parameters: ``customers.idle_seconds``.

    Returns:
        One row per (user_id, user_session).

        - ``started_at``, ``ended_at`` (timestamp): first and last event.
        - ``active_seconds`` (long): as in customer_days.
        - ``views``, ``carts``, ``purchases`` (long): events.
        - ``products``, ``categories``, ``brands`` (long): distinct product_id, category_id, brand.
        - ``revenue`` (double): sum of ``price`` over purchases.
        - ``main_category``, ``main_brand`` (string): as in customer_days, of the session.
        - ``hour``, ``day_of_week`` (int): of ``started_at``.
        - ``event_month`` (string): month of ``started_at``.
        - ``is_suspected_bot`` (boolean): of the customer_days row of the day of ``started_at``.
    """
    by_pair = (
        with_gaps(event_features, _READ, parameters.customers.idle_seconds)
        .groupBy("user_id", "user_session", "category_code", "brand")
        .agg(
            F.min("event_time").alias("started_at"),
            F.max("event_time").alias("ended_at"),
            *event_counts(),
            F.count("*").alias("events"),
            active_seconds(),
            revenue(),
            F.collect_set("product_id").alias("products"),
            F.collect_set("category_id").alias("categories"),
        )
    )
    sessions = by_pair.groupBy("user_id", "user_session").agg(
        F.min("started_at").alias("started_at"),
        F.max("ended_at").alias("ended_at"),
        *sums_of(*_SUMS),
        distinct_of("products"),
        distinct_of("categories"),
        F.collect_set("brand").alias("brands"),
        main_pair().alias("main"),
    )
    suspected = customer_days.filter("is_suspected_bot").select(
        "user_id", F.col("event_date").alias("started_on"), "is_suspected_bot"
    )
    return (
        sessions.withColumn("started_on", F.to_date("started_at"))
        .join(F.broadcast(suspected), on=["user_id", "started_on"], how="left")
        .select(
            "user_id", "user_session", "started_at", "ended_at", *_SUMS,
            *(F.size(name).cast("long").alias(name) for name in _DISTINCT),
            F.col("main.category_code").alias("main_category"),
            F.col("main.brand").alias("main_brand"),
            F.hour("started_at").alias("hour"),
            day_of_week("started_at").alias("day_of_week"),
            F.date_format("started_at", "yyyy-MM").alias("event_month"),
            F.coalesce("is_suspected_bot", F.lit(False)).alias("is_suspected_bot"),
        )
    )  # fmt: skip
