"""What each customer did on each day: all that is known of customers is summed up from it."""

import math

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

from customer_behavior.pipelines.feature_engineering.parameters import FeatureParameters
from customer_behavior.pipelines.feature_engineering.visits import (
    EVENT_TYPES,
    active_seconds,
    distinct_of,
    event_counts,
    main_pair,
    revenue,
    sums_of,
    with_gaps,
)

_READ = (
    "user_id", "user_session", "event_time", "event_date", "event_type", "category_id",
    "category_code", "brand", "price", "hour", "relative_price",
)  # fmt: skip
_SUMS = (
    "views", "carts", "purchases", "sessions", "active_seconds", "gaps", "quick_gaps", "revenue",
    "hour_sin", "hour_cos", "relative_price_sum", "relative_price_events",
)  # fmt: skip
_LAST = tuple(f"last_{kind}_at" for kind in EVENT_TYPES)


def build_customer_days(event_features: DataFrame, parameters: FeatureParameters) -> DataFrame:
    """Sum up what each customer did on each day.

    Args:
        event_features: One row per event.
        parameters: ``customers``, and ``calendar.history_days``, over which pauses are judged.

    Returns:
        One row per (user_id, event_date); brand, category_code and price are filled ones.

        - ``views``, ``carts``, ``purchases`` (long): events.
        - ``sessions`` (long): distinct user_session.
        - ``active_seconds`` (long): time between two events of a session, each at most
          ``idle_seconds``; it counts to the day of the later event.
        - ``gaps``, ``quick_gaps`` (long): how many such times; of at most ``bot_gap_seconds``.
        - ``revenue`` (double): sum of ``price`` over purchases.
        - ``category_ids`` (array of long): distinct category_id, sorted.
        - ``main_category``, ``main_brand`` (string), ``main_events`` (long): ``category_code`` and
          ``brand`` that most events of the day share, and how many; at a tie the alphabetically
          last (category_code, brand).
        - ``hour_sin``, ``hour_cos`` (double): sums over the events of sin and cos of 2π · hour /
          24.
        - ``relative_price_sum`` (double), ``relative_price_events`` (long): sum and number of
          ``relative_price`` where not null.
        - ``last_view_at``, ``last_cart_at``, ``last_purchase_at`` (timestamp): null where there is
          none.
        - ``is_suspected_bot`` (boolean): the day has at least ``bot_sessions_per_day`` sessions or
          ``bot_events_per_day`` events; or the last ``history_days`` days, this one included, have
          at least ``bot_gaps`` gaps, and at least ``bot_quick_share`` of them quick.
    """
    customers = parameters.customers
    by_pair = (
        with_gaps(event_features, _READ, customers.idle_seconds)
        .groupBy("user_id", "event_date", "category_code", "brand")
        .agg(
            *event_counts(),
            F.count("*").alias("events"),
            F.count_if("is_first_of_day").alias("sessions"),
            active_seconds(),
            F.count("gap").alias("gaps"),
            F.count_if(F.col("gap") <= customers.bot_gap_seconds).alias("quick_gaps"),
            revenue(),
            F.collect_set("category_id").alias("category_ids"),
            *_hours(),
            F.coalesce(F.sum("relative_price"), F.lit(0.0)).alias("relative_price_sum"),
            F.count("relative_price").alias("relative_price_events"),
            *(_last(kind) for kind in EVENT_TYPES),
        )
    )
    days = by_pair.groupBy("user_id", "event_date").agg(
        *sums_of(*_SUMS),
        distinct_of("category_ids"),
        main_pair().alias("main"),
        *(F.max(name).alias(name) for name in _LAST),
    )
    return days.select(
        "user_id", "event_date", *_SUMS, "category_ids",
        F.col("main.category_code").alias("main_category"),
        F.col("main.brand").alias("main_brand"),
        F.col("main.events").alias("main_events"),
        *_LAST,
        _is_suspected_bot(parameters).alias("is_suspected_bot"),
    )  # fmt: skip


def _hours() -> list[Column]:
    angle = F.col("hour") * (2 * math.pi / 24)
    return [F.sum(F.sin(angle)).alias("hour_sin"), F.sum(F.cos(angle)).alias("hour_cos")]


def _last(kind: str) -> Column:
    of_kind = F.when(F.col("event_type") == kind, F.col("event_time"))
    return F.max(of_kind).alias(f"last_{kind}_at")


def _is_suspected_bot(parameters: FeatureParameters) -> Column:
    """Judge by the day, and by the pauses of the days before it; nothing later is looked at."""
    customers = parameters.customers
    recent = (
        Window.partitionBy("user_id")
        .orderBy(F.unix_date("event_date"))
        .rangeBetween(1 - parameters.calendar.history_days, 0)
    )
    gaps, quick = F.sum("gaps").over(recent), F.sum("quick_gaps").over(recent)
    is_quick = (gaps >= customers.bot_gaps) & (
        F.coalesce(F.try_divide(quick, gaps), F.lit(0.0)) >= customers.bot_quick_share
    )
    events = F.col("views") + F.col("carts") + F.col("purchases")
    is_busy = (F.col("sessions") >= customers.bot_sessions_per_day) | (
        events >= customers.bot_events_per_day
    )
    return is_busy | is_quick
