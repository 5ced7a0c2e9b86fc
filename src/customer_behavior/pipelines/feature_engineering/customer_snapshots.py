"""What was known of each customer at each snapshot, and what came after it."""

import math
from datetime import date

import pandas as pd
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from customer_behavior.datasets.session import get_session
from customer_behavior.pipelines.feature_engineering.calendar import Calendar
from customer_behavior.pipelines.feature_engineering.event_features import frequency_of
from customer_behavior.pipelines.feature_engineering.parameters import FeatureParameters
from customer_behavior.pipelines.feature_engineering.visits import EVENT_TYPES
from customer_behavior.pipelines.ingestion.outages import days_in_outages, outages_in_one_row

_SUMS = ("views", "carts", "purchases", "sessions", "active_seconds", "revenue")
_LAST = tuple(f"last_{kind}_at" for kind in EVENT_TYPES)
LONG_RUN = ("sessions", "views", "carts", "purchases")
_HISTORY_SUMS = ("hour_sin", "hour_cos", "relative_price_sum", "relative_price_events")


def build_customer_snapshots(
    customer_days: DataFrame,
    snapshot_calendar: pd.DataFrame,
    purchase_outages: DataFrame,
    frequencies: DataFrame,
    parameters: FeatureParameters,
) -> DataFrame:
    """Describe each customer by the days before a snapshot, with what they bought after it.

    Args:
        customer_days: One row per (user_id, event_date).
        snapshot_calendar: Snapshots, their roles, and when purchases could be seen.
        purchase_outages: No purchase is seen in them.
        frequencies: Of brands, categories and event types in the reference period.
        parameters: ``customers`` and ``calendar``.

    Returns:
        One row per (user_id, snapshot_date) with an event in the ``history_days`` before a snapshot
        that has a role. {w} stands for each of ``windows`` (1, 7, 14: days before the snapshot).

        - ``role`` (string): ``train``, ``select``, ``calibrate``, ``test``, ``score``: validation
          is split by ``md5(cast(user_id as string)) < '8'`` → ``select``, else ``calibrate``.
        - ``views_{w}``, ``carts_{w}``, ``purchases_{w}``, ``sessions_{w}``, ``active_seconds_{w}``
          (long), ``revenue_{w}`` (double): sums over customer_days.
        - ``active_days_{w}`` (long): days with an event.
        - ``categories_{w}`` (long): distinct category_id.
        - ``carts_not_bought_{w}`` (long): carts less purchases, at least 0.
        - ``purchase_observable_share_{w}`` (double): share of the window that lies within the data
          (from ``data_start`` to ``data_end``) and in no outage.
        - ``purchases_per_day_{w}``, ``revenue_per_day_{w}`` (double): ``purchases_{w}`` and
          ``revenue_{w}`` over {w} · ``purchase_observable_share_{w}``; 0 where that is 0.
        - ``days_since_view``, ``days_since_cart``, ``days_since_purchase`` (double): from the last
          one to the snapshot; ``history_days`` where there is none in the history.
        - ``view_to_cart_rate`` (double): (carts + s · r) / (views + s) over the history; s =
          ``smoothing_events``, r = carts per view in frequencies (0 without views).
        - ``cart_to_purchase_rate`` (double): (purchases + s · r) / (carts + s); r = purchases per
          cart in frequencies, at most 1 (0 without carts).
        - ``long_run_sessions_per_day``, ``long_run_views_per_day``, ``long_run_carts_per_day``,
          ``long_run_purchases_per_day`` (double): sums over the ``long_run_days`` days before the
          snapshot, over the number of these days that lie within the data (from ``data_start`` on);
          of purchases without the time in purchase_outages.
        - ``long_run_conversion`` (double): (purchases + s · r) / (views + s) over the same days; r
          = purchases per view in frequencies (0 without views).
        - ``favourite_category``, ``favourite_brand`` (string): ``main_category`` and ``main_brand``
          of the day with the most ``main_events``; at a tie the alphabetically last.
        - ``favourite_category_frequency``, ``favourite_brand_frequency`` (long): from frequencies,
          0 where not seen.
        - ``usual_hour`` (double): atan2 of the sums of ``hour_sin`` and ``hour_cos``, rounded to 9
          decimals, as an hour from 0 to below 24.
        - ``price_level`` (double): mean ``relative_price``, 1 where there is none.
        - ``is_suspected_bot`` (boolean): whether any day of the history is flagged.
        - ``purchased_next`` (boolean): a purchase in the ``horizon_days`` from the snapshot; null
          for ``score``.
        - ``spend_next`` (double): revenue in them; null for ``score``.
    """
    around = _days_around_snapshots(customer_days, snapshot_calendar, parameters)
    summed = around.groupBy("user_id", "snapshot_date").agg(*_summaries(parameters))
    known = summed.filter(F.col(f"active_days_{parameters.calendar.history_days}") > 0)
    known = known.crossJoin(outages_in_one_row(purchase_outages))
    return _describe(known, snapshot_calendar, frequencies, parameters)


