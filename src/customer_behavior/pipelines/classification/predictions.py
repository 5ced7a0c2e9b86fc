"""Probabilities for rows whose outcome was not used, or is not known yet."""

from typing import Any

from pyspark.ml import PipelineModel
from pyspark.sql import DataFrame, Window
from pyspark.sql import functions as F

from customer_behavior.pipelines.classification.candidates import score_of, take_baselines
from customer_behavior.pipelines.classification.champion import with_group
from customer_behavior.pipelines.classification.parameters import ClassificationParameters
from customer_behavior.pipelines.classification.training_rows import usable_rows

#: Roles whose outcome no model has learnt from.
SCORED = ("select", "calibrate", "test", "score")
_DECILES = 10
_OF_MODEL = ("model_source_id", "model_version")


def predict_purchases(
    model: PipelineModel, examples: DataFrame, settings: ClassificationParameters
) -> DataFrame:
    """Predict for all roles but train.

    Args:
        model: From ``calibrate_champion``.
        examples: One row per ``keys``.
        settings: ``keys``, ``role``, ``usable``.

    Returns:
        One row per ``keys`` of the roles select, calibrate, test and score (of session_intent,
        score are the beginnings whose last ``label_hours`` are not over), without suspected
        programs. No rows where there is no model.

        - ``role`` (string): of the row.
        - ``raw_score`` (double): what the champion says; for ranking.
        - ``probability`` (double): calibrated chance of a purchase.
        - ``decile`` (int): tenth of the role by ``raw_score``; 1 is the highest.
        - ``model_source_id`` (string): ``source_id`` of the input that the model was trained on.
        - ``model_version`` (string): SHA-256 of that, the parameters (of classification and of
          feature_engineering) and the version of this package.

    Raises:
        ValueError: If a column is missing that the model needs; it is named.
    """
    rows = usable_rows(examples, *SCORED, settings=settings)
    return apply_model(model, rows, ["raw_score", "probability"], settings)


def apply_model(
    model: PipelineModel, rows: DataFrame, scores: list[str], settings: ClassificationParameters
) -> DataFrame:
    """Predict, and tell in which tenth of its role a row is by the first of ``scores``.

    Args:
        model: Adds ``scores``, ``model_source_id``, ``model_version``.
        rows: One row per ``keys``, with ``role``.
        scores: Names of columns.
        settings: ``keys``.

    Returns:
        One row per ``keys``: ``role``, ``scores``, ``decile`` (1 is the highest),
        ``model_source_id``, ``model_version``. No rows where there is no model.
    """
    if model.stages:
        scored = model.transform(rows)
    else:
        kinds = dict.fromkeys(scores, "double") | dict.fromkeys(_OF_MODEL, "string")
        empty = {name: F.lit(None).cast(kind) for name, kind in kinds.items()}
        scored = rows.limit(0).withColumns(empty)
    best_first = Window.partitionBy("role").orderBy(F.desc(scores[0]), *settings.keys)
    decile = F.ntile(_DECILES).over(best_first).alias("decile")
    return scored.select(*settings.keys, "role", *scores, decile, *_OF_MODEL)


def score_test_rows(
    candidates: PipelineModel,
    predictions: DataFrame,
    selection: dict[str, Any],
    examples: DataFrame,
    settings: ClassificationParameters,
) -> DataFrame:
    """Put the baselines' scores beside the predictions of the role test.

    Args:
        candidates: From ``fit_candidates``: has the baselines.
        predictions: From ``predict_purchases``.
        selection: From ``choose_champion``.
        examples: One row per ``keys``.
        settings: ``baselines``, ``slices``.

    Returns:
        One row per ``keys`` of the role test: ``customer_group`` (by a hash; intervals draw
        groups), ``label`` (0 or 1), ``raw_score``, ``probability``, ``decile``, the score of each
        baseline as ``{name}_score``, the value of each slice under ``by_{name}``. No rows where
        data are not enough.
    """
    rows = usable_rows(examples, "test", settings=settings)
    slices = {f"by_{name}": F.expr(sql).cast("string") for name, sql in settings.slices.items()}
    if selection["status"] == "ok":
        rows = take_baselines(candidates, settings.baselines).transform(rows)
    else:
        none = {score_of(name): F.lit(None).cast("double") for name in settings.baselines}
        rows = rows.limit(0).withColumns(none)
    predicted = predictions.filter(F.col("role") == "test").drop("role")
    return (
        with_group(rows, settings)
        .withColumns(slices)
        .join(predicted, on=settings.keys, how="inner")
        .select(
            *settings.keys, "customer_group", "label", "raw_score", "probability", "decile",
            *map(score_of, settings.baselines), *slices,
        )
    )  # fmt: skip
