"""What is known of a visit after its first events, and whether it ends in a purchase."""

from datetime import date, timedelta

import pandas as pd
from pyspark.sql import Column, DataFrame, Window, WindowSpec
from pyspark.sql import functions as F

from customer_behavior.pipelines.feature_engineering.calendar import Calendar
from customer_behavior.pipelines.feature_engineering.customer_snapshots import (
    LONG_RUN,
    long_run_rates,
    reference_rates,
    smoothed,
    split_validation,
)
from customer_behavior.pipelines.feature_engineering.event_features import day_of_week
from customer_behavior.pipelines.feature_engineering.parameters import FeatureParameters
from customer_behavior.pipelines.feature_engineering.visits import (
    counts_by_type,
    full_order,
    seconds_between,
)
from customer_behavior.pipelines.ingestion.outages import outages_in_one_row, overlaps_an_outage

_READ = (
    "user_id", "user_session", "event_time", "event_date", "event_type", "product_id",
    "category_id", "category_code", "brand", "category_frequency", "brand_frequency", "price",
    "relative_price", "hour",
)  # fmt: skip
_PAST = ("sessions", "views", "carts", "purchases", "revenue")


def build_session_prefixes(
    event_features: DataFrame,
    customer_days: DataFrame,
    snapshot_calendar: pd.DataFrame,
    purchase_outages: DataFrame,
    frequencies: DataFrame,
    parameters: FeatureParameters,
) -> DataFrame:
    """Describe each visit by its first events and its customer's past.

    Args:
        event_features: One row per event.
        customer_days: One row per (user_id, event_date): the past is in those before.
        snapshot_calendar: Ends of the reference period and of the data.
        purchase_outages: Labels that reach into one are not known.
        frequencies: Of event types in the reference period.
        parameters: ``prefixes``, ``calendar.history_days``, and ``long_run_days`` and
            ``smoothing_events`` of ``customers``.

    Returns:
        One row per (user_id, user_session, k): what is known at the k-th event, for each k of
        ``events_seen`` where there is a k-th event at or after ``reference_end`` and none of the
        first k is a purchase. Events of a session are in the order of ``event_time``; at the same
        second views come before carts before purchases, then by product_id, then by price.

        - ``known_at`` (timestamp): time of the k-th event.
        - ``views``, ``carts`` (long): among the first k.
        - ``seconds_since_start``, ``seconds_since_last`` (long): from the first and from the
          previous event to the k-th; 0 for k = 1.
        - ``products``, ``repeated_products`` (int): distinct product_id among the first k; k less
          that.
        - ``categories`` (int): distinct category_id.
        - ``same_product_streak`` (int): how many events up to the k-th, without a break, are of
          its product_id.
        - ``price``, ``relative_price``, ``least_price``, ``largest_price`` (double): of the k-th
          event; of the k-th event; least and largest among the first k.
        - ``hour``, ``day_of_week`` (int): of ``known_at``.
        - ``category_code``, ``brand`` (string), ``category_frequency``, ``brand_frequency`` (long):
          of the k-th event.
        - ``past_days``, ``past_sessions``, ``past_views``, ``past_carts``, ``past_purchases``
          (long), ``past_revenue`` (double): rows and sums of customer_days of the ``history_days``
          days before the day of ``known_at`` (that day not included); 0 where there are none.
        - ``days_since_last_visit`` (int): from the latest such day to the day of ``known_at``;
          ``history_days`` + 1 where there is none.
        - ``past_conversion`` (double): (past_purchases + s · r) / (past_views + s), s =
          ``smoothing_events``, r = purchases per view in frequencies (0 without views).
        - ``long_run_sessions_per_day``, ``long_run_views_per_day``, ``long_run_carts_per_day``,
          ``long_run_purchases_per_day``, ``long_run_conversion`` (double): as in
          customer_snapshots, of the ``long_run_days`` days before the day of ``known_at`` (that day
          not included); the rates per day are 0 where there are none.
        - ``is_suspected_bot`` (boolean): whether any of the ``history_days`` days is flagged.
        - ``purchases_later`` (boolean): a purchase of the session after the k-th event, at most
          ``label_hours`` after it.
        - ``role`` (string): by the day of ``known_at``: of the days from ``reference_end`` to
          ``data_end`` the first ``train_share``, then ``validation_share`` (``select`` and
          ``calibrate`` as in customer_snapshots), then test; both borders rounded down to whole
          days. Null where left out.
        - ``left_out`` (string): ``role boundary``, ``outage`` or ``end of data`` (the first that
          holds), where the ``label_hours`` after ``known_at`` reach beyond the next border, overlap
          an outage, or reach beyond ``data_end``; else null.
    """
    calendar = Calendar.of(snapshot_calendar)
    prefixes = _first_events(event_features, parameters, calendar.reference_end)
    past = _past(customer_days, parameters)
    known = (
        prefixes.join(past, on=["user_id", "event_date"], how="inner")
        .crossJoin(F.broadcast(reference_rates(frequencies)))
        .crossJoin(outages_in_one_row(purchase_outages))
    )
    roles = _Roles(calendar, parameters)
    conversion = smoothed(
        F.col("past_purchases"), F.col("past_views"), "purchases_per_view",
        parameters.customers.smoothing_events,
    )  # fmt: skip
    return known.select(
        "user_id", "user_session", "k", "known_at", "views", "carts",
        "seconds_since_start", "seconds_since_last", "products",
        (F.col("k") - F.col("products")).alias("repeated_products"),
        "categories", "same_product_streak", "price", "relative_price", "least_price",
        "largest_price", "hour", day_of_week("known_at").alias("day_of_week"),
        "category_code", "brand", "category_frequency", "brand_frequency",
        "past_days", *(f"past_{name}" for name in _PAST), "days_since_last_visit",
        conversion.alias("past_conversion"),
        *long_run_rates("event_date", calendar.data_start, parameters),
        "is_suspected_bot", "purchases_later",
        F.when(roles.left_out().isNull(), roles.role()).alias("role"),
        roles.left_out().alias("left_out"),
    )  # fmt: skip


