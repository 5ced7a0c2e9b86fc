"""Which columns the predictions need."""

from typing import Any

import numpy as np
import pandas as pd
from pyspark.ml import PipelineModel
from pyspark.sql import DataFrame, Window
from pyspark.sql import functions as F

from customer_behavior.datasets.session import get_session
from customer_behavior.evaluation.binned_scores import BinnedScores, count_scores, of_scorer
from customer_behavior.evaluation.bootstrap import summarise
from customer_behavior.evaluation.classification import average_precision
from customer_behavior.pipelines.classification.champion import draws_of, with_group
from customer_behavior.pipelines.classification.parameters import ClassificationParameters
from customer_behavior.pipelines.classification.training_rows import usable_rows

_NONE = ""
_COLUMNS = ("feature", "importance", "low", "high", "direction", "roc_auc_alone")


def measure_importance(
    model: PipelineModel,
    selection: dict[str, Any],
    examples: DataFrame,
    single_features: pd.DataFrame,
    settings: ClassificationParameters,
) -> pd.DataFrame:
    """Measure what is lost when the values of a column are exchanged between rows (Breiman 2001).

    Columns that say the same can stand in for each other: each of them then seems less important.

    Args:
        model: From ``calibrate_champion``.
        selection: From ``choose_champion``.
        examples: One row per ``keys``, of which at most ``evaluation.importance_rows`` of the role
            select are taken.
        single_features: From ``check_single_features``.
        settings: Parameters.

    Returns:
        One row per feature, the most important first: ``importance`` (PR-AUC lost; with ``low``
        and ``high``), ``direction`` (``more`` where large values alone go with purchases, ``less``
        where small ones do, null for names), ``roc_auc_alone``.
    """
    if selection["status"] != "ok":
        return pd.DataFrame(columns=list(_COLUMNS))
    rows = _sample(examples, settings)
    scored = model.transform(_exchange(rows, settings))
    counts = count_scores(scored, {"model": ("raw_score", "probability")}, ["exchanged"])
    rows.unpersist()
    draws, confidence = draws_of(settings), settings.evaluation.confidence

    def pr_auc(feature: str) -> Any:
        rows = of_scorer(counts, "model", "exchanged", feature)
        return average_precision(BinnedScores.of(rows, draws.shape[1]).drawn(draws))

    whole, alone = pr_auc(_NONE), single_features.set_index("feature")["roc_auc"]
    names = {*settings.features.categories, *settings.features.rates}
    found = []
    for feature in settings.features.columns:
        lost = summarise(whole - pr_auc(feature), confidence)
        auc = alone[feature]
        direction = None if feature in names or np.isnan(auc) else ("more" if auc > 0.5 else "less")
        found.append((feature, lost["value"], lost["low"], lost["high"], direction, auc))
    table = pd.DataFrame(found, columns=list(_COLUMNS))
    return table.sort_values(["importance", "feature"], ascending=[False, True], ignore_index=True)


def _sample(examples: DataFrame, settings: ClassificationParameters) -> DataFrame:
    """Some rows in a random order that is always the same, numbered from 0 in ``place``."""
    order = [F.xxhash64(*settings.keys, F.lit("importance")), *settings.keys]
    rows = usable_rows(examples, "select", settings=settings)
    some = rows.orderBy(*order).limit(settings.evaluation.importance_rows)
    columns = dict.fromkeys([*settings.keys, *settings.features.columns, "label"])
    return (
        with_group(some, settings)
        .select(
            *columns,
            "customer_group",
            (F.row_number().over(Window.orderBy(*order)) - 1).alias("place"),
        )
        .persist()
    )


def _exchange(rows: DataFrame, settings: ClassificationParameters) -> DataFrame:
    """Repeat the rows for each feature, with that of another row in its place.

    The other row is some places further: in a random order that is a random exchange.
    """
    number = rows.count()
    features = settings.features.columns
    steps = np.random.default_rng(settings.evaluation.seed).integers(
        1, max(number, 2), len(features)
    )
    exchanged = get_session().createDataFrame(
        [(_NONE, 0), *zip(features, steps.tolist(), strict=True)], "exchanged string, step int"
    )
    other = rows.select(
        F.col("place").alias("other_place"),
        *(F.col(name).alias(f"other_{name}") for name in features),
    )
    repeated = rows.crossJoin(F.broadcast(exchanged)).withColumn(
        "other_place", (F.col("place") + F.col("step")) % number
    )
    kept = [name for name in rows.columns if name not in features]
    return repeated.join(other, on="other_place", how="inner").select(
        *kept,
        "exchanged",
        *(
            F.when(F.col("exchanged") == name, F.col(f"other_{name}"))
            .otherwise(F.col(name))
            .alias(name)
            for name in features
        ),
    )
