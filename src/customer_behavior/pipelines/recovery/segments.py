"""How near the segments come to the types that customers were planted with."""

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from customer_behavior.evaluation.binned_scores import customer_group
from customer_behavior.evaluation.bootstrap import draw_groups, summarise
from customer_behavior.pipelines.clustering.parameters import ClusteringParameters
from customer_behavior.pipelines.recovery.achievable import predict_types
from customer_behavior.pipelines.recovery.known_rows import collect_events
from customer_behavior.pipelines.recovery.parameters import RecoveryParameters
from customer_behavior.pipelines.recovery.shares import ACHIEVABLE, CHAMPION, why_not_compared

#: The planted type that a segment of this name should hold.
_TYPES = {
    "Frequent Buyers": "frequent_buyer",
    "Cart Abandoners": "cart_abandoner",
    "Window Shoppers": "browser",
}
_LEAST_VISITS = 3
_CONFIDENCE = 0.95


def measure_segment_recovery(
    ingestion_recovery: dict[str, Any],
    segment_evaluation: dict[str, Any],
    customer_segments: DataFrame,
    customer_months: DataFrame,
    events: DataFrame,
    process: dict[str, Any] | None,
    customers: pd.DataFrame | None,
    parameters: RecoveryParameters,
    clustering: ClusteringParameters,
) -> dict[str, Any]:
    """Compare the segments of the first month with the planted types.

    Beside them stands the most probable type given the logged events of the same month
    (``achievable``).

    Args:
        ingestion_recovery: Says whether the truth is that of the events.
        segment_evaluation: From ``evaluate_segments``.
        customer_segments: One row per (user_id, month).
        customer_months: The same: ``visits``.
        events: One row per event.
        process: The law of the simulation (``simulation_truth_process``).
        customers: The hidden customers (``simulation_truth_customers``).
        parameters: At most ``customers`` customers are taken, by a hash of ``user_id``.
        clustering: ``customer_groups``, ``replicates``, ``seed``.

    Returns:
        ``source_id``, ``status`` (``ok``, or why nothing is compared, with the ``reason``),
        ``month``, ``customers`` (in segments that were found, not by a rule);
        ``adjusted_rand_index`` of ``champion`` (the segments) and ``achievable`` with the types;
        the same ``of_three_visits``, of customers with at least three; and of these by ``names`` of
        segments the ``type`` meant, and ``precision`` and ``recall`` of both, each with ``value``,
        ``low``, ``high``.
    """
    described = {"source_id": ingestion_recovery["source_id"]}
    if reason := why_not_compared(ingestion_recovery, segment_evaluation):
        return described | reason
    if process is None or customers is None:
        return described | {"status": "no planted truth", "reason": "the truth is not there"}
    month = segment_evaluation["months"][0]["month"]
    rows = _collect(customer_segments, customer_months, month, parameters, clustering)
    end = pd.Timestamp(month) + pd.offsets.MonthBegin(1)
    types = predict_types(collect_events(events, rows[["user_id"]]), process, end)
    known = rows.merge(customers[["user_id", "customer_type"]], on="user_id").merge(
        types.rename(columns={"customer_type": ACHIEVABLE}), on="user_id"
    )
    draws = draw_groups(clustering.customer_groups, clustering.replicates, clustering.seed)
    often = known[known["visits"] >= _LEAST_VISITS]
    return described | {
        "status": "ok",
        "month": month,
        "customers": len(known),
        "adjusted_rand_index": _compare(known, draws),
        "of_three_visits": {"customers": len(often), "adjusted_rand_index": _compare(often, draws)},
        "names": {
            name: {"type": kind, **_precision_and_recall(often, name, kind, draws)}
            for name, kind in _TYPES.items()
            if (often["segment"] == name).any()
        },
    }


def _collect(
    customer_segments: DataFrame,
    customer_months: DataFrame,
    month: str,
    parameters: RecoveryParameters,
    clustering: ClusteringParameters,
) -> pd.DataFrame:
    return (
        customer_segments.filter((F.col("month") == month) & F.col("distance").isNotNull())
        .join(customer_months.select("user_id", "month", "visits"), on=["user_id", "month"])
        .orderBy(F.xxhash64("user_id", F.lit("recovery")), "user_id")
        .limit(parameters.customers)
        .select(
            "user_id",
            "segment",
            "visits",
            customer_group(clustering.customer_groups).alias("customer_group"),
        )
        .toPandas()
    )


def _compare(known: pd.DataFrame, draws: NDArray[np.float64]) -> dict[str, Any]:
    return {
        name: summarise(_adjusted_rand(known, column, draws), _CONFIDENCE)
        for name, column in {CHAMPION: "segment", ACHIEVABLE: ACHIEVABLE}.items()
    }


def _adjusted_rand(
    known: pd.DataFrame, column: str, draws: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Adjusted Rand index (Hubert and Arabie 1985, Journal of Classification 2) with the types."""
    counts = pd.crosstab(known["customer_group"], [known[column], known["customer_type"]])
    counts = counts.reindex(range(draws.shape[1]), fill_value=0)
    found = []
    for drawn in draws @ counts.to_numpy():
        table = pd.Series(drawn, index=counts.columns).unstack(fill_value=0).to_numpy()
        both, one, other = (_pairs(sums) for sums in (table, table.sum(axis=1), table.sum(axis=0)))
        chance = one * other / _pairs(table.sum())
        found.append((both - chance) / ((one + other) / 2 - chance))
    return np.array(found)


def _pairs(counts: Any) -> float:
    return float((counts * (counts - 1) / 2).sum())


def _precision_and_recall(
    known: pd.DataFrame, name: str, kind: str, draws: NDArray[np.float64]
) -> dict[str, Any]:
    is_type = known["customer_type"] == kind
    found = {}
    for what, is_named in {
        CHAMPION: known["segment"] == name,
        ACHIEVABLE: known[ACHIEVABLE] == kind,
    }.items():
        sums = pd.DataFrame({"both": is_type & is_named, "named": is_named, "type": is_type})
        by_group = sums.groupby(known["customer_group"]).sum()
        both, named, of_type = (
            draws @ by_group.reindex(range(draws.shape[1]), fill_value=0).to_numpy()
        ).T
        with np.errstate(divide="ignore", invalid="ignore"):
            found[what] = {
                "precision": summarise(both / named, _CONFIDENCE),
                "recall": summarise(both / of_type, _CONFIDENCE),
            }
    return found