def count_session_prefixes(session_prefixes: DataFrame) -> pd.DataFrame:
    """Count what there is to learn from, and what was left out.

    Returns:
        One row per (role, left_out, k): ``rows`` of session_prefixes, and how many of them have
        ``purchases_later``.
    """
    counts = session_prefixes.groupBy("role", "left_out", "k").agg(
        F.count("*").alias("rows"), F.count_if("purchases_later").alias("purchases_later")
    )
    return counts.orderBy("role", "left_out", "k").toPandas()


def _first_events(
    event_features: DataFrame, parameters: FeatureParameters, since: date | None
) -> DataFrame:
    """One row per visit and k, from what its first k events say."""
    settings = parameters.prefixes
    order = full_order()
    visit = Window.partitionBy("user_id", "user_session")
    purchase_time = F.when(F.col("event_type") == "purchase", F.col("event_time"))
    positioned = (
        event_features.select(*_READ)
        .repartition("user_id")
        .select(
            *_READ,
            F.row_number().over(order).alias("k"),
            F.lag("product_id").over(order).alias("product_before"),
            F.lag("event_time").over(order).alias("time_before"),
            F.min(purchase_time).over(visit).alias("first_purchase_at"),
        )
        .filter(F.col("k") <= max(settings.events_seen))
    )
    is_asked = F.col("k").isin(settings.events_seen) & (F.col("purchases") == 0)
    return positioned.select(*positioned.columns, *_so_far()).filter(
        is_asked & (F.col("event_date") >= F.lit(since).cast("date"))
    ).select("*", *_at_the_last(settings.label_hours))  # fmt: skip


