"""Which candidate is taken, and what its scores are worth as probabilities."""

import hashlib
import json
from importlib.metadata import version
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pyspark.ml import Estimator, Pipeline, PipelineModel
from pyspark.ml.classification import LogisticRegression
from pyspark.ml.feature import SQLTransformer, VectorAssembler
from pyspark.ml.regression import IsotonicRegression
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from customer_behavior.evaluation.binned_scores import (
    count_scores,
    customer_group,
    of_scorer,
)
from customer_behavior.evaluation.bootstrap import draw_groups, summarise
from customer_behavior.evaluation.classification import RANKING, measure
from customer_behavior.parameters import Parameters
from customer_behavior.pipelines.classification.candidates import (
    candidate_names,
    score_of,
    take_scorer,
)
from customer_behavior.pipelines.classification.parameters import ClassificationParameters
from customer_behavior.pipelines.classification.roles import count_roles, why_too_few
from customer_behavior.pipelines.classification.stages import ModelInput, PositiveProbability
from customer_behavior.pipelines.classification.training_rows import usable_rows
from customer_behavior.pipelines.feature_engineering.parameters import FeatureParameters

_LEAST = 1e-6


def choose_champion(
    candidates: PipelineModel,
    examples: DataFrame,
    ingestion_ledger: dict[str, Any],
    settings: ClassificationParameters,
) -> dict[str, Any]:
    """Compare candidates and baselines on the role select, by PR-AUC.

    Only the order of their scores is measured: those of candidates are as high as the share of
    purchases among the training rows, and no probabilities yet.

    Args:
        candidates: From ``fit_candidates``.
        examples: One row per ``keys``.
        ingestion_ledger: Has the ``source_id``.
        settings: ``evaluation``.

    Returns:
        ``source_id``, ``status`` (``ok`` or ``not_enough_data``, then with the ``reason``),
        ``candidates`` and ``baselines`` (name → measure → value, low, high), ``best_baseline``,
        ``champion``: the best candidate where the lower end of its advantage's interval
        (``pr_auc_above_baseline``) is above zero, else the best baseline.
    """
    described = {"source_id": ingestion_ledger["source_id"]}
    if reason := why_not_enough(candidates, examples, settings):
        return described | {"status": "not_enough_data", "reason": reason}
    rows = usable_rows(examples, "select", settings=settings)
    names = [*settings.baselines, *candidate_names(settings.candidates)]
    counts = count_scores(
        with_group(candidates.transform(rows), settings),
        {name: (score_of(name), score_of(name)) for name in names},
    )
    draws = draws_of(settings)
    measures = {name: measure(of_scorer(counts, name), draws) for name in names}
    scores = {name: values["pr_auc"] for name, values in measures.items()}
    best_baseline = max(settings.baselines, key=lambda name: scores[name][0])
    best = max(candidate_names(settings.candidates), key=lambda name: scores[name][0])
    above = {name: scores[name] - scores[best_baseline] for name in names}
    confidence = settings.evaluation.confidence
    advantage = summarise(above[best], confidence)
    measured = {
        name: {
            **{what: summarise(measures[name][what], confidence) for what in RANKING},
            "pr_auc_above_baseline": summarise(above[name], confidence),
        }
        for name in names
    }
    is_better = advantage["low"] is not None and advantage["low"] > 0
    return described | {
        "status": "ok",
        "baselines": {name: measured[name] for name in settings.baselines},
        "candidates": {name: measured[name] for name in candidate_names(settings.candidates)},
        "best_baseline": best_baseline,
        "champion": best if is_better else best_baseline,
    }