def _days_around_snapshots(
    customer_days: DataFrame, snapshot_calendar: pd.DataFrame, parameters: FeatureParameters
) -> DataFrame:
    """Repeat each day for each snapshot whose long run or label window it lies in.

    ``age`` is the number of days from it to the snapshot: 1 for the day before, 0 and less after.
    """
    horizon, long_run = parameters.calendar.horizon_days, parameters.customers.long_run_days
    days = [F.lit(day) for day in Calendar.of(snapshot_calendar).roles]
    age = F.datediff("snapshot_date", "event_date")
    snapshots = F.array(*days) if days else F.lit([]).cast("array<date>")
    return (
        customer_days.withColumn("snapshot_date", F.explode(snapshots))
        .withColumn("age", age)
        .filter(age.between(1 - horizon, long_run))
    )


def _summaries(parameters: FeatureParameters) -> list[Column]:
    age, history = F.col("age"), parameters.calendar.history_days
    is_past, is_next = age.between(1, history), age < 1
    is_long_run = age.between(1, parameters.customers.long_run_days)
    windows = sorted({*parameters.customers.windows, history})
    favourite = F.struct("main_events", "main_category", "main_brand")
    return [
        *(column for days in windows for column in _window_sums(days)),
        *(_sum_where(is_long_run, name).alias(f"long_run_{name}") for name in LONG_RUN),
        *(F.max(F.when(is_past, F.col(name))).alias(name) for name in _LAST),
        F.max(F.when(is_past, favourite)).alias("favourite"),
        *(_sum_where(is_past, name).alias(name) for name in _HISTORY_SUMS),
        F.max(is_past & F.col("is_suspected_bot")).alias("is_suspected_bot"),
        (_sum_where(is_next, "purchases") > 0).alias("purchased_next"),
        _sum_where(is_next, "revenue").alias("spend_next"),
    ]


def _window_sums(days: int) -> list[Column]:
    is_in_window = F.col("age").between(1, days)
    categories = F.flatten(F.collect_list(F.when(is_in_window, F.col("category_ids"))))
    return [
        *(_sum_where(is_in_window, name).alias(f"{name}_{days}") for name in _SUMS),
        F.count_if(is_in_window).alias(f"active_days_{days}"),
        F.size(F.array_distinct(categories)).cast("long").alias(f"categories_{days}"),
    ]


def _sum_where(condition: Column, name: str) -> Column:
    return F.sum(F.when(condition, F.col(name)).otherwise(0))


def _describe(
    known: DataFrame,
    snapshot_calendar: pd.DataFrame,
    frequencies: DataFrame,
    parameters: FeatureParameters,
) -> DataFrame:
    """Turn sums into what models see."""
    windows = parameters.customers.windows
    history = parameters.calendar.history_days
    per_window = [
        f"{name}_{days}" for days in windows for name in (*_SUMS, "active_days", "categories")
    ]
    table = (
        known.withColumns(
            {
                "favourite_category": F.col("favourite.main_category"),
                "favourite_brand": F.col("favourite.main_brand"),
            }
        )
        .join(_snapshots(snapshot_calendar, windows), on="snapshot_date", how="inner")
        .join(
            _favourites("category_code", "category", frequencies),
            on="favourite_category",
            how="left",
        )
        .join(_favourites("brand", "brand", frequencies), on="favourite_brand", how="left")
        .crossJoin(F.broadcast(reference_rates(frequencies)))
    )
    has_label = F.col("calendar_role") != "score"
    return table.select(
        "user_id", "snapshot_date", _role().alias("role"), *per_window,
        *(column for days in windows for column in _of_window(days)),
        *(_days_since(kind, history).alias(f"days_since_{kind}") for kind in EVENT_TYPES),
        *_rates(history, parameters.customers.smoothing_events),
        *long_run_rates("snapshot_date", Calendar.of(snapshot_calendar).data_start, parameters),
        "favourite_category", "favourite_brand",
        *(F.coalesce(f"favourite_{name}_frequency", F.lit(0)).alias(f"favourite_{name}_frequency")
          for name in ("category", "brand")),
        _usual_hour().alias("usual_hour"),
        F.coalesce(F.try_divide("relative_price_sum", "relative_price_events"), F.lit(1.0)).alias(
            "price_level"),
        "is_suspected_bot",
        F.when(has_label, F.col("purchased_next")).alias("purchased_next"),
        F.when(has_label, F.col("spend_next")).alias("spend_next"),
    )  # fmt: skip


