"""Which prediction of spend is taken, and what it says."""

from typing import Any

import numpy as np
import pandas as pd
from pyspark.ml import PipelineModel
from pyspark.ml.feature import SQLTransformer
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from customer_behavior.evaluation.bootstrap import summarise, summarise_all
from customer_behavior.evaluation.spend import SpendMeasures
from customer_behavior.pipelines.classification.candidates import candidate_names
from customer_behavior.pipelines.classification.champion import (
    draws_of,
    model_version,
    with_group,
)
from customer_behavior.pipelines.classification.parameters import ClassificationParameters
from customer_behavior.pipelines.classification.predictions import SCORED, apply_model
from customer_behavior.pipelines.classification.stages import ModelInput
from customer_behavior.pipelines.feature_engineering.parameters import FeatureParameters
from customer_behavior.pipelines.regression.daily_revenue import usual_week_share
from customer_behavior.pipelines.regression.parameters import (
    RegressionParameters,
    SpendParameters,
)
from customer_behavior.pipelines.regression.spend_candidates import (
    PROBABILITY,
    spend_of,
    take_spend,
    with_probability,
)


def choose_spend_champion(
    spend_candidates: PipelineModel,
    customer_snapshots: DataFrame,
    propensity_selection: dict[str, Any],
    propensity_predictions: DataFrame,
    category_days: DataFrame,
    ingestion_ledger: dict[str, Any],
    settings: RegressionParameters,
    propensity: ClassificationParameters,
    feature_settings: FeatureParameters,
) -> dict[str, Any]:
    """Compare candidates and baselines on the role select, by Tweedie deviance.

    Args:
        spend_candidates: From ``fit_spend_candidates``.
        customer_snapshots: One row per (user_id, snapshot_date).
        propensity_selection: Of ``customer_propensity``: says what it lacks.
        propensity_predictions: Have the purchase probability.
        category_days: One row per (category_l1, event_date): say how usual that week was.
        ingestion_ledger: Has the ``source_id``.
        settings: ``customer_spend``; what is a peak stands in ``revenue_forecast``.
        propensity: ``evaluation``.
        feature_settings: ``calendar.horizon_days``.

    Returns:
        ``source_id``, ``status`` (``ok`` or ``not_enough_data``, then with the ``reason``),
        ``candidates`` and ``baselines`` (name → measure → value, low, high), ``best_baseline``,
        ``champion``: the best candidate where the lower end of its advantage's interval
        (``deviance_below_baseline``) is above zero, else the best baseline; ``usual_week_share``:
        usual over recorded revenue of the week that all took their level from.
    """
    described = {"source_id": ingestion_ledger["source_id"]}
    if not spend_candidates.stages:
        reason = propensity_selection.get("reason", "") or (
            f"fewer than {propensity.least_positives} customers of the role train spent anything"
        )
        return described | {"status": "not_enough_data", "reason": reason}
    spend = settings.customer_spend
    candidates = candidate_names(spend.candidates)
    names = [*spend.baselines, *candidates]
    rows = with_probability(
        customer_snapshots, propensity_predictions, "select", propensity=propensity
    )
    found = (
        spend_candidates.transform(some_rows(rows, spend, propensity))
        .select("snapshot_date", "customer_group", "spend_next", *map(spend_of, names))
        .toPandas()
    )
    of_rows, confidence = measures_of(found, propensity), propensity.evaluation.confidence
    measures = {name: of_rows.of(found[spend_of(name)].to_numpy()) for name in names}
    deviances = {name: values["tweedie_deviance"] for name, values in measures.items()}
    best_baseline = min(spend.baselines, key=lambda name: deviances[name][0])
    best = min(candidates, key=lambda name: deviances[name][0])
    below = {name: deviances[best_baseline] - deviances[name] for name in names}
    measured = {
        name: {
            **summarise_all(measures[name], confidence),
            "deviance_below_baseline": summarise(below[name], confidence),
        }
        for name in names
    }
    low = measured[best]["deviance_below_baseline"]["low"]
    return described | {
        "status": "ok",
        "baselines": {name: measured[name] for name in spend.baselines},
        "candidates": {name: measured[name] for name in candidates},
        "best_baseline": best_baseline,
        "champion": best if low is not None and low > 0 else best_baseline,
        "usual_week_share": usual_week_share(
            category_days,
            pd.Timestamp(found["snapshot_date"].max()),
            feature_settings.calendar.horizon_days,
            settings.revenue_forecast,
        ),
    }


