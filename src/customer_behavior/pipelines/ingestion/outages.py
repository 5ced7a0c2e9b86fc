"""Times in which purchases were not recorded while the shop went on."""

import pandas as pd
from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

from customer_behavior.pipelines.ingestion.parameters import IngestionParameters


def detect_purchase_outages(events: DataFrame, parameters: IngestionParameters) -> DataFrame:
    """Find the gaps between purchases in which views would have led to many.

    How many purchases were to be expected is each hour of the day's own rate of purchases per view,
    over all of the data, times the views in the gap.

    Args:
        events: One row per event.
        parameters: ``min_expected_purchases`` make a gap an outage.

    Returns:
        One row per time in which purchases were not recorded while the shop went on.

        - ``start``, ``end`` (timestamp): the purchases before and after it, or the first or last
          event of the data.
        - ``views``, ``carts`` (long): events in between.
        - ``expected_purchases`` (double): the views in between times the purchases per view of
          their hour of the day, over all data.
    """
    gaps = _gaps_between_purchases(_expected_purchases(_minutes(events)))
    is_outage = F.col("expected_purchases") >= parameters.min_expected_purchases
    return (
        gaps.filter(is_outage)
        .orderBy("start")
        .select("start", "end", "views", "carts", "expected_purchases")
    )


def collect_outages(purchase_outages: DataFrame) -> pd.DataFrame:
    """Collect ``start`` and ``end`` of outages in UTC, whatever this computer's time zone."""
    texts = purchase_outages.select(
        F.col("start").cast("string").alias("start"), F.col("end").cast("string").alias("end")
    ).toPandas()
    return texts.apply(pd.to_datetime, format="ISO8601").sort_values("start", ignore_index=True)


def outages_in_one_row(purchase_outages: DataFrame) -> DataFrame:
    """All outages as the array ``outages`` of one row, to be joined to each row of a table."""
    return F.broadcast(
        purchase_outages.agg(F.collect_list(F.struct("start", "end")).alias("outages"))
    )


def overlaps_an_outage(begin: Column, end: Column) -> Column:
    """Whether a time overlaps one of ``outages``; to touch its start or end is not to overlap."""
    return F.exists("outages", lambda outage: (outage["start"] < end) & (outage["end"] > begin))


def days_in_outages(begin: Column, end: Column) -> Column:
    """How many days of a time lie in ``outages``."""

    def seconds(outage: Column) -> Column:
        first, last = F.greatest(outage["start"], begin), F.least(outage["end"], end)
        return F.greatest(F.unix_seconds(last) - F.unix_seconds(first), F.lit(0))

    none = F.lit(0).cast("long")
    return F.aggregate("outages", none, lambda sum_, outage: sum_ + seconds(outage)) / 86_400


def _minutes(events: DataFrame) -> DataFrame:
    """Count by minute: small enough, for any number of events, to be ordered as a whole."""
    is_purchase = F.col("event_type") == "purchase"
    return events.groupBy(F.date_trunc("minute", "event_time").alias("minute")).agg(
        F.count_if(F.col("event_type") == "view").alias("views"),
        F.count_if(F.col("event_type") == "cart").alias("carts"),
        F.count_if(is_purchase).alias("purchases"),
        F.min(F.when(is_purchase, F.col("event_time"))).alias("first_purchase"),
        F.max(F.when(is_purchase, F.col("event_time"))).alias("last_purchase"),
        F.min("event_time").alias("first_event"),
        F.max("event_time").alias("last_event"),
    )


def _expected_purchases(minutes: DataFrame) -> DataFrame:
    hour = Window.partitionBy(F.hour("minute"))
    rate = F.try_divide(F.sum("purchases").over(hour), F.sum("views").over(hour))
    expected = F.coalesce(F.col("views") * rate, F.lit(0.0))
    return minutes.withColumn("expected_purchases", expected)


def _gaps_between_purchases(minutes: DataFrame) -> DataFrame:
    """Sum up the minutes behind each minute with a purchase, up to the next such minute."""
    has_purchase = F.col("purchases") > 0
    so_far = Window.orderBy("minute").rowsBetween(Window.unboundedPreceding, Window.currentRow)
    without = ~has_purchase
    gaps = (
        minutes.withColumn("gap", F.sum(has_purchase.cast("int")).over(so_far))
        .groupBy("gap")
        .agg(
            F.coalesce(F.max("last_purchase"), F.min("first_event")).alias("start"),
            F.min("first_purchase").alias("first_purchase"),
            F.max("last_event").alias("last_event"),
            *(
                F.sum(F.when(without, F.col(name)).otherwise(0)).alias(name)
                for name in ("views", "carts", "expected_purchases")
            ),
        )
    )
    next_purchase = F.lead("first_purchase").over(Window.orderBy("gap"))
    return gaps.withColumn("end", F.coalesce(next_purchase, F.col("last_event")))
