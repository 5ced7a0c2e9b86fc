"""How active customers are, whether they buy again and whether they come back."""

import pandas as pd
from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

from customer_behavior.pipelines.exploration.intervals import add_share
from customer_behavior.pipelines.exploration.parameters import ExplorationParameters
from customer_behavior.pipelines.exploration.session_counts import spread_percentiles


def summarise_customers(
    customer_days: DataFrame, parameters: ExplorationParameters
) -> pd.DataFrame:
    """Describe customers by how many days they were active on.

    Args:
        customer_days: One row per (user_id, event_date).
        parameters: ``activity_days``: the least number of days of each class but the first,
            which begins with 1; ``percentiles`` of events per customer.

    Returns:
        One row per ``active_days`` (such as ``1``, ``2-3``, ``8+``; ``all``): ``customers``,
        ``suspected_bots``, ``buyers``, ``repeat_buyers`` (with purchases on two days or more) and
        their ``repeat_share`` among buyers with its Wilson interval; ``events``, ``sessions``,
        ``purchases``, ``revenue``; of ``events_per_customer`` the exact percentiles, such as
        ``p50``, and ``largest``.
    """
    customers = _sum_customers(customer_days).withColumn(
        "active_days", _activity_class(parameters.activity_days)
    )
    summary = (
        customers.rollup("active_days")
        .agg(
            *(F.sum(F.col(flag).cast("long")).alias(flag) for flag in _FLAGS),
            *(F.sum(name).alias(name) for name in ("events", "sessions", "purchases", "revenue")),
            F.percentile("events", parameters.percentiles).alias("percentiles"),
            F.max("events").alias("largest"),
            F.min("days").alias("least_days"),
        )
        .filter(F.col("customers") > 0)
        .orderBy(F.col("active_days").isNull(), "least_days")
        .fillna({"active_days": "all"})
        .drop("least_days")
        .toPandas()
    )
    table = spread_percentiles(summary, parameters.percentiles)
    return add_share(table, "repeat_buyers", "buyers", parameters.confidence, "repeat_share")


def measure_repeat_purchases(
    customer_days: DataFrame, events_by_day: pd.DataFrame, parameters: ExplorationParameters
) -> pd.DataFrame:
    """Measure how many buyers buy again on a later day, within so many days of their first.

    Args:
        customer_days: One row per (user_id, event_date).
        events_by_day: Its last day is the end of the observation.
        parameters: ``repeat_days``, ``confidence``.

    Returns:
        One row per ``within_days``: ``buyers`` whose first purchase is at least so many days
        before the end, ``bought_again`` among them, ``share`` and its Wilson interval. The first
        purchase is the first one in the data.
    """
    buyers = _first_purchases(customer_days)
    last_day = pd.to_datetime(events_by_day["event_date"]).max()
    observed = (last_day - pd.to_datetime(buyers["first_day"])).dt.days
    rows = []
    for days in parameters.repeat_days:
        is_observed = observed >= days
        is_again = is_observed & (buyers["days_until_next"] <= days)
        customers = buyers["customers"]
        rows.append((days, customers[is_observed].sum(), customers[is_again].sum()))
    table = pd.DataFrame(rows, columns=["within_days", "buyers", "bought_again"]).astype(int)
    return add_share(table, "bought_again", "buyers", parameters.confidence)


def measure_retention(
    customer_days: DataFrame, events_by_day: pd.DataFrame, parameters: ExplorationParameters
) -> pd.DataFrame:
    """Measure how many customers come back, week by week after their first.

    Args:
        customer_days: One row per (user_id, event_date).
        events_by_day: How much of each week was observed.
        parameters: ``confidence``.

    Returns:
        One row per (``cohort`` (Monday of the first week in which the data have the customer),
        ``weeks_later``): ``customers`` of the cohort, ``active`` in that week, ``share`` and
        its Wilson interval, ``buyers`` in that week, ``observed_days`` of that week. Who was
        there before the data begin counts to the first cohort.
    """
    counts = _count_cohorts(customer_days)
    cohorts, weeks = pd.to_datetime(counts["cohort"]), pd.to_datetime(counts["week"])
    counts["weeks_later"] = (weeks - cohorts).dt.days // 7
    sizes = counts[counts["weeks_later"] == 0].set_index("cohort")["active"]
    counts["customers"] = counts["cohort"].map(sizes).astype(int)
    observed = events_by_day.groupby("week")["observed_hours"].sum() / 24
    counts["observed_days"] = counts["week"].map(observed).astype(float)
    table = add_share(counts, "active", "customers", parameters.confidence)
    shares = ["share", "share_low", "share_high", "buyers", "observed_days"]
    return table[["cohort", "weeks_later", "customers", "active", *shares]]


_FLAGS = ("customers", "suspected_bots", "buyers", "repeat_buyers")


def _sum_customers(customer_days: DataFrame) -> DataFrame:
    """One row per customer, with flags that count him."""
    purchase_days = F.count_if(F.col("purchases") > 0)
    return customer_days.groupBy("user_id").agg(
        F.count("*").alias("days"),
        F.lit(True).alias("customers"),
        F.max("is_suspected_bot").alias("suspected_bots"),
        (purchase_days > 0).alias("buyers"),
        (purchase_days > 1).alias("repeat_buyers"),
        F.sum(F.col("views") + F.col("carts") + F.col("purchases")).alias("events"),
        *(F.sum(name).alias(name) for name in ("sessions", "purchases", "revenue")),
    )


def _activity_class(activity_days: list[int]) -> Column:
    """Name the class that a number of days falls into."""
    starts = sorted({1, *activity_days})
    names = [_name_of_class(a, b) for a, b in zip(starts, [*starts[1:], None], strict=True)]
    column = F.lit(names[0])
    for start, name in zip(starts, names, strict=True):
        column = F.when(F.col("days") >= start, name).otherwise(column)
    return column


def _name_of_class(start: int, next_start: int | None) -> str:
    if next_start is None:
        return f"{start}+"
    return f"{start}" if next_start == start + 1 else f"{start}-{next_start - 1}"


def _first_purchases(customer_days: DataFrame) -> pd.DataFrame:
    """Count buyers by ``first_day`` and ``days_until_next`` (empty where there is none)."""
    bought = customer_days.filter(F.col("purchases") > 0)
    in_order = Window.partitionBy("user_id").orderBy("event_date")
    until_next = F.datediff(F.lead("event_date").over(in_order), "event_date")
    return (
        bought.select(
            F.col("event_date").cast("string").alias("first_day"),
            until_next.alias("days_until_next"),
            F.row_number().over(in_order).alias("number"),
        )
        .filter(F.col("number") == 1)
        .groupBy("first_day", "days_until_next")
        .agg(F.count("*").alias("customers"))
        .toPandas()
    )


def _count_cohorts(customer_days: DataFrame) -> pd.DataFrame:
    """Count customers by ``cohort`` and ``week``: ``active`` ones, and ``buyers``."""
    week = F.to_date(F.date_trunc("week", "event_date"))
    weeks = customer_days.groupBy("user_id", week.alias("week")).agg(
        F.max(F.col("purchases") > 0).alias("has_bought")
    )
    all_weeks = Window.partitionBy("user_id")
    return (
        weeks.withColumn("cohort", F.min("week").over(all_weeks))
        .groupBy(*(F.col(name).cast("string").alias(name) for name in ("cohort", "week")))
        .agg(F.count("*").alias("active"), F.count_if("has_bought").alias("buyers"))
        .toPandas()
        .sort_values(["cohort", "week"], ignore_index=True)
    )
