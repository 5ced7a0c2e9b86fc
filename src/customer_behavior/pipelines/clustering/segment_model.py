"""Segments: how they are found, and who is in which."""

import math
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pyspark.ml import PipelineModel
from pyspark.ml.clustering import KMeans, KMeansModel
from pyspark.ml.feature import SQLTransformer, VectorAssembler
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from customer_behavior.pipelines.clustering.behaviour import (
    BY_RULE,
    Behaviour,
    fit_behaviour,
    scaled,
)
from customer_behavior.pipelines.clustering.names import match_segments, name_segments
from customer_behavior.pipelines.clustering.parameters import ClusteringParameters
from customer_behavior.pipelines.clustering.search import (
    choose_number,
    find_centroids,
    try_numbers,
)

_VECTOR, _MOVED = "behaviour", "moved"
_PER_PARTITION = 100_000
_ITERATIONS = 50
# What is less apart than this are the same segments, after another number of iterations.
_NEARLY = 1.001


def fit_segments(
    customer_months: DataFrame, ingestion_ledger: dict[str, Any], settings: ClusteringParameters
) -> tuple[PipelineModel, dict[str, Any]]:
    """Find the segments of each month.

    Scales, features and the number of segments are those of the first month, and so are the names;
    segments of later months are found anew and get the name of the nearest one of the month before.

    Args:
        customer_months: One row per (user_id, month).
        ingestion_ledger: Has the ``source_id``.
        settings: Parameters.

    Returns:
        ``segment_model``: A PipelineModel that adds the features in standard deviations
        (``{feature}_z``), ``segment`` and ``distance`` (to its centroid, in standard deviations;
        null for One-Time Visitors and Bots) to rows of customer_months; a later month has the
        segments of the last one. Without stages where there are none.

        ``segment_selection``: ``source_id``, ``status`` (``ok`` or ``not_enough_data``, then with
        the ``reason``), ``features``, ``left_out`` (feature → reason), ``candidates`` (numbers of
        segments, with silhouette, stability and smallest share), ``segments`` (how many),
        ``months``: for each ``month`` its number of ``customers``, and by segment its ``centroid``
        (feature → standard deviations) and ``moved`` (distance to that of the month before; null in
        the first month).
    """
    described: dict[str, Any] = {"source_id": ingestion_ledger["source_id"]}
    clustered = customer_months.filter(f"({BY_RULE}) IS NULL")
    counts = {row["month"]: row["count"] for row in clustered.groupBy("month").count().collect()}
    months = {m: n for m, n in sorted(counts.items()) if n >= settings.least_customers}
    if not months:
        reason = (
            f"no month has events on at least {settings.least_days} days and "
            f"{settings.least_customers} customers who are neither bots nor one-time visitors"
        )
        return PipelineModel(stages=[]), described | {"status": "not_enough_data", "reason": reason}
    first = clustered.filter(F.col("month") == min(months))
    behaviour = fit_behaviour(first, settings)
    described |= {"features": behaviour.kept, "left_out": behaviour.left_out}
    points = _some_points(behaviour.stage.transform(first), behaviour, settings)
    candidates = try_numbers(points, settings) if behaviour.kept else []
    described |= {"candidates": candidates}
    number = choose_number(candidates, settings)
    if number is None:
        return PipelineModel(stages=[]), described | {
            "status": "not_enough_data",
            "reason": _why_none(candidates, settings),
        }
    assembler = VectorAssembler(inputCols=behaviour.columns, outputCol=_VECTOR)
    ready = PipelineModel(stages=[behaviour.stage, assembler]).transform(clustered)
    fitted = {
        month: _fit_month(ready.filter(F.col("month") == month), month, number, behaviour, settings)
        for month in months
    }
    centroids = _name_all(fitted, behaviour.kept, settings)
    last = SQLTransformer(statement=_say_segment(centroids))
    model = PipelineModel(stages=[behaviour.stage, assembler, *fitted.values(), last])
    return model, described | {
        "status": "ok",
        "segments": number,
        "months": [
            {"month": month, "customers": months[month], "segments": _describe(found)}
            for month, found in centroids.items()
        ],
    }


def assign_segments(segment_model: PipelineModel, customer_months: DataFrame) -> DataFrame:
    """Say which segment each customer is in.

    Args:
        segment_model: From ``fit_segments``.
        customer_months: One row per (user_id, month).

    Returns:
        One row per (user_id, month): ``segment`` (string), ``distance`` (double: to its centroid,
        in standard deviations; null for Bots and One-Time Visitors). No rows where there are no
        segments.
    """
    if segment_model.stages:
        assigned = segment_model.transform(customer_months)
    else:
        nothing = {"segment": F.lit(None).cast("string"), "distance": F.lit(None).cast("double")}
        assigned = customer_months.limit(0).withColumns(nothing)
    return assigned.select("user_id", "month", "segment", "distance")


