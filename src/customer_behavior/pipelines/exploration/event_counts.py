"""All that exploration counts in events, in one pass over them."""

import pandas as pd
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from customer_behavior.pipelines.exploration.parameters import ExplorationParameters

#: Name of what has no name.
UNKNOWN = "unknown"


def count_events(events: DataFrame) -> pd.DataFrame:
    """Count events by day and, one dimension at a time, by hour, category and brand.

    Not by all dimensions at once: days times brands are some 10^5 rows at any number of events,
    days times brands times categories times hours are a good part of the events.

    Args:
        events: One row per event.

    Returns:
        One row per (``event_date``, ``event_type``, ``dimension``, ``item``): ``events``,
        ``priced_events`` (with a price) and ``amount`` (sum of ``price``). ``dimension`` is
        ``hour``, ``category_l1``, ``category_l2`` (written ``level 1.level 2``) or ``brand``;
        ``item`` is a text, ``unknown`` where an event has none. Each dimension counts each event
        once.
    """
    hour = F.hour("event_time").cast("string").alias("hour")
    day = F.col("event_date").cast("string").alias("event_date")
    return _count_by(events, [day, F.col("event_type")], [hour, *_dimensions()])


def count_events_of_groups(events: DataFrame, parameters: ExplorationParameters) -> pd.DataFrame:
    """Count events by month and by groups of customers: their scatter tells what noise is.

    Args:
        events: One row per event.
        parameters: ``customer_groups``: how many; a customer's is a hash of ``user_id``.

    Returns:
        One row per (``event_month``, ``event_type``, ``customer_group``, ``dimension``, ``item``):
        the columns of event_counts, without the dimension ``hour``.
    """
    group = F.pmod(F.xxhash64("user_id"), F.lit(parameters.customer_groups)).cast("int")
    keys = [F.col("event_month"), F.col("event_type"), group.alias("customer_group")]
    return _count_by(events, keys, _dimensions())


def _count_by(events: DataFrame, keys: list[Column], dimensions: list[Column]) -> pd.DataFrame:
    names = events.select(*dimensions).columns
    selected = events.select(*keys, "price", *dimensions)
    key_names = selected.columns[: len(keys)]
    return (
        selected.unpivot([*key_names, "price"], names, "dimension", "item")
        .groupBy(*key_names, "dimension", "item")
        .agg(
            F.count("*").alias("events"),
            F.count("price").alias("priced_events"),
            F.coalesce(F.sum("price"), F.lit(0.0)).alias("amount"),
        )
        .toPandas()
        .sort_values([*key_names, "dimension", "item"], ignore_index=True)
    )


def _dimensions() -> list[Column]:
    level_2 = F.concat("category_l1", F.lit("."), "category_l2")
    values = {"category_l1": F.col("category_l1"), "category_l2": level_2, "brand": F.col("brand")}
    return [F.coalesce(value, F.lit(UNKNOWN)).alias(name) for name, value in values.items()]
