"""Segments found in the same table by this project, by MLlib's KMeans alone and by scikit-learn."""

import json
import time
from pathlib import Path
from typing import Any

import pandas as pd

from engines import open_catalog, run_nodes

# What the others fit on, written by the first engine: the scaled behaviour of clustered customers.
BEHAVIOUR = "behaviour"


def segment_with_this_project(raw_events: Path, project: Path) -> dict[str, float]:
    """Search, fit each month, name and assign, as ``kedro run`` does."""
    parts = {"table": "build_customer_months", "fit": "fit_segments", "score": "assign_segments"}
    figures = {
        f"{name}_seconds": run_nodes(raw_events, project, "clustering", node)
        for name, node in parts.items()
    }
    catalog = open_catalog(raw_events, project)
    selection = _selection(project)
    columns = [f"{name}_z" for name in selection["features"]]
    rows = (
        catalog.load("segment_model")
        .transform(catalog.load("customer_months"))
        .filter("distance IS NOT NULL")
    )
    rows.select("month", *columns).write.parquet(str(project / BEHAVIOUR))
    return figures | _quality(rows.selectExpr("distance * distance AS square").toPandas())


def segment_with_mllib_kmeans(raw_events: Path, project: Path) -> dict[str, float]:
    """Fit KMeans of Spark once per month, and assign."""
    from pyspark.ml.clustering import KMeans
    from pyspark.ml.feature import VectorAssembler

    from customer_behavior.datasets.session import get_session

    open_catalog(raw_events, project)
    selection = _selection(project)
    columns = [f"{name}_z" for name in selection["features"]]
    table = get_session().read.parquet(str(project / BEHAVIOUR))
    rows = VectorAssembler(inputCols=columns, outputCol="features").transform(table).persist()
    rows.count()
    started, cost, assigned = time.perf_counter(), 0.0, 0
    for month in selection["months"]:
        of_month = rows.filter(rows["month"] == month["month"])
        model = KMeans(k=selection["segments"], seed=7, maxIter=50).fit(of_month)
        cost += model.summary.trainingCost
        assigned += model.transform(of_month).filter("prediction >= 0").count()
    return {
        "fit_and_score_seconds": time.perf_counter() - started,
        "mean_squared_distance": cost / assigned,
    }


def segment_with_minibatch_kmeans(raw_events: Path, project: Path) -> dict[str, float]:
    """Fit MiniBatchKMeans once per month, and assign."""
    from sklearn.cluster import MiniBatchKMeans

    selection = _selection(project)
    started, cost, assigned = time.perf_counter(), 0.0, 0
    table = pd.read_parquet(project / BEHAVIOUR)
    for _, rows in table.groupby("month"):
        points = rows.drop(columns="month").to_numpy()
        model = MiniBatchKMeans(selection["segments"], n_init=5, random_state=7).fit(points)
        cost += float((model.transform(points).min(axis=1) ** 2).sum())
        assigned += len(points)
    return {
        "fit_and_score_seconds": time.perf_counter() - started,
        "mean_squared_distance": cost / assigned,
    }


def _selection(project: Path) -> dict[str, Any]:
    report = project / "data/08_reporting/segment_selection.json"
    return dict(json.loads(report.read_text()))


def _quality(rows: pd.DataFrame) -> dict[str, float]:
    return {"customers": len(rows), "mean_squared_distance": float(rows["square"].mean())}
