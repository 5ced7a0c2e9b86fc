"""All that exploration counts in sessions, and how large and long they are."""

import pandas as pd
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from customer_behavior.pipelines.exploration.event_counts import UNKNOWN
from customer_behavior.pipelines.exploration.parameters import ExplorationParameters
from customer_behavior.pipelines.ingestion.outages import outages_in_one_row, overlaps_an_outage

#: What a visit consists of, whatever the order: the first two and the last one end in a purchase.
BUYING_PATHS = ("view_cart_buy", "view_buy", "buy_without_view")
PATHS = (*BUYING_PATHS, "view_cart", "cart_without_view", "view_only")

_KEYS = ["event_month", "is_suspected_bot", "is_observable", "path"]
_DIMENSIONS = ("all", "main_category", "main_brand", "week_hour", "week")


def count_sessions(sessions: DataFrame, purchase_outages: DataFrame) -> pd.DataFrame:
    """Count visits by path and, one dimension at a time, by category, brand, hour and week.

    Args:
        sessions: One row per (user_id, user_session).
        purchase_outages: One row per outage: ``start``, ``end``.

    Returns:
        One row per (``event_month``, ``is_suspected_bot``, ``is_observable`` (no outage between
        first and last event), ``path``, ``dimension``, ``item``): ``sessions`` and ``revenue``.
        ``dimension`` is ``all``, ``main_category``, ``main_brand``, ``week_hour`` (such as
        ``1 23``: Monday, 23 hours) or ``week`` (its Monday), the last two by the first event.
    """
    keys = [*_KEYS, "revenue"]
    return (
        sessions.crossJoin(outages_in_one_row(purchase_outages))
        .withColumn("is_observable", ~overlaps_an_outage(F.col("started_at"), F.col("ended_at")))
        .withColumn("path", _path())
        .select(*keys, *_dimensions())
        .unpivot(keys, list(_DIMENSIONS), "dimension", "item")
        .groupBy(*_KEYS, "dimension", "item")
        .agg(F.count("*").alias("sessions"), F.sum("revenue").alias("revenue"))
        .toPandas()
        .sort_values([*_KEYS, "dimension", "item"], ignore_index=True)
    )


def measure_sessions(sessions: DataFrame, parameters: ExplorationParameters) -> pd.DataFrame:
    """Measure how many events visits have, and how long they are active.

    Args:
        sessions: One row per (user_id, user_session); suspected bots are left out.
        parameters: ``percentiles``.

    Returns:
        One row per (``visits`` (``all``, ``with purchase``, ``without purchase``), ``measure``
        (``events``, ``products``, ``active_seconds``)): ``sessions``, ``mean``, one column
        for each percentile, such as ``p50``, and ``largest``. Percentiles are exact.
    """
    has_purchase = F.when(F.col("purchases") > 0, "with purchase").otherwise("without purchase")
    events = F.col("views") + F.col("carts") + F.col("purchases")
    summary = (
        sessions.filter(~F.col("is_suspected_bot"))
        .select(
            has_purchase.alias("visits"),
            events.alias("events"),
            F.col("products").cast("long").alias("products"),
            F.col("active_seconds").cast("long").alias("active_seconds"),
        )
        .unpivot("visits", ["events", "products", "active_seconds"], "measure", "value")
        .rollup("measure", "visits")
        .agg(
            F.count("*").alias("sessions"),
            F.avg("value").alias("mean"),
            F.percentile("value", parameters.percentiles).alias("percentiles"),
            F.max("value").alias("largest"),
        )
        .filter(F.col("measure").isNotNull())
        .fillna({"visits": "all"})
        .toPandas()
        .sort_values(["measure", "visits"], ignore_index=True)
    )
    return spread_percentiles(summary, parameters.percentiles)


def spread_percentiles(summary: pd.DataFrame, percentiles: list[float]) -> pd.DataFrame:
    """Replace the list ``percentiles`` by a column for each of them, before the last column."""
    names = [f"p{100 * share:g}" for share in percentiles]
    values = pd.DataFrame(summary["percentiles"].tolist(), summary.index, names, dtype=float)
    others = summary.drop(columns="percentiles")
    return pd.concat([others.iloc[:, :-1], values, others.iloc[:, -1:]], axis=1)


def count_shared_sessions(sessions: DataFrame) -> pd.DataFrame:
    """Count the session ids that several customers have.

    Args:
        sessions: One row per (user_id, user_session).

    Returns:
        One row per ``event_month`` (the first in which the id is seen): ``session_ids``, and
        ``shared`` among them.
    """
    return (
        sessions.groupBy("user_session")
        .agg(F.count("*").alias("customers"), F.min("event_month").alias("event_month"))
        .groupBy("event_month")
        .agg(F.count("*").alias("session_ids"), F.count_if(F.col("customers") > 1).alias("shared"))
        .toPandas()
        .sort_values("event_month", ignore_index=True)
    )


def _path() -> Column:
    viewed, carted, bought = (F.col(name) > 0 for name in ("views", "carts", "purchases"))
    return (
        F.when(bought & viewed & carted, "view_cart_buy")
        .when(bought & viewed, "view_buy")
        .when(bought, "buy_without_view")
        .when(viewed & carted, "view_cart")
        .when(carted, "cart_without_view")
        .otherwise("view_only")
    )


def _dimensions() -> list[Column]:
    week_hour = F.concat_ws(" ", F.col("day_of_week").cast("string"), F.col("hour").cast("string"))
    week = F.to_date(F.date_trunc("week", "started_at")).cast("string")
    values = (F.lit("all"), F.col("main_category"), F.col("main_brand"), week_hour, week)
    unknown = F.lit(UNKNOWN)
    return [F.coalesce(v, unknown).alias(n) for n, v in zip(_DIMENSIONS, values, strict=True)]