def calibrate_champion(
    candidates: PipelineModel,
    selection: dict[str, Any],
    examples: DataFrame,
    ingestion_ledger: dict[str, Any],
    settings: ClassificationParameters,
    feature_settings: FeatureParameters,
) -> PipelineModel:
    """Make the champion's score a probability, on the role calibrate.

    Isotonic regression from ``training.isotonic_positives`` on, else a logistic regression on the
    log-odds of the score (Platt 1999). Fitted where positives are as frequent as they are, it also
    undoes the sampling of the training rows. Probabilities stay between 1/(2n) and 1 - 1/(2n), n
    the number of rows that they were fitted on.

    Args:
        candidates: From ``fit_candidates``.
        selection: From ``choose_champion``.
        examples: One row per ``keys``.
        ingestion_ledger: Its ``source_id`` is written into the model.
        settings: Parameters; they are part of the model's version.
        feature_settings: Parameters of feature_engineering; they are, too.

    Returns:
        A PipelineModel that adds to rows with the feature columns ``raw_score``, ``probability``,
        ``model_source_id``, ``model_version``. Without stages where data are not enough.
    """
    if selection["status"] != "ok":
        return PipelineModel(stages=[])
    champion = selection["champion"]
    score = PipelineModel(
        stages=[
            *take_scorer(candidates, champion, settings),
            SQLTransformer(statement=f"SELECT *, {score_of(champion)} AS raw_score FROM __THIS__"),
        ]
    )
    rows = usable_rows(examples, "calibrate", settings=settings)
    scored = score.transform(rows).select(*settings.keys, "label", "raw_score")
    scored = scored.repartition(1).sortWithinPartitions(*settings.keys).persist()
    number, positives = scored.agg(F.count("*"), F.sum("label")).first()
    use_isotonic = positives >= settings.training.isotonic_positives
    calibration = Pipeline(stages=_isotonic() if use_isotonic else _logistic()).fit(scored)
    scored.unpersist()
    least = 1 / (2 * number)
    first = ModelInput(
        columns=settings.features.columns,
        source_id=ingestion_ledger["source_id"],
        version=model_version(ingestion_ledger["source_id"], settings, feature_settings),
    )
    limits = SQLTransformer(
        statement=f"SELECT *, LEAST(GREATEST(calibrated, {least!r}D), {1 - least!r}D)"
        " AS probability FROM __THIS__"
    )
    return PipelineModel(stages=[first, *score.stages, *calibration.stages, limits])


def model_version(source_id: str, *settings: Parameters) -> str:
    """SHA-256 of what a model is made from: input, parameters and version of this package."""
    parameters = [part.model_dump(mode="json") for part in settings]
    made_from = [source_id, *parameters, version("customer-behavior")]
    return hashlib.sha256(json.dumps(made_from, sort_keys=True).encode()).hexdigest()


def why_not_enough(
    candidates: PipelineModel, examples: DataFrame, settings: ClassificationParameters
) -> str | None:
    """Tell what is missing to choose and calibrate a champion; None where nothing is."""
    found = count_roles(examples, ("train", "select", "calibrate"), settings)
    if few := why_too_few(found.values(), settings.least_positives):
        return few
    if candidates.stages:
        return None
    return "the training rows have too few without a purchase, or no feature has two values"


def with_group(rows: DataFrame, settings: ClassificationParameters) -> DataFrame:
    """Add ``customer_group``."""
    return rows.withColumn("customer_group", customer_group(settings.evaluation.customer_groups))


def draws_of(settings: ClassificationParameters) -> NDArray[np.float64]:
    """Draw the groups for the bootstrap."""
    evaluation = settings.evaluation
    return draw_groups(evaluation.customer_groups, evaluation.replicates, evaluation.seed)


def _isotonic() -> list[Estimator]:
    return [IsotonicRegression(featuresCol="raw_score", predictionCol="calibrated")]


def _logistic() -> list[Estimator]:
    inside = f"LEAST(GREATEST(raw_score, {_LEAST!r}D), {1 - _LEAST!r}D)"
    log_odds = f"LN({inside} / (1 - {inside})) AS log_odds"
    return [
        SQLTransformer(statement=f"SELECT *, {log_odds} FROM __THIS__"),
        VectorAssembler(inputCols=["log_odds"], outputCol="log_odds_vector"),
        LogisticRegression(featuresCol="log_odds_vector"),
        PositiveProbability(output="calibrated"),
    ]
