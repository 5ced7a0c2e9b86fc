"""Models and baselines, fitted on training rows; the best of them is calibrated later."""

import math
from collections.abc import Collection, Iterator
from multiprocessing.pool import ThreadPool

import pandas as pd
from pyspark.ml import Estimator, Pipeline, PipelineModel
from pyspark.ml.classification import (
    GBTClassifier,
    LogisticRegression,
    RandomForestClassifier,
)
from pyspark.ml.feature import SQLTransformer, VectorAssembler
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from customer_behavior.parameters import Parameters
from customer_behavior.pipelines.classification.parameters import (
    Candidates,
    ClassificationParameters,
    Features,
)
from customer_behavior.pipelines.classification.stages import (
    PositiveProbability,
    TargetRates,
    TargetRatesModel,
    rate_of,
)
from customer_behavior.pipelines.feature_engineering.encoding import Stage, one_hot_stages

#: Vectors of features, for linear models and for trees.
LINEAR, TREES = "linear_features", "tree_features"


def fit_candidates(
    training_rows: DataFrame,
    single_features: pd.DataFrame,
    settings: ClassificationParameters,
) -> PipelineModel:
    """Fit all candidates and baselines.

    Rows come in one layout whatever the files looked like: trees depend on it.

    Args:
        training_rows: One row per ``keys``.
        single_features: Features with a single value are left out.
        settings: ``baselines``, ``candidates``, ``features``, ``training``.

    Returns:
        A PipelineModel that adds to rows a score from 0 to 1 for each baseline and candidate, under
        ``{name}_score``. Without stages where the rows have too few positives or negatives, or no
        feature has two values.
    """
    positives, negatives = training_rows.agg(
        *(F.count_if(F.col("label") == label) for label in (1, 0))
    ).first()
    useful = single_features.loc[single_features["values"] > 1, "feature"].tolist()
    if min(positives, negatives) < settings.least_positives or not useful:
        return PipelineModel(stages=[])
    # Not localCheckpoint: a cluster that loses an executor must be able to make them again.
    rows = in_one_layout(training_rows, positives + negatives, settings).persist()
    features = settings.features.only(useful)
    prepared = Pipeline(stages=_feature_stages(rows, features, settings)).fit(rows)
    ready = prepared.transform(rows).select("label", LINEAR, TREES).persist()
    classifiers = _classifiers(settings.candidates, settings.training.seed)
    # Each fit is a long row of small Spark jobs: side by side they leave no core idle.
    with ThreadPool(settings.training.fits_at_once) as pool:
        fitted = pool.map(lambda classifier: classifier.fit(ready), classifiers)
    ready.unpersist()
    rows.unpersist()
    scores = [PositiveProbability(output=score_of(n)) for n in candidate_names(settings.candidates)]
    pairs = zip(fitted, scores, strict=True)
    return PipelineModel(stages=[*prepared.stages, *(stage for pair in pairs for stage in pair)])


def score_of(name: str) -> str:
    """Column with the score of a candidate or baseline."""
    return f"{name}_score"


def candidate_names(candidates: Parameters) -> list[str]:
    """Names of the candidates: their kind, numbered where there are several."""
    return [
        f"{kind}_{number}" if len(tried) > 1 else kind
        for kind, tried in candidates
        for number, _ in enumerate(tried, 1)
    ]


def take_scorer(
    candidates: PipelineModel, name: str, settings: ClassificationParameters
) -> list[Stage]:
    """Take what is needed for one score out of what ``fit_candidates`` returns."""
    if name in settings.baselines:
        return [take_baselines(candidates, [name])]
    names = candidate_names(settings.candidates)
    classifiers = candidates.stages[-2 * len(names) :]
    place = 2 * names.index(name)
    return [*take_features(candidates, settings), *classifiers[place : place + 2]]


def take_features(candidates: PipelineModel, settings: ClassificationParameters) -> list[Stage]:
    """Take what makes the vectors ``LINEAR`` and ``TREES`` out of what it returns."""
    rated = [rate_of(feature) for feature in settings.features.rates]
    features = candidates.stages[: -2 * len(candidate_names(settings.candidates))]
    return [s.only(rated) if isinstance(s, TargetRatesModel) else s for s in features]


def take_baselines(candidates: PipelineModel, names: Collection[str]) -> TargetRatesModel:
    """Take the scores of baselines out of what ``fit_candidates`` returns."""
    (rates,) = (stage for stage in candidates.stages if isinstance(stage, TargetRatesModel))
    return rates.only([score_of(name) for name in names])


def in_one_layout(
    training_rows: DataFrame, rows: int, settings: ClassificationParameters
) -> DataFrame:
    """Lay rows out in the same way whatever the files looked like: fits depend on it."""
    parts = max(2, math.ceil(rows / settings.training.rows_per_partition))
    return training_rows.repartition(parts, *settings.keys).sortWithinPartitions(*settings.keys)


def _feature_stages(
    rows: DataFrame, features: Features, settings: ClassificationParameters
) -> list[Stage]:
    """Add the baselines' scores, a vector of features for linear models, and one for trees."""
    rated = {score_of(name): key for name, key in settings.baselines.items()}
    rated |= {rate_of(name): name for name in features.rates}
    linear = [
        *(f"{name}_logarithm" for name in features.amounts),
        *(f"{name}_number" for name in features.numbers),
        *(f"{name}_one_hot" for name in features.categories),
    ]
    trees = [
        *(f"{name}_number" for name in [*features.amounts, *features.numbers]),
        *map(rate_of, features.rates),
    ]
    return [
        SQLTransformer(statement=_numbers(rows, features)),
        *(one_hot_stages(features.categories) if features.categories else []),
        TargetRates(expressions=rated, smoothing=settings.training.rate_smoothing_rows),
        VectorAssembler(inputCols=linear, outputCol=LINEAR),
        VectorAssembler(inputCols=trees, outputCol=TREES),
    ]


def _numbers(rows: DataFrame, features: Features) -> str:
    """SQL that fills what is missing with the mean of the training rows, and takes logarithms."""
    names = [*features.amounts, *features.numbers]
    means = rows.agg(F.lit(0), *(F.mean(name).alias(name) for name in names)).first()
    # Rounded: the last digits of a sum depend on the order of its terms.
    filled = {
        name: f"COALESCE(CAST({name} AS DOUBLE), CAST({means[name]:.9g} AS DOUBLE))"
        for name in names
    }
    columns = [f"{sql} AS {name}_number" for name, sql in filled.items()] + [
        f"LN(1 + GREATEST({filled[name]}, 0)) AS {name}_logarithm" for name in features.amounts
    ]
    return f"SELECT {', '.join(['*', *columns])} FROM __THIS__"


def _classifiers(candidates: Candidates, seed: int) -> Iterator[Estimator]:
    """In the order of ``candidate_names``."""
    for linear in candidates.logistic_regression:
        yield LogisticRegression(
            featuresCol=LINEAR,
            regParam=linear.penalty,
            elasticNetParam=linear.elastic_net,
            maxIter=linear.iterations,
            standardization=True,
        )
    for forest in candidates.random_forest:
        yield RandomForestClassifier(
            featuresCol=TREES,
            numTrees=forest.trees,
            maxDepth=forest.depth,
            minInstancesPerNode=forest.least_rows_per_leaf,
            seed=seed,
        )
    for boosting in candidates.gradient_boosting:
        yield GBTClassifier(
            featuresCol=TREES,
            maxIter=boosting.trees,
            maxDepth=boosting.depth,
            stepSize=boosting.step,
            minInstancesPerNode=boosting.least_rows_per_leaf,
            seed=seed,
        )