def _so_far() -> list[Column]:
    """What the events up to each one say. No purchase is among those that are kept."""
    so_far = full_order().rowsBetween(Window.unboundedPreceding, Window.currentRow)
    is_other_product = ~F.col("product_before").eqNullSafe(F.col("product_id"))
    columns = {
        **counts_by_type(),
        "started_at": F.min("event_time"),
        "least_price": F.min("price"),
        "largest_price": F.max("price"),
        "product_ids": F.collect_set("product_id"),
        "category_ids": F.collect_set("category_id"),
        "streak_began": F.max(F.when(is_other_product, F.col("k"))),
    }
    return [column.over(so_far).alias(name) for name, column in columns.items()]


def _at_the_last(label_hours: int) -> list[Column]:
    """What the k-th event says."""
    now = F.col("event_time")
    since_last = F.coalesce(seconds_between(F.col("time_before"), now), F.lit(0))
    until_purchase = seconds_between(now, F.col("first_purchase_at"))
    return [
        now.alias("known_at"),
        seconds_between(F.col("started_at"), now).alias("seconds_since_start"),
        since_last.alias("seconds_since_last"),
        F.size("product_ids").alias("products"),
        F.size("category_ids").alias("categories"),
        (F.col("k") - F.col("streak_began") + 1).alias("same_product_streak"),
        F.coalesce(until_purchase <= label_hours * 3600, F.lit(False)).alias("purchases_later"),
    ]


def _past(customer_days: DataFrame, parameters: FeatureParameters) -> DataFrame:
    """One row per (user_id, event_date): what is known of the days before."""
    history = parameters.calendar.history_days
    before, long_run = (_days_before(n) for n in (history, parameters.customers.long_run_days))
    last_day = F.max("event_date").over(before)
    return customer_days.repartition("user_id").select(
        "user_id",
        "event_date",
        F.count("*").over(before).alias("past_days"),
        *(_sum_over(before, name).alias(f"past_{name}") for name in _PAST),
        *(_sum_over(long_run, name).alias(f"long_run_{name}") for name in LONG_RUN),
        F.coalesce(F.datediff("event_date", last_day), F.lit(history + 1)).alias(
            "days_since_last_visit"
        ),
        F.coalesce(F.max("is_suspected_bot").over(before), F.lit(False)).alias("is_suspected_bot"),
    )


def _days_before(number: int) -> WindowSpec:
    by_day = Window.partitionBy("user_id").orderBy(F.unix_date("event_date"))
    return by_day.rangeBetween(-number, -1)


def _sum_over(window: WindowSpec, name: str) -> Column:
    return F.coalesce(F.sum(name).over(window), F.lit(0))


class _Roles:
    """Roles by the time at which the question is asked, and when its answer is not known."""

    def __init__(self, calendar: Calendar, parameters: FeatureParameters) -> None:
        settings = parameters.prefixes
        self._label_hours = settings.label_hours
        self._end = calendar.data_end
        days = 0
        if calendar.data_end and calendar.reference_end:
            days = (calendar.data_end - calendar.reference_end).days
        shares = (settings.train_share, settings.train_share + settings.validation_share)
        self._borders = [
            calendar.reference_end
            and calendar.reference_end + timedelta(days=int(round(share * days, 6)))
            for share in shares
        ]

    def role(self) -> Column:
        first, second = (F.lit(border).cast("timestamp") for border in self._borders)
        known_at = F.col("known_at")
        return split_validation(
            F.when(known_at < first, "train")
            .when(known_at < second, "validation")
            .otherwise("test")
        )

    def left_out(self) -> Column:
        known_at = F.col("known_at")
        label_end = known_at + F.expr(f"INTERVAL {self._label_hours} HOURS")
        crosses = [
            (known_at < border) & (label_end > border)
            for border in (F.lit(day).cast("timestamp") for day in self._borders)
        ]
        return (
            F.when(crosses[0] | crosses[1], "role boundary")
            .when(overlaps_an_outage(known_at, label_end), "outage")
            .when(label_end > F.lit(self._end).cast("timestamp"), "end of data")
        )
