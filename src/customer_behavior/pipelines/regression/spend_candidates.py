"""Models and baselines of what customers will spend."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from py4j.protocol import Py4JJavaError
from pyspark.ml import Estimator, Model, PipelineModel
from pyspark.ml.feature import SQLTransformer, StandardScaler
from pyspark.ml.regression import (
    GBTRegressor,
    GeneralizedLinearRegression,
    LinearRegression,
)
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from customer_behavior.pipelines.classification.candidates import (
    LINEAR,
    TREES,
    candidate_names,
    in_one_layout,
    take_features,
)
from customer_behavior.pipelines.classification.parameters import (
    ClassificationParameters,
    GradientBoostingSettings,
)
from customer_behavior.pipelines.classification.training_rows import usable_rows
from customer_behavior.pipelines.regression.parameters import SpendParameters

PROBABILITY = "purchase_probability"
_SPEND, _LOG_SPEND, _RELATIVE_SPEND = "spend_next", "log_spend", "relative_spend"
_SCALED = "scaled_features"
_TRIES = 3


@dataclass(frozen=True)
class _Candidate:
    """An estimator, and how its prediction becomes an expected spend.

    Attributes:
        name: Its kind, numbered where there are several.
        estimator: Learns from the logarithm of buyers' spend, or from the spend of all.
        is_two_part: The former, to be weighed with the purchase probability.
    """

    name: str
    estimator: Estimator
    is_two_part: bool

    @property
    def label(self) -> str:
        """Column with what is learnt."""
        return _LOG_SPEND if self.is_two_part else _RELATIVE_SPEND

    def fit(self, rows: DataFrame) -> Model:
        """Fit; a generalised linear model that diverges is tried again, ten times as stiff."""
        estimator = self.estimator
        for _ in range(_TRIES if isinstance(estimator, GeneralizedLinearRegression) else 0):
            try:
                return estimator.fit(rows)
            except Py4JJavaError:
                estimator = estimator.copy({estimator.regParam: 10 * estimator.getRegParam()})
        return estimator.fit(rows)

    def expression(self, most: float) -> str:
        """SQL of what is learnt as spend, up to a factor; nothing is predicted above ``most``."""
        # A straight line goes on for ever: one odd customer would be worth more than all others.
        raw = f"LEAST({self.name}_raw, {most!r}D)"
        return f"EXP({raw})" if self.is_two_part else f"GREATEST({raw}, 0D)"


def spend_of(name: str) -> str:
    """Column with the expected spend of a candidate or baseline."""
    return f"{name}_spend"


def with_probability(
    customer_snapshots: DataFrame,
    predictions: DataFrame,
    *roles: str,
    propensity: ClassificationParameters,
) -> DataFrame:
    """Take the usable rows of some roles with a prediction, and add ``purchase_probability``."""
    known = predictions.select(*propensity.keys, F.col("probability").alias(PROBABILITY))
    rows = usable_rows(customer_snapshots, *roles, settings=propensity)
    return rows.join(known, on=propensity.keys, how="inner")


def fit_spend_candidates(
    training_rows: DataFrame,
    customer_snapshots: DataFrame,
    propensity_candidates: PipelineModel,
    propensity_selection: dict[str, Any],
    propensity_predictions: DataFrame,
    settings: SpendParameters,
    propensity: ClassificationParameters,
) -> PipelineModel:
    """Fit all candidates and baselines on the role train, and their levels on calibrate.

    Features are made as those of the purchase likelihood, which were fitted on the same rows. Each
    candidate and baseline has a level, the factor with which its predictions add up to what was
    spent: that of a two-part model is learnt from the buyers of train and calibrate, that of others
    from all customers of calibrate. It takes the place of Duan's smearing factor (1983, Journal of
    the American Statistical Association 78), the mean of the exponentials of the buyers' residuals,
    which supposes that the residuals of those who spend much have the law of all others.

    Args:
        training_rows: Of ``customer_propensity``: one row per (user_id, snapshot_date).
        customer_snapshots: Has ``spend_next``.
        propensity_candidates: Of ``customer_propensity``: make the features.
        propensity_selection: Of ``customer_propensity``: says whether there are enough data.
        propensity_predictions: Have the purchase probability.
        settings: ``baselines``, ``candidates``, ``least_share``.
        propensity: ``keys``, ``features``.

    Returns:
        A PipelineModel that adds to rows of customer_snapshots with ``purchase_probability`` the
        expected spend of each baseline and candidate, under ``{name}_spend``. Without stages where
        there are not enough data.
    """
    if propensity_selection["status"] != "ok":
        return PipelineModel(stages=[])
    rows = _with_all_columns(training_rows, customer_snapshots, propensity).persist()
    found = _describe(rows)
    if found["buyers"] < propensity.least_positives:
        rows.unpersist()
        return PipelineModel(stages=[])
    stages, two_part, others = _fit(rows, found, propensity_candidates, settings, propensity)
    others |= _baselines(rows, found, settings)
    scores = PipelineModel(stages=stages)
    calibrate = scores.transform(
        with_probability(
            customer_snapshots, propensity_predictions, "calibrate", propensity=propensity
        )
    )
    columns = [_SPEND, *(f"{name}_raw" for name in two_part)]
    both = scores.transform(rows).select(columns).union(calibrate.select(columns))
    levels = _levels(both.filter(F.col(_SPEND) > 0), two_part) | _levels(calibrate, others)
    rows.unpersist()
    expressions = {name: f"{PROBABILITY} * {sql}" for name, sql in two_part.items()} | others
    # Of an expected spend of 0 the deviance would be infinite.
    least = settings.least_share * found["mean_spend"]
    spends = [
        f"GREATEST(({expressions[name]}) * {levels[name]!r}D, {least!r}D) AS {spend_of(name)}"
        for name in [*candidate_names(settings.candidates), *settings.baselines]
    ]
    added = [SQLTransformer(statement=f"SELECT *, {spend} FROM __THIS__") for spend in spends]
    return PipelineModel(stages=[*stages, *added])


def _with_all_columns(
    training_rows: DataFrame, customer_snapshots: DataFrame, propensity: ClassificationParameters
) -> DataFrame:
    """Add what the baselines need, and the spend."""
    others = sorted({*customer_snapshots.columns} - {*training_rows.columns})
    return training_rows.join(
        customer_snapshots.select(*propensity.keys, *others), on=propensity.keys, how="inner"
    )


def take_spend(candidates: PipelineModel, name: str, settings: SpendParameters) -> list[Model]:
    """Take what is needed for one expected spend out of what ``fit_spend_candidates`` returns.

    Its stages: features, a model per candidate, the spend of each candidate and each baseline.
    """
    names, baselines = candidate_names(settings.candidates), list(settings.baselines)
    of_all = [*names, *baselines]
    spend = candidates.stages[-len(of_all) :][of_all.index(name)]
    if name in baselines:
        return [spend]
    features = candidates.stages[: -len(of_all) - len(names)]
    return [*features, candidates.stages[len(features) + names.index(name)], spend]


def take_baselines(candidates: PipelineModel, settings: SpendParameters) -> list[Model]:
    """Take the expected spend of all baselines."""
    return [
        stage for name in settings.baselines for stage in take_spend(candidates, name, settings)
    ]


def _describe(rows: DataFrame) -> dict[str, float]:
    """Means, the most that was spent, and how many rows and buyers there are."""
    spend, weight = F.col(_SPEND), F.col("weight")
    is_buyer = spend > 0
    return (
        rows.agg(
            (F.sum(weight * spend) / F.sum(weight)).alias("mean_spend"),
            F.mean(F.when(is_buyer, spend)).alias("mean_spend_of_buyers"),
            F.max(spend).alias("most"),
            F.count("*").alias("rows"),
            F.count_if(is_buyer).alias("buyers"),
        )
        .first()
        .asDict()
    )


def _fit(
    rows: DataFrame,
    found: dict[str, float],
    propensity_candidates: PipelineModel,
    settings: SpendParameters,
    propensity: ClassificationParameters,
) -> tuple[list[Model], dict[str, str], dict[str, str]]:
    """Fit the candidates.

    Returns:
        What makes features and raw predictions; expressions by name, of two-part models and others.
    """
    features = take_features(propensity_candidates, propensity)
    made = PipelineModel(stages=features).transform(
        in_one_layout(rows, int(found["rows"]), propensity)
    )
    scaler = StandardScaler(inputCol=LINEAR, outputCol=_SCALED).fit(made)
    spend = F.col(_SPEND)
    ready = (
        scaler.transform(made)
        .withColumns(
            {
                # A generalised linear model diverges where labels are far from 1.
                _RELATIVE_SPEND: spend / found["mean_spend"],
                _LOG_SPEND: F.when(spend > 0, F.log(spend)),
            }
        )
        .select("weight", _RELATIVE_SPEND, _LOG_SPEND, LINEAR, _SCALED, TREES)
        .persist()
    )
    most = {
        _RELATIVE_SPEND: found["most"] / found["mean_spend"],
        _LOG_SPEND: math.log(found["most"]),
    }
    candidates = list(_candidates(settings))
    fitted = [c.fit(ready.filter(F.col(c.label).isNotNull())) for c in candidates]
    ready.unpersist()
    two_part, others = (
        {c.name: c.expression(most[c.label]) for c in candidates if c.is_two_part is kind}
        for kind in (True, False)
    )
    return [*features, scaler, *fitted], two_part, others


def _baselines(
    rows: DataFrame, found: dict[str, float], settings: SpendParameters
) -> dict[str, str]:
    """SQL of baselines: in proportion to what they say; where that is 0, the mean of such rows."""
    means = {name: f"{found[name]!r}D" for name in ("mean_spend", "mean_spend_of_buyers")}
    said = {name: sql.format(**means) for name, sql in settings.baselines.items()}
    shapes = rows.agg(
        *(part.alias(f"{name}_{what}") for name, sql in said.items() for what, part in _shape(sql))
    ).first()
    return {
        name: f"IF(({sql}) > 0, ({sql}) * {shapes[f'{name}_factor'] or 1.0!r}D, "
        f"{shapes[f'{name}_of_others'] or 0.0!r}D)"
        for name, sql in said.items()
    }


def _shape(sql: str) -> list[tuple[str, Column]]:
    said, weight = F.expr(sql), F.col("weight")
    spend = weight * F.col(_SPEND)
    says_something = said > 0

    def total(values: Column) -> Column:
        return F.sum(F.when(says_something, values))

    others = F.sum(weight) - F.coalesce(total(weight), F.lit(0.0))
    of_others = F.sum(spend) - F.coalesce(total(spend), F.lit(0.0))
    return [
        ("factor", F.try_divide(total(spend), total(weight * said))),
        ("of_others", F.try_divide(of_others, others)),
    ]


def _levels(rows: DataFrame, expressions: dict[str, str]) -> dict[str, float]:
    """What was spent in all, over what is predicted; 1 where that is nothing."""
    if not expressions:
        return {}
    found = rows.agg(
        *(
            F.try_divide(F.sum(_SPEND), F.sum(F.expr(sql))).alias(name)
            for name, sql in expressions.items()
        )
    ).first()
    return {name: found[name] or 1.0 for name in expressions}


def _candidates(settings: SpendParameters) -> Iterator[_Candidate]:
    kinds = [(kind, tried) for kind, all_tried in settings.candidates for tried in all_tried]
    names = candidate_names(settings.candidates)
    for name, (kind, tried) in zip(names, kinds, strict=True):
        estimator = _estimator(kind, tried, settings.seed)
        candidate = _Candidate(name, estimator, kind.startswith("two_part"))
        estimator.setPredictionCol(f"{name}_raw")
        estimator.setLabelCol(candidate.label)
        estimator.setWeightCol("weight")
        yield candidate


def _estimator(kind: str, settings: Any, seed: int) -> Estimator:
    if isinstance(settings, GradientBoostingSettings):
        return GBTRegressor(
            featuresCol=TREES,
            maxIter=settings.trees,
            maxDepth=settings.depth,
            stepSize=settings.step,
            minInstancesPerNode=settings.least_rows_per_leaf,
            seed=seed,
        )
    if kind == "tweedie":
        return GeneralizedLinearRegression(
            featuresCol=_SCALED,
            family="tweedie",
            variancePower=settings.variance_power,
            linkPower=0.0,
            regParam=settings.penalty,
            maxIter=settings.iterations,
        )
    return LinearRegression(featuresCol=LINEAR, regParam=settings.penalty, solver="normal")
