"""The order of events within visits, and the counts that all tables share."""

from collections.abc import Iterable

from pyspark.sql import Column, DataFrame, Window, WindowSpec
from pyspark.sql import functions as F

_VISIT = ("user_id", "user_session")
EVENT_TYPES = ("view", "cart", "purchase")


def time_order() -> WindowSpec:
    """Order the events of a visit by time; it says nothing of those of one second."""
    return Window.partitionBy(*_VISIT).orderBy("event_time")


def full_order() -> WindowSpec:
    """Order the events of a visit, those of one second too, so that each has its position."""
    rank = F.coalesce(
        *(F.when(F.col("event_type") == kind, n) for n, kind in enumerate(EVENT_TYPES))
    )
    return Window.partitionBy(*_VISIT).orderBy("event_time", rank, "product_id", "price")


def seconds_between(earlier: Column, later: Column) -> Column:
    """Seconds from one time to another."""
    return F.unix_timestamp(later) - F.unix_timestamp(earlier)


def with_gaps(event_features: DataFrame, columns: Iterable[str], idle_seconds: int) -> DataFrame:
    """Add the time since the event before in the same visit.

    All events of a customer come to one place, and stay there: groupings by customer and more
    need no other shuffle.

    Args:
        event_features: One row per event.
        columns: What is needed of it.
        idle_seconds: A longer time counts as so long.

    Returns:
        One row per event: ``columns``, ``gap`` (seconds; null for the first of a visit),
        ``is_first_of_day`` (of its visit).
    """
    before = F.lag("event_time").over(time_order())
    day_before = F.lag("event_date").over(time_order())
    seconds = seconds_between(before, F.col("event_time"))
    gap = F.when(seconds > idle_seconds, idle_seconds).otherwise(seconds)  # null stays null
    return (
        event_features.select(*columns)
        .repartition("user_id")
        .select(
            *columns,
            gap.alias("gap"),
            (~day_before.eqNullSafe(F.col("event_date"))).alias("is_first_of_day"),
        )
    )


def event_counts() -> list[Column]:
    """``views``, ``carts``, ``purchases``."""
    return [count.alias(name) for name, count in counts_by_type().items()]


def counts_by_type() -> dict[str, Column]:
    """The counts of ``event_counts`` by their names."""
    return {f"{kind}s": F.count_if(F.col("event_type") == kind) for kind in EVENT_TYPES}


def revenue() -> Column:
    """``revenue``: the sum of the prices of purchases."""
    spent = F.when(F.col("event_type") == "purchase", F.col("price")).otherwise(0.0)
    return F.sum(spent).alias("revenue")


def active_seconds() -> Column:
    """``active_seconds``: the sum of the gaps."""
    return F.coalesce(F.sum("gap"), F.lit(0)).alias("active_seconds")


def sums_of(*names: str) -> list[Column]:
    """Sum each column up, under its name."""
    return [F.sum(name).alias(name) for name in names]


def distinct_of(name: str) -> Column:
    """All values in arrays that were collected before, each once, sorted."""
    return F.array_sort(F.array_distinct(F.flatten(F.collect_list(name)))).alias(name)


def main_pair() -> Column:
    """The category and brand that most events share, of rows with their number in ``events``."""
    return F.max(F.struct("events", "category_code", "brand"))