def _some_points(
    customers: DataFrame, behaviour: Behaviour, settings: ClusteringParameters
) -> NDArray[np.float64]:
    """The behaviour of at most so many customers, in the order of a hash."""
    return (
        customers.orderBy(F.xxhash64("user_id"), "user_id")
        .limit(settings.search.customers)
        .select(*behaviour.columns)
        .toPandas()
        .to_numpy(dtype=float)
    )


def _why_none(candidates: list[dict[str, Any]], settings: ClusteringParameters) -> str:
    if not candidates:
        return "all customers behave alike"
    search = settings.search
    return (
        f"no number of segments from {search.least_segments} to {search.most_segments} is found "
        f"again in two halves of the customers (stability {search.least_stability}) with at least "
        f"{search.least_share} of them in each segment"
    )


def _fit_month(
    customers: DataFrame,
    month: str,
    number: int,
    behaviour: Behaviour,
    settings: ClusteringParameters,
) -> KMeansModel:
    """Fit from one start after the other, until the segments are as close as they can be.

    From a single start k-means may end in other segments than from the next. How close customers
    can be to their centroids is known from many starts on some of them, which takes a second.
    """
    # Fits depend on the layout of the rows.
    parts = max(2, math.ceil(customers.count() / _PER_PARTITION))
    rows = customers.repartition(parts, "user_id").sortWithinPartitions("user_id").persist()
    close = _cost_of(
        rows, find_centroids(_some_points(rows, behaviour, settings), number, settings), behaviour
    )
    best: KMeansModel | None = None
    for start in range(settings.search.starts):
        found = KMeans(
            k=number,
            featuresCol=_VECTOR,
            predictionCol=_cluster_of(month),
            maxIter=_ITERATIONS,
            seed=settings.seed + start,
        ).fit(rows)
        if best is None or found.summary.trainingCost < best.summary.trainingCost:
            best = found
        if best.summary.trainingCost <= _NEARLY * close:
            break
    rows.unpersist()
    return best


def _cost_of(rows: DataFrame, centroids: NDArray[np.float64], behaviour: Behaviour) -> float:
    """Sum of the squared distances of customers to the nearest of some centroids."""
    squares = [
        " + ".join(
            f"POWER({column} - {value!r}D, 2)"
            for column, value in zip(behaviour.columns, centroid.tolist(), strict=True)
        )
        for centroid in centroids
    ]
    return float(rows.agg(F.sum(F.expr(f"LEAST({', '.join(squares)})"))).first()[0])


def _cluster_of(month: str) -> str:
    return f"cluster_{month.replace('-', '_')}"


def _name_all(
    fitted: dict[str, KMeansModel], features: list[str], settings: ClusteringParameters
) -> dict[str, pd.DataFrame]:
    """By month the centroids, in the order of the clusters, by name; and how far they ``moved``."""
    named: dict[str, pd.DataFrame] = {}
    before = None
    for month, model in fitted.items():
        found = pd.DataFrame(model.clusterCenters(), columns=features)
        if before is None:
            names, moved = name_segments(found, settings.names), np.full(len(found), np.nan)
        else:
            matched, moved = match_segments(before, found)
            names = list(before.index[matched])
        before = found.set_axis(names)
        named[month] = before.assign(**{_MOVED: moved})
    return named


def _say_segment(centroids: dict[str, pd.DataFrame]) -> str:
    """SQL that adds ``segment`` and ``distance``: each month has centroids of its own."""
    segments, distances = [], []
    for month, found in centroids.items():
        when = "TRUE" if month == max(centroids) else f"month <= '{month}'"
        number = f"{_cluster_of(month)} + 1"
        names = ", ".join(_quote(name) for name in found.index)
        squares = " + ".join(
            f"POWER({scaled(name)} - ELEMENT_AT(ARRAY({_join(values)}), {number}), 2)"
            for name, values in found.drop(columns=_MOVED).items()
        )
        segments.append(f"WHEN {when} THEN ELEMENT_AT(ARRAY({names}), {number})")
        distances.append(f"WHEN {when} THEN SQRT({squares})")
    return (
        f"SELECT *, COALESCE({BY_RULE}, CASE {' '.join(segments)} END) AS segment, "
        f"CASE WHEN ({BY_RULE}) IS NULL THEN CASE {' '.join(distances)} END END AS distance "
        "FROM __THIS__"
    )


def _quote(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def _join(values: pd.Series) -> str:
    return ", ".join(f"{value!r}D" for value in values.tolist())


def _describe(centroids: pd.DataFrame) -> dict[str, Any]:
    """By segment its ``centroid`` and how far it ``moved``."""
    return {
        str(name): {
            "centroid": row.drop(_MOVED).to_dict(),
            _MOVED: None if np.isnan(row[_MOVED]) else row[_MOVED],
        }
        for name, row in centroids.sort_index().iterrows()
    }
