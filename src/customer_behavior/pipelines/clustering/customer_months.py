"""What each customer did in each month."""

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from customer_behavior.pipelines.clustering.parameters import ClusteringParameters
from customer_behavior.pipelines.feature_engineering.visits import sums_of

_KEYS = ["user_id", "month"]
_SUMS = ("views", "carts", "purchases", "active_seconds", "revenue")


def build_customer_months(
    event_features: DataFrame,
    sessions: DataFrame,
    customer_days: DataFrame,
    settings: ClusteringParameters,
) -> DataFrame:
    """Sum up what each customer did in each calendar month.

    A visit counts to the month in which it began, a day and a product to those of the event.

    Args:
        event_features: One row per event.
        sessions: One row per (user_id, user_session).
        customer_days: One row per (user_id, event_date).
        settings: ``least_days``: months with events on fewer days are left out.

    Returns:
        One row per (user_id, month) with a visit that began in that calendar month.

        - ``month`` (string): ``yyyy-MM``.
        - ``visits`` (long): that began in it.
        - ``views``, ``carts``, ``purchases``, ``active_seconds`` (long), ``revenue`` (double): sums
          over these visits.
        - ``cart_visits``, ``purchase_visits``, ``intent_visits`` (long): visits with a cart; with a
          purchase; with either.
        - ``products``, ``repeat_products`` (long): distinct product_id; those with events in more
          than one visit.
        - ``active_days`` (long): days with events.
        - ``recency_days`` (long): days from the last one to the end of the month.
        - ``hour_sin``, ``hour_cos`` (double): as in customer_days.
        - ``main_category`` (string): that of the day with the most events of one category.
        - ``is_suspected_bot`` (boolean): on any day.
    """
    visits = sessions.groupBy("user_id", F.col("event_month").alias("month")).agg(
        F.count("*").alias("visits"),
        *sums_of(*_SUMS),
        F.count_if(F.col("carts") > 0).alias("cart_visits"),
        F.count_if(F.col("purchases") > 0).alias("purchase_visits"),
        F.count_if((F.col("carts") > 0) | (F.col("purchases") > 0)).alias("intent_visits"),
    )
    return (
        visits.join(_months(customer_days, settings), on="month", how="left_semi")
        .join(_days(customer_days), on=_KEYS, how="inner")
        .join(_products(event_features), on=_KEYS, how="inner")
        .select(
            *_KEYS, "visits", *_SUMS, "cart_visits", "purchase_visits", "intent_visits",
            "products", "repeat_products", "active_days", "recency_days", "hour_sin", "hour_cos",
            "main_category", "is_suspected_bot",
        )
    )  # fmt: skip


def _months(customer_days: DataFrame, settings: ClusteringParameters) -> DataFrame:
    days = customer_days.groupBy(_month("event_date")).agg(
        F.count_distinct("event_date").alias("n")
    )
    return F.broadcast(days.filter(F.col("n") >= settings.least_days))


def _days(customer_days: DataFrame) -> DataFrame:
    last = F.max("event_date")
    return customer_days.groupBy("user_id", _month("event_date")).agg(
        F.count("*").alias("active_days"),
        F.date_diff(F.last_day(last), last).cast("long").alias("recency_days"),
        *sums_of("hour_sin", "hour_cos"),
        F.max(F.struct("main_events", "main_category"))["main_category"].alias("main_category"),
        F.bool_or("is_suspected_bot").alias("is_suspected_bot"),
    )


def _products(event_features: DataFrame) -> DataFrame:
    """How many products a customer saw, and how many of them in more than one visit."""
    by_product = (
        event_features.select("user_id", _month("event_date"), "product_id", "user_session")
        .repartition("user_id")
        .groupBy(*_KEYS, "product_id")
        .agg((F.min("user_session") != F.max("user_session")).alias("is_repeated"))
    )
    return by_product.groupBy(*_KEYS).agg(
        F.count("*").alias("products"), F.count_if("is_repeated").alias("repeat_products")
    )


def _month(date: str) -> Column:
    return F.date_format(date, "yyyy-MM").alias("month")
