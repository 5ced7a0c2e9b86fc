"""Sums by category and day, and baskets."""

import pandas as pd
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from customer_behavior.pipelines.feature_engineering.calendar import Calendar
from customer_behavior.pipelines.feature_engineering.parameters import FeatureParameters
from customer_behavior.pipelines.feature_engineering.visits import event_counts, revenue


def build_category_days(event_features: DataFrame, purchase_outages: DataFrame) -> DataFrame:
    """Sum up each day of each category.

    Args:
        event_features: One row per event.
        purchase_outages: One row per time in which purchases were not recorded.

    Returns:
        One row per (category_l1, event_date): ``views``, ``carts``, ``purchases`` (long),
        ``revenue`` (double), ``users`` (long, distinct), ``is_outage`` (boolean: whether one
        overlaps the day).
    """
    days = event_features.groupBy("category_l1", "event_date").agg(
        *event_counts(), revenue(), F.count_distinct("user_id").alias("users")
    )
    outage_days = purchase_outages.select(
        F.explode(F.sequence(F.to_date("start"), F.to_date("end"))).alias("event_date"),
        F.lit(True).alias("is_outage"),
    ).distinct()
    return days.join(F.broadcast(outage_days), on="event_date", how="left").select(
        "category_l1", "event_date", "views", "carts", "purchases", "revenue", "users",
        F.coalesce("is_outage", F.lit(False)).alias("is_outage"),
    )  # fmt: skip


def build_baskets(
    event_features: DataFrame, snapshot_calendar: pd.DataFrame, parameters: FeatureParameters
) -> DataFrame:
    """Collect what each customer bought, before the validation snapshot and from it on.

    Args:
        event_features: One row per event.
        snapshot_calendar: Says when validation begins.
        parameters: ``baskets``: which events put what into a basket.

    Returns:
        One row per (user_id, period): ``items``, the distinct values, sorted, of the parameter
        ``item`` (default ``category_code`` after imputation) over events of ``event_types``
        (default purchase). ``period`` is ``fit`` before the validation snapshot (without one:
        everything), ``later`` from it on.
    """
    settings = parameters.baskets
    border = Calendar.of(snapshot_calendar).learned_until
    period = F.when(F.col("event_date") < F.lit(border), "fit").otherwise("later")
    return (
        event_features.filter(F.col("event_type").isin(settings.event_types))
        .groupBy("user_id", period.alias("period"))
        .agg(F.array_sort(F.collect_set(item_of(settings.item))).alias("items"))
    )


def item_of(name: str) -> Column:
    """The item that an event puts into a basket; category_l2 is ``electronics.audio`` in whole."""
    return F.substring_index("category_code", ".", 2) if name == "category_l2" else F.col(name)
