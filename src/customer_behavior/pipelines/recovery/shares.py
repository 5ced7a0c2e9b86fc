"""How much of what is achievable the champion of a task reaches."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from customer_behavior.evaluation.binned_scores import count_scores, of_scorer
from customer_behavior.evaluation.bootstrap import summarise
from customer_behavior.evaluation.classification import measure
from customer_behavior.pipelines.classification.candidates import score_of
from customer_behavior.pipelines.classification.champion import draws_of
from customer_behavior.pipelines.classification.parameters import ClassificationParameters
from customer_behavior.pipelines.regression.spend_candidates import spend_of
from customer_behavior.pipelines.regression.spend_champion import measures_of

CHAMPION, BEST_BASELINE = "champion", "best_baseline"
#: Columns with what can be known, given the logged events and given the hidden customer.
ACHIEVABLE, ORACLE = "achievable", "oracle_latent"
ACHIEVABLE_SPEND, ORACLE_SPEND = "achievable_spend", "oracle_spend"
_MEASURES = ("pr_auc", "roc_auc", "log_loss")
_SPEND_MEASURES = (
    "normalised_gini", "spearman", "spend_share_of_best_10_percent", "tweedie_deviance", "mae",
)  # fmt: skip
_BY_EVENTS_SEEN = "by_events_seen"


def measure_share_of_achievable(
    ingestion_recovery: dict[str, Any],
    evaluation: dict[str, Any],
    test_scores: DataFrame,
    known: DataFrame,
    settings: ClassificationParameters,
) -> dict[str, Any]:
    """Measure champion, best baseline and what can be known on the same rows.

    Args:
        ingestion_recovery: Says whether the truth is that of the events.
        evaluation: Of the task, from ``evaluate_predictions``.
        test_scores: One row per ``keys`` of the role test, from ``score_test_rows``.
        known: One row per ``keys`` of some customers, from ``predict_test_customers`` or
            ``predict_test_sessions``.
        settings: ``keys``, ``evaluation``.

    Returns:
        ``source_id``, ``status`` (``ok``, or why nothing is compared, with the ``reason``),
        ``names`` of champion and best baseline, ``rows`` (``compared`` and ``left_out`` by reason);
        ``pr_auc``, ``roc_auc`` and ``log_loss``: each with ``champion``, ``best_baseline``,
        ``achievable``, ``oracle_latent`` and ``share_of_achievable``, which have ``value``,
        ``low``, ``high``. For session_intent the same ``by_events_seen``.
    """
    described = {"source_id": ingestion_recovery["source_id"]}
    if reason := why_not_compared(ingestion_recovery, evaluation):
        return described | reason
    best = score_of(evaluation["best_baseline"])
    scorers = {
        CHAMPION: ("raw_score", "probability"),
        BEST_BASELINE: (best, best),
        ACHIEVABLE: (ACHIEVABLE, ACHIEVABLE),
        ORACLE: (ORACLE, ORACLE),
    }
    slices = [name for name in [_BY_EVENTS_SEEN] if name in test_scores.columns]
    rows = test_scores.join(known.filter(F.col("left_out").isNull()), on=settings.keys, how="inner")
    counts = count_scores(rows, scorers, slices)
    described["rows"] = _count_rows(evaluation, known)
    if counts.empty:
        return described | {"status": "not_enough_data", "reason": "no row can be compared"}
    return {
        **described,
        "status": "ok",
        "names": {name: evaluation[name] for name in (CHAMPION, BEST_BASELINE)},
        **compare(counts, settings),
        **{name: _compare_slice(counts, name, settings) for name in slices},
    }


def _compare_slice(
    counts: pd.DataFrame, name: str, settings: ClassificationParameters
) -> dict[str, Any]:
    values = sorted(counts.loc[counts["slice"] == name, "value"].unique(), key=int)
    return {value: compare(counts, settings, name, value) for value in values}


def compare(
    counts: pd.DataFrame,
    settings: ClassificationParameters,
    part: str = "",
    value: str | None = None,
) -> dict[str, dict[str, dict[str, float | None] | None]]:
    """Compare the four on the same rows, and in the same draws of customers.

    Args:
        counts: From ``count_scores``.
        settings: ``evaluation``.
        part: A slice; without one, all rows.
        value: The value of the slice.

    Returns:
        By measure: ``champion``, ``best_baseline``, ``achievable``, ``oracle_latent`` and
        ``share_of_achievable``, each with ``value``, ``low``, ``high``.
    """
    draws, confidence = draws_of(settings), settings.evaluation.confidence
    measures = {
        scorer: measure(of_scorer(counts, scorer, part, value), draws)
        for scorer in (CHAMPION, BEST_BASELINE, ACHIEVABLE, ORACLE)
    }
    return _compare(measures, _MEASURES, confidence)


def _compare(
    measures: dict[str, dict[str, NDArray[np.float64]]], names: Sequence[str], confidence: float
) -> dict[str, dict[str, dict[str, float | None] | None]]:
    return {
        name: {
            **{scorer: summarise(values[name], confidence) for scorer, values in measures.items()},
            "share_of_achievable": share_of_achievable(
                measures[CHAMPION][name],
                measures[BEST_BASELINE][name],
                measures[ACHIEVABLE][name],
                confidence,
            ),
        }
        for name in names
    }


def measure_share_of_achievable_spend(
    ingestion_recovery: dict[str, Any],
    evaluation: dict[str, Any],
    test_scores: DataFrame,
    known: DataFrame,
    settings: ClassificationParameters,
) -> dict[str, Any]:
    """Measure champion, best baseline and what can be known of spend on the same rows.

    Args:
        ingestion_recovery: Says whether the truth is that of the events.
        evaluation: From ``evaluate_customer_spend``.
        test_scores: From ``score_test_spend``.
        known: One row per (user_id, snapshot_date), from ``predict_test_customers``.
        settings: ``keys``, ``evaluation``.

    Returns:
        As customer_propensity_recovery; the measures are ``normalised_gini``, ``spearman``,
        ``spend_share_of_best_10_percent``, ``tweedie_deviance``, ``mae``, ``total_ratio``.
    """
    described = {"source_id": ingestion_recovery["source_id"]}
    if reason := why_not_compared(ingestion_recovery, evaluation):
        return described | reason
    scorers = {
        CHAMPION: "expected_spend",
        BEST_BASELINE: spend_of(evaluation["best_baseline"]),
        ACHIEVABLE: ACHIEVABLE_SPEND,
        ORACLE: ORACLE_SPEND,
    }
    rows = (
        test_scores.join(known.filter(F.col("left_out").isNull()), on=settings.keys, how="inner")
        .orderBy(*settings.keys)
        .select("customer_group", "spend_next", *scorers.values())
        .toPandas()
    )
    # Both sides took some customers only, by different hashes.
    described["rows"] = _count_rows(evaluation, known) | {"compared": len(rows)}
    if not rows["spend_next"].sum():
        return described | {"status": "not_enough_data", "reason": "no row can be compared"}
    of_rows, confidence = measures_of(rows, settings), settings.evaluation.confidence
    measures = {name: of_rows.of(rows[column].to_numpy()) for name, column in scorers.items()}
    return {
        **described,
        "status": "ok",
        "names": {name: evaluation[name] for name in (CHAMPION, BEST_BASELINE)},
        **_compare(measures, _SPEND_MEASURES, confidence),
        # Nearer to 1 is better, not more: there is no share of it.
        "total_ratio": {
            name: summarise(values["total_ratio"], confidence) for name, values in measures.items()
        },
    }


def share_of_achievable(
    champion: NDArray[np.float64],
    best_baseline: NDArray[np.float64],
    achievable: NDArray[np.float64],
    confidence: float,
) -> dict[str, float | None] | None:
    """Compute (champion - best baseline) / (achievable - best baseline).

    Args:
        champion: A measure of it: what was observed, then a value per replicate.
        best_baseline: The same.
        achievable: The same.
        confidence: Such as 0.95.

    Returns:
        ``value``, ``low``, ``high``; None where nothing may be achievable beyond the baseline: its
        interval has 0 in it.
    """
    possible = achievable - best_baseline
    interval = summarise(possible, confidence)
    low, high = interval["low"], interval["high"]
    if low is None or high is None or low <= 0 <= high:
        return None
    return summarise((champion - best_baseline) / possible, confidence)


def combine_recovery(
    ingestion_recovery: dict[str, Any],
    customer_propensity_recovery: dict[str, Any],
    session_intent_recovery: dict[str, Any],
    customer_spend_recovery: dict[str, Any],
    segment_recovery: dict[str, Any],
    rule_recovery: dict[str, Any],
) -> dict[str, Any]:
    """Put all tasks into one.

    Returns:
        ``source_id``, ``status``, and by task what was compared; without planted truth only the
        ``reason``.
    """
    if ingestion_recovery["status"] != "ok":
        return ingestion_recovery
    return ingestion_recovery | {
        "customer_propensity": customer_propensity_recovery,
        "session_intent": session_intent_recovery,
        "customer_spend": customer_spend_recovery,
        "segments": segment_recovery,
        "rules": rule_recovery,
    }


def why_not_compared(
    ingestion_recovery: dict[str, Any], evaluation: dict[str, Any]
) -> dict[str, Any] | None:
    """Tell why the task cannot be compared with the truth, as status and reason; None if it can."""
    if ingestion_recovery["status"] != "ok":
        return {name: ingestion_recovery[name] for name in ("status", "reason")}
    if evaluation["source_id"] != ingestion_recovery["source_id"]:
        reason = "the model was evaluated on another input: run the pipelines before recovery again"
        return {"status": "from another input", "reason": reason}
    if evaluation["status"] != "ok":
        return {name: evaluation[name] for name in ("status", "reason")}
    return None


def _count_rows(evaluation: dict[str, Any], known: DataFrame) -> dict[str, Any]:
    found = {row["left_out"]: row["count"] for row in known.groupBy("left_out").count().collect()}
    return {
        "compared": found.get(None, 0),
        "left_out": {
            "other customers": evaluation["rows"]["test"] - sum(found.values()),
            "bot": found.get("bot", 0),
            "not found": found.get("not found", 0),
        },
    }
