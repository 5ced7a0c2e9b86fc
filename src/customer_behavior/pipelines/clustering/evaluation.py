"""How good the segments are."""

from typing import Any

import pandas as pd
from pyspark.sql import DataFrame

from customer_behavior.pipelines.clustering.next_month import measure_next_month
from customer_behavior.pipelines.clustering.parameters import ClusteringParameters

_MEASURES = ("silhouette", "stability", "smallest_share")


def evaluate_segments(
    selection: dict[str, Any],
    customer_segments: DataFrame,
    customer_months: DataFrame,
    segment_profiles: pd.DataFrame,
    ingestion_ledger: dict[str, Any],
    settings: ClusteringParameters,
) -> dict[str, Any]:
    """Put together what was found out about the segments.

    Args:
        selection: From ``fit_segments``.
        customer_segments: One row per (user_id, month).
        customer_months: The same.
        segment_profiles: One row per (month, segment).
        ingestion_ledger: Has the ``source_id``.
        settings: Parameters.

    Returns:
        ``task``, ``source_id``, ``model_source_id``, ``status``; ``rows`` (customers) by month and
        ``period``; ``metrics`` of the chosen number of segments; ``candidates``; ``features`` and
        those ``left_out``; ``months``: from ``fit_segments``; ``next_month``: what segments say of
        it, by ``conversion`` and ``spend`` the deviance of the segments and of ``rfm``,
        ``conversion`` and ``nothing``, which are the baselines.
    """
    rows = segment_profiles.groupby("month")["customers"].sum()
    described = {
        "task": "segments",
        "source_id": ingestion_ledger["source_id"],
        "model_source_id": selection["source_id"],
        "status": selection["status"],
        "rows": {month: int(number) for month, number in rows.items()},
        "period": sorted(rows.index),
    }
    if selection["status"] != "ok":
        parts = {name: selection[name] for name in ("candidates", "left_out") if name in selection}
        return described | {"reason": selection["reason"]} | parts
    chosen = next(of for of in selection["candidates"] if of["segments"] == selection["segments"])
    return described | {
        "metrics": {name: chosen[name] for name in _MEASURES},
        "candidates": selection["candidates"],
        "champion": selection["segments"],
        "features": selection["features"],
        "left_out": selection["left_out"],
        "months": selection["months"],
        "next_month": measure_next_month(
            customer_segments, customer_months, described["period"], settings
        ),
    }