def some_rows(
    rows: DataFrame, settings: SpendParameters, propensity: ClassificationParameters
) -> DataFrame:
    """Take at most ``evaluated_rows`` rows, by a hash of the customers; add ``customer_group``."""
    some = rows.orderBy(F.xxhash64("user_id"), *propensity.keys).limit(settings.evaluated_rows)
    return with_group(some, propensity)


def measures_of(rows: pd.DataFrame, propensity: ClassificationParameters) -> SpendMeasures:
    """Measures of predictions of collected rows, with ``customer_group`` and ``spend_next``."""
    group = rows["customer_group"].to_numpy(dtype=np.int64)
    return SpendMeasures(rows["spend_next"].to_numpy(dtype=float), group, draws_of(propensity))


def take_spend_champion(
    spend_candidates: PipelineModel,
    selection: dict[str, Any],
    ingestion_ledger: dict[str, Any],
    settings: RegressionParameters,
    propensity: ClassificationParameters,
    feature_settings: FeatureParameters,
) -> PipelineModel:
    """Make a model of the champion alone.

    Args:
        spend_candidates: From ``fit_spend_candidates``.
        selection: From ``choose_spend_champion``.
        ingestion_ledger: Its ``source_id`` is written into the model.
        settings: Parameters; they are part of the model's version.
        propensity: Parameters of the purchase likelihood; they are, too.
        feature_settings: Parameters of feature_engineering; they are, too.

    Returns:
        A PipelineModel that adds to rows of customer_snapshots with ``purchase_probability``
        ``expected_spend``, ``model_source_id``, ``model_version``. Without stages where data are
        not enough.
    """
    if selection["status"] != "ok":
        return PipelineModel(stages=[])
    champion, source_id = selection["champion"], ingestion_ledger["source_id"]
    first = ModelInput(
        columns=[*propensity.features.columns, PROBABILITY],
        source_id=source_id,
        version=model_version(source_id, settings, propensity, feature_settings),
    )
    usual = f"{spend_of(champion)} * {selection['usual_week_share']!r}D AS expected_spend"
    last = SQLTransformer(statement=f"SELECT *, {usual} FROM __THIS__")
    spend = take_spend(spend_candidates, champion, settings.customer_spend)
    return PipelineModel(stages=[first, *spend, last])


def predict_customer_spend(
    model: PipelineModel,
    customer_snapshots: DataFrame,
    propensity_predictions: DataFrame,
    propensity: ClassificationParameters,
) -> DataFrame:
    """Predict for all roles but train.

    Args:
        model: From ``take_spend_champion``.
        customer_snapshots: One row per (user_id, snapshot_date).
        propensity_predictions: Have the purchase probability.
        propensity: ``keys``, ``role``, ``usable``.

    Returns:
        One row per (user_id, snapshot_date) of the roles select, calibrate, test and score that has
        a purchase likelihood. No rows where there is no model.

        - ``role`` (string): of the row.
        - ``expected_spend`` (double): over the ``horizon_days`` from the snapshot on.
        - ``decile`` (int): tenth of the role; 1 is expected to spend most.
        - ``model_source_id``, ``model_version`` (string): as of the purchase likelihood.
    """
    rows = with_probability(
        customer_snapshots, propensity_predictions, *SCORED, propensity=propensity
    )
    return apply_model(model, rows, ["expected_spend"], propensity)