def _snapshots(snapshot_calendar: pd.DataFrame, windows: list[int]) -> DataFrame:
    """The calendar as a table: ``snapshot_date``, ``calendar_role``, shares by window."""
    shares = [f"purchase_observable_share_{days}" for days in windows]
    used = snapshot_calendar.dropna(subset=["snapshot_date", "role"])
    rows = used[["snapshot_date", "role", *shares]].values.tolist()
    types = ", ".join(f"{name} double" for name in shares)
    return F.broadcast(
        get_session().createDataFrame(rows, f"snapshot_date date, calendar_role string, {types}")
    )


def _favourites(column_name: str, name: str, frequencies: DataFrame) -> DataFrame:
    return frequency_of(column_name, frequencies, f"favourite_{name}").withColumnRenamed(
        column_name, f"favourite_{name}"
    )


def reference_rates(frequencies: DataFrame) -> DataFrame:
    """One row: ``carts_per_view``, ``purchases_per_cart`` and ``purchases_per_view`` of all.

    0 where there is nothing to divide by; a purchase needs no logged cart, so that the second is at
    most 1 by definition only.
    """
    views, carts, purchases = (
        F.coalesce(F.sum(F.when(is_type & (F.col("value") == kind), F.col("events"))), F.lit(0))
        for is_type in [F.col("column_name") == "event_type"]
        for kind in EVENT_TYPES
    )
    return frequencies.agg(
        _rate(carts, views).alias("carts_per_view"),
        F.least(_rate(purchases, carts), F.lit(1.0)).alias("purchases_per_cart"),
        _rate(purchases, views).alias("purchases_per_view"),
    )


def _rate(numerator: Column, denominator: Column) -> Column:
    return F.coalesce(F.try_divide(numerator, denominator), F.lit(0.0))


def smoothed(successes: Column, trials: Column, rate: str, weight: float) -> Column:
    """A rate, drawn to that of all customers with the weight of so many trials."""
    return (successes + weight * F.col(rate)) / (trials + weight)


def long_run_rates(
    cut_off: str, data_start: date | None, parameters: FeatureParameters
) -> list[Column]:
    """``long_run_*_per_day`` and ``long_run_conversion``, from sums ``long_run_*``.

    Per day that lies within the data (for purchases: and outside of ``outages``): the sums alone
    would grow with the calendar.
    """
    begin = F.greatest(
        F.date_sub(cut_off, parameters.customers.long_run_days), F.lit(data_start).cast("date")
    )
    days = F.datediff(cut_off, begin)
    in_outages = days_in_outages(begin.cast("timestamp"), F.col(cut_off).cast("timestamp"))
    observed = dict.fromkeys(LONG_RUN, days) | {"purchases": days - in_outages}
    conversion = smoothed(
        F.col("long_run_purchases"), F.col("long_run_views"), "purchases_per_view",
        parameters.customers.smoothing_events,
    )  # fmt: skip
    return [
        *(
            _rate(F.col(f"long_run_{name}"), observed[name]).alias(f"long_run_{name}_per_day")
            for name in LONG_RUN
        ),
        conversion.alias("long_run_conversion"),
    ]


def split_validation(role: Column) -> Column:
    """Split role ``validation`` by a hash of the customer: half ``select``, half ``calibrate``."""
    is_selected = F.md5(F.col("user_id").cast("string")) < "8"
    half = F.when(is_selected, F.lit("select")).otherwise(F.lit("calibrate"))
    return F.when(role == "validation", half).otherwise(role)


def _role() -> Column:
    return split_validation(F.col("calendar_role"))


def _of_window(days: int) -> list[Column]:
    share = F.col(f"purchase_observable_share_{days}")
    return [
        F.greatest(F.col(f"carts_{days}") - F.col(f"purchases_{days}"), F.lit(0)).alias(
            f"carts_not_bought_{days}"
        ),
        share.alias(f"purchase_observable_share_{days}"),
        *(
            _rate(F.col(f"{name}_{days}"), days * share).alias(f"{name}_per_day_{days}")
            for name in ("purchases", "revenue")
        ),
    ]


def _days_since(kind: str, history: int) -> Column:
    snapshot = F.unix_timestamp(F.col("snapshot_date").cast("timestamp"))
    days = (snapshot - F.unix_timestamp(f"last_{kind}_at")) / 86_400
    return F.coalesce(days, F.lit(float(history)))


def _rates(history: int, weight: float) -> list[Column]:
    views, carts, purchases = (F.col(f"{kind}s_{history}") for kind in EVENT_TYPES)
    return [
        smoothed(carts, views, "carts_per_view", weight).alias("view_to_cart_rate"),
        smoothed(purchases, carts, "purchases_per_cart", weight).alias("cart_to_purchase_rate"),
    ]


def _usual_hour() -> Column:
    """The mean of hours on the clock's circle."""
    # Rounded, so that what cancels out is 0 and not the noise of its sum.
    angle = F.atan2(F.round("hour_sin", 9), F.round("hour_cos", 9))
    return F.pmod(angle * (24 / (2 * math.pi)), F.lit(24.0))
