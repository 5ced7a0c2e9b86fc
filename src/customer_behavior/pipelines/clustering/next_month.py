"""Whether segments say what customers do in the month after."""

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from customer_behavior.evaluation.binned_scores import customer_group
from customer_behavior.evaluation.bootstrap import draw_groups, summarise_all
from customer_behavior.pipelines.clustering.behaviour import BOTS
from customer_behavior.pipelines.clustering.parameters import ClusteringParameters
from customer_behavior.pipelines.clustering.profiles import KEYS

SEGMENT = "segment"
_CONFIDENCE = 0.95
# Means of few customers are drawn to the mean of all, with the weight of so many.
_SMOOTHING = 20
_QUINTILES = [0.2, 0.4, 0.6, 0.8]
_CONVERSION_BOUNDS = [0.0, 0.1, 0.25, 0.5]
_LEAST = 1e-6


def measure_next_month(
    customer_segments: DataFrame,
    customer_months: DataFrame,
    months: list[str],
    settings: ClusteringParameters,
) -> dict[str, Any] | None:
    """See how well groups of customers tell what they do in the next month.

    A customer is expected to do what the other half of the customers of the same group did. Groups
    are the segments; RFM (quintiles of recency, and of purchases and revenue among those who
    bought: Hughes 1994, Strategic Database Marketing); last month's conversion (visits with a
    purchase); and one group of all (``nothing``). Bots are left out.

    Args:
        customer_segments: One row per (user_id, month).
        customer_months: The same.
        months: The last two are compared.
        settings: ``customer_groups``, ``replicates``, ``seed``.

    Returns:
        ``months``, ``customers``; of ``conversion`` (a purchase in the next month) and ``spend``:
        ``deviance`` by kind of group (mean; binomial, or Tweedie of power 1.5) and
        ``segment_below``: by other kind its deviance less that of the segments; each with
        ``value``, ``low``, ``high``. None with a single month.
    """
    if len(months) < 2:
        return None
    month, next_month = months[-2:]
    rows = _with_outcome(customer_segments, customer_months, month, next_month)
    counts = _count(rows, settings)
    draws = draw_groups(settings.customer_groups, settings.replicates, settings.seed)
    found = {
        what: _compare(_deviances(counts, what, settings), draws)
        for what in ("conversion", "spend")
    }
    customers = int(counts.loc[counts["kind"] == SEGMENT, "customers"].sum())
    return {"months": [month, next_month], "customers": customers, **found}


def _with_outcome(
    customer_segments: DataFrame, customer_months: DataFrame, month: str, next_month: str
) -> DataFrame:
    later = customer_months.filter(F.col("month") == next_month).select(
        "user_id",
        (F.col("purchases") > 0).cast("int").alias("converted"),
        F.col("revenue").alias("spend"),
    )
    return (
        customer_months.filter(F.col("month") == month)
        .join(customer_segments.filter(F.col(SEGMENT) != BOTS), on=KEYS, how="inner")
        .join(later, on="user_id", how="left")
        .fillna({"converted": 0, "spend": 0.0})
    )


def _count(rows: DataFrame, settings: ClusteringParameters) -> pd.DataFrame:
    """By kind of group, group and group of customers: how many, and what they did."""
    buyers = F.col("purchases") > 0
    bounds = rows.agg(
        *(
            F.percentile_approx(value, _QUINTILES).alias(name)
            for name, value in {
                "recency_days": F.col("recency_days"),
                "purchases": F.when(buyers, F.col("purchases")),
                "revenue": F.when(buyers, F.col("revenue")),
            }.items()
        )
    ).first()
    rfm = [_number_above(F.col(name), bounds[name] or []) for name in bounds.asDict()]
    conversion = F.col("purchase_visits") / F.col("visits")
    kinds = {
        SEGMENT: F.col(SEGMENT),
        "rfm": F.concat_ws("-", *rfm, buyers.cast("int")),
        "conversion": _number_above(conversion, _CONVERSION_BOUNDS).cast("string"),
        "nothing": F.lit("all"),
    }
    structs = [
        F.struct(F.lit(kind).alias("kind"), value.alias("value")) for kind, value in kinds.items()
    ]
    return (
        rows.select(
            customer_group(settings.customer_groups).alias("customer_group"),
            "converted",
            "spend",
            F.inline(F.array(*structs)),
        )
        .groupBy("kind", "value", "customer_group")
        .agg(
            F.count("*").alias("customers"),
            F.sum("converted").alias("converted"),
            F.sum("spend").alias("spend"),
            F.sum(F.sqrt("spend")).alias("root_spend"),
        )
        .orderBy("kind", "value", "customer_group")
        .toPandas()
    )


def _number_above(value: Column, bounds: list[float]) -> Column:
    """How many of some bounds lie below a value."""
    return sum((F.when(value > bound, 1).otherwise(0) for bound in bounds), F.lit(0))


def _deviances(
    counts: pd.DataFrame, what: str, settings: ClusteringParameters
) -> dict[str, NDArray[np.float64]]:
    """By kind of group: deviance and number of customers, by group of customers."""
    observed = "converted" if what == "conversion" else "spend"
    half = counts["customer_group"] % 2
    found = {}
    for kind, rows in counts.groupby("kind"):
        expected = pd.Series(np.nan, index=rows.index)
        for of_half in (0, 1):
            learned, asked = rows[half[rows.index] != of_half], rows[half[rows.index] == of_half]
            sums = learned.groupby("value")[["customers", observed]].sum()
            mean = learned[observed].sum() / max(1, learned["customers"].sum())
            means = (sums[observed] + _SMOOTHING * mean) / (sums["customers"] + _SMOOTHING)
            expected[asked.index] = asked["value"].map(means).fillna(mean)
        deviance = _DEVIANCE[what](rows, expected.clip(lower=_LEAST))
        table = pd.DataFrame({"deviance": deviance, "customers": rows["customers"]})
        by_group = table.groupby(rows["customer_group"]).sum()
        found[str(kind)] = by_group.reindex(
            range(settings.customer_groups), fill_value=0
        ).to_numpy()
    return found


def _binomial(rows: pd.DataFrame, expected: pd.Series) -> pd.Series:
    expected = expected.clip(upper=1 - _LEAST)
    others = rows["customers"] - rows["converted"]
    return -2 * (rows["converted"] * np.log(expected) + others * np.log1p(-expected))


def _tweedie(rows: pd.DataFrame, expected: pd.Series) -> pd.Series:
    """Sum of 4 (√spend - √expected)² / √expected over customers."""
    squares = rows["spend"] + rows["customers"] * expected
    return 4 * (squares - 2 * rows["root_spend"] * np.sqrt(expected)) / np.sqrt(expected)


_DEVIANCE = {"conversion": _binomial, "spend": _tweedie}


def _compare(
    deviances: dict[str, NDArray[np.float64]], draws: NDArray[np.float64]
) -> dict[str, Any]:
    means = {}
    for kind, table in deviances.items():
        deviance, customers = (draws @ table).T
        means[kind] = deviance / customers
    below = {kind: means[kind] - means[SEGMENT] for kind in means if kind != SEGMENT}
    return {
        "deviance": summarise_all(means, _CONFIDENCE),
        "segment_below": summarise_all(below, _CONFIDENCE),
    }
