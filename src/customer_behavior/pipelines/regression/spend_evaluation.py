"""How good the predicted spend is on the role test, beside the baselines."""

from typing import Any

import numpy as np
import pandas as pd
from pyspark.ml import PipelineModel
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from customer_behavior.evaluation.bootstrap import summarise, summarise_all
from customer_behavior.pipelines.classification.parameters import ClassificationParameters
from customer_behavior.pipelines.classification.roles import count_roles, why_too_few
from customer_behavior.pipelines.classification.training_rows import usable_rows
from customer_behavior.pipelines.regression.parameters import SpendParameters
from customer_behavior.pipelines.regression.spend_candidates import spend_of, take_baselines
from customer_behavior.pipelines.regression.spend_champion import measures_of, some_rows

_ROLES = ("train", "select", "calibrate", "test")
_MODEL = "expected_spend"


def score_test_spend(
    customer_spend_predictions: DataFrame,
    spend_candidates: PipelineModel,
    selection: dict[str, Any],
    customer_snapshots: DataFrame,
    settings: SpendParameters,
    propensity: ClassificationParameters,
) -> DataFrame:
    """Put the baselines, and what was spent, beside the predictions of the role test.

    Args:
        customer_spend_predictions: From ``predict_customer_spend``.
        spend_candidates: From ``fit_spend_candidates``: has the baselines.
        selection: From ``choose_spend_champion``: ``usual_week_share`` is for baselines, too.
        customer_snapshots: Has what was spent.
        settings: ``baselines``; at most ``evaluated_rows`` rows, by a hash of the customers.
        propensity: ``keys``, ``evaluation.customer_groups``.

    Returns:
        One row per (user_id, snapshot_date) of the role test: ``customer_group``, ``spend_next``,
        ``expected_spend`` and ``decile`` (null where there is no prediction), each baseline as
        ``{name}_spend``. No rows where data are not enough.
    """
    rows = usable_rows(customer_snapshots, "test", settings=propensity)
    names = [spend_of(name) for name in settings.baselines]
    if spend_candidates.stages:
        share = selection["usual_week_share"]
        rows = PipelineModel(stages=take_baselines(spend_candidates, settings)).transform(rows)
        rows = rows.withColumns({name: share * F.col(name) for name in names})
    else:
        rows = rows.limit(0).withColumns({name: F.lit(None).cast("double") for name in names})
    predicted = customer_spend_predictions.select(*propensity.keys, _MODEL, "decile")
    return (
        some_rows(rows, settings, propensity)
        .join(predicted, on=propensity.keys, how="left")
        .select(*propensity.keys, "customer_group", "spend_next", _MODEL, "decile", *names)
    )


def evaluate_customer_spend(
    test_scores: DataFrame,
    selection: dict[str, Any],
    customer_snapshots: DataFrame,
    ingestion_ledger: dict[str, Any],
    settings: SpendParameters,
    propensity: ClassificationParameters,
) -> dict[str, Any]:
    """Measure the champion and the baselines on the role test.

    Args:
        test_scores: From ``score_test_spend``.
        selection: From ``choose_spend_champion``.
        customer_snapshots: For the numbers of rows and the times of the roles.
        ingestion_ledger: Has the ``source_id``.
        settings: ``baselines``.
        propensity: ``evaluation``.

    Returns:
        ``task``, ``source_id``, ``model_source_id``, ``status``, ``champion``, ``best_baseline``,
        ``rows`` and ``period`` by role; ``metrics`` and ``baselines`` on test, each measure with
        ``value``, ``low``, ``high``; ``above_best_baseline``: the paired differences;
        ``candidates``, and beside them the baselines, on select; ``deciles``.
    """
    found = count_roles(customer_snapshots, _ROLES, propensity)
    described = {
        "task": "customer_spend",
        "source_id": ingestion_ledger["source_id"],
        "model_source_id": selection["source_id"],
        "status": selection["status"],
        "rows": {role: of.rows for role, of in found.items()},
        "period": {role: [of.begin, of.end] for role, of in found.items() if of.rows},
    }
    if selection["status"] != "ok":
        return described | {"reason": selection["reason"]}
    if few := why_too_few([found["test"]], propensity.least_positives):
        return described | {"status": "not_enough_data", "reason": few}
    rows = test_scores.orderBy(*propensity.keys).toPandas()
    if missing := int(rows[_MODEL].isna().sum()):
        raise ValueError(
            f"customer_spend: {missing} of {len(rows)} test rows have no prediction. The "
            "predictions are of another input: run `kedro run --tags=score`, then this again."
        )
    if not rows["spend_next"].sum():
        reason = "the purchases of the role test have no price"
        return described | {"status": "not_enough_data", "reason": reason}
    return described | _measure_all(rows, selection, settings, propensity)


def _measure_all(
    rows: pd.DataFrame,
    selection: dict[str, Any],
    settings: SpendParameters,
    propensity: ClassificationParameters,
) -> dict[str, Any]:
    of_rows, confidence = measures_of(rows, propensity), propensity.evaluation.confidence
    best = selection["best_baseline"]
    champion = of_rows.of(rows[_MODEL].to_numpy())
    baselines = {name: of_rows.of(rows[spend_of(name)].to_numpy()) for name in settings.baselines}
    above = {name: values - baselines[best][name] for name, values in champion.items()}
    return {
        "champion": selection["champion"],
        "best_baseline": best,
        "metrics": summarise_all(champion, confidence),
        "baselines": {
            name: summarise_all(measures, confidence) for name, measures in baselines.items()
        },
        "above_best_baseline": summarise_all(above, confidence),
        "candidates": selection["baselines"] | selection["candidates"],
        "deciles": [
            _describe_decile(int(decile), part, propensity)
            for decile, part in rows.groupby("decile")
        ],
    }


def _describe_decile(
    decile: int, rows: pd.DataFrame, propensity: ClassificationParameters
) -> dict[str, Any]:
    """What was predicted and what was spent per customer."""
    measures, confidence = measures_of(rows, propensity), propensity.evaluation.confidence
    customers_over_spend = measures.total_ratio(np.ones(len(rows)))
    return {
        "decile": decile,
        "rows": len(rows),
        "predicted": float(rows[_MODEL].mean()),
        "actual": summarise(1 / customers_over_spend, confidence),
        "predicted_over_actual": summarise(
            measures.total_ratio(rows[_MODEL].to_numpy()), confidence
        ),
    }
