"""Who the segments are, and who changes between them."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from customer_behavior.pipelines.clustering.behaviour import BOTS, FEATURES, ONE_TIME
from customer_behavior.pipelines.feature_engineering.imputation import UNKNOWN
from customer_behavior.pipelines.feature_engineering.visits import sums_of

KEYS = ["user_id", "month"]
#: Segment of those who were not seen in a month.
ABSENT = "Not Here"
_QUARTILES = {"q1": 0.25, "median": 0.5, "q3": 0.75}
_ACCURACY = 10_000
_SUMS = (
    "visits", "active_seconds", "cart_visits", "purchase_visits", "purchases", "revenue",
    "hour_sin", "hour_cos",
)  # fmt: skip


def _percent(share: float) -> str:
    return f"{100 * share:.1f}\N{NO-BREAK SPACE}%"


def _decimal(value: float) -> str:
    return f"{value:.1f}"


@dataclass(frozen=True)
class _Trait:
    """What may set a segment apart: one sum over another, and how it is told."""

    said: str
    above: str
    below: str
    write: Callable[[float], str] = _percent
    unit: float = 1

    def of(self, sums: dict[str, Any]) -> float:
        return float(sums[self.above] / sums[self.below] / self.unit)

    def distance(self, sums: dict[str, Any], of_all: dict[str, Any]) -> float:
        """How many times more or less than all, as a logarithm; nought is farthest away."""
        value, usual = self.of(sums), self.of(of_all)
        if value == usual:
            return 0.0
        return abs(math.log(value / usual)) if value else math.inf


#: How they visit, and what they do there: of each the one that is farthest from all.
_TRAITS = (
    (
        _Trait("{} visits in the month", "visits", "customers", _decimal),
        _Trait("{} active minutes a visit", "active_seconds", "visits", _decimal, unit=60),
    ),
    (
        _Trait("a cart in {} of the visits", "cart_visits", "visits"),
        _Trait("a purchase in {} of the visits", "purchase_visits", "visits"),
    ),
)
_OF_RULES = {
    ONE_TIME: "seen with a single event",
    BOTS: "programs, by their pace or the number of their events",
}


def describe_segments(customer_segments: DataFrame, customer_months: DataFrame) -> pd.DataFrame:
    """Describe the customers of each segment.

    Args:
        customer_segments: One row per (user_id, month).
        customer_months: The same.

    Returns:
        One row per (month, segment): ``customers``, ``customer_share`` (of the month), ``revenue``,
        ``revenue_share``, ``purchases``, ``typical_hour`` (0 to 24, circular mean of the events),
        ``typical_category`` (most customers' main one that has a name), of each feature
        ``{feature}_q1``, ``…_median``, ``…_q3``, and ``description``: one sentence, with
        how they visit and what they do, where that is farthest from all customers of the month.
    """
    rows = customer_months.join(customer_segments, on=KEYS, how="inner").selectExpr(
        "month",
        "segment",
        "main_category",
        *_SUMS,
        *(f"{ratio.sql()} AS {name}_value" for name, ratio in FEATURES.items()),
    )
    is_named = F.col("main_category") != UNKNOWN
    quantiles = [
        F.percentile_approx(f"{name}_value", quantile, _ACCURACY).alias(f"{name}_{what}")
        for name in FEATURES
        for what, quantile in _QUARTILES.items()
    ]
    found = (
        rows.groupBy("month", "segment")
        .agg(
            F.count("*").alias("customers"),
            *sums_of(*_SUMS),
            F.mode(F.when(is_named, F.col("main_category"))).alias("typical_category"),
            *quantiles,
        )
        .orderBy("month", "segment")
        .toPandas()
    )
    by_month = found.groupby("month")
    angle = np.arctan2(found["hour_sin"], found["hour_cos"])
    profiles = found.assign(
        customer_share=found["customers"] / by_month["customers"].transform("sum"),
        revenue_share=found["revenue"] / by_month["revenue"].transform("sum"),
        typical_hour=(angle * 12 / np.pi) % 24,
    )
    of_all = by_month[["customers", *_SUMS]].sum().to_dict("index")
    columns = [
        "month", "segment", "customers", "customer_share", "revenue", "revenue_share", "purchases",
        "typical_hour", "typical_category",
        *(f"{name}_{what}" for name in FEATURES for what in _QUARTILES),
    ]  # fmt: skip
    return profiles[columns].assign(
        description=[_sentence(row, of_all[row["month"]]) for row in profiles.to_dict("records")]
    )


def count_migration(customer_segments: DataFrame) -> pd.DataFrame:
    """Count how customers change between the segments of a month and those of the next.

    Args:
        customer_segments: One row per (user_id, month).

    Returns:
        One row per (month, segment, next_month, next_segment) with any customer: ``customers``,
        ``rate`` (of the segment's customers of ``month``; null for those who were ``Not Here``,
        that is, not seen).
    """
    months = sorted(row["month"] for row in customer_segments.select("month").distinct().collect())
    found = [_count_pair(customer_segments, *pair) for pair in pairwise(months)]
    columns = ["month", "segment", "next_month", "next_segment", "customers", "rate"]
    return pd.concat(found, ignore_index=True)[columns] if found else pd.DataFrame(columns=columns)


def _count_pair(customer_segments: DataFrame, month: str, next_month: str) -> pd.DataFrame:
    def of(name: str, column: str) -> DataFrame:
        rows = customer_segments.filter(F.col("month") == name)
        return rows.select("user_id", F.col("segment").alias(column))

    absent = F.lit(ABSENT)
    counts = (
        of(month, "segment")
        .join(of(next_month, "next_segment"), on="user_id", how="outer")
        .groupBy(
            F.coalesce("segment", absent).alias("segment"),
            F.coalesce("next_segment", absent).alias("next_segment"),
        )
        .agg(F.count("*").alias("customers"))
        .orderBy("segment", "next_segment")
        .toPandas()
    )
    rate = counts["customers"] / counts.groupby("segment")["customers"].transform("sum")
    return counts.assign(
        month=month, next_month=next_month, rate=rate.where(counts["segment"] != ABSENT)
    )


def _sentence(profile: dict[str, Any], of_all: dict[str, Any]) -> str:
    """What a marketer would say of a segment: how large it is, and what sets it most apart."""
    who = (
        f"{_percent(profile['customer_share'])} of the customers, "
        f"{_percent(profile['revenue_share'])} of the revenue"
    )
    if profile["segment"] in _OF_RULES:
        return f"{who}: {_OF_RULES[profile['segment']]}."
    told = [max(some, key=lambda trait: trait.distance(profile, of_all)) for some in _TRAITS]
    said = " and ".join(
        f"{trait.said.format(trait.write(trait.of(profile)))} (all customers: "
        f"{trait.write(trait.of(of_all))})"
        for trait in told
    )
    return f"{who}: {said}."
