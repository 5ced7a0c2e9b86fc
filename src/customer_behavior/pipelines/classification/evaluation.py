"""How good the predictions are on the role test, beside the baselines."""

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pyspark.sql import DataFrame

from customer_behavior.evaluation.binned_scores import BinnedScores, count_scores, of_scorer
from customer_behavior.evaluation.bootstrap import summarise, summarise_all
from customer_behavior.evaluation.classification import measure
from customer_behavior.pipelines.classification.candidates import score_of
from customer_behavior.pipelines.classification.champion import draws_of
from customer_behavior.pipelines.classification.parameters import ClassificationParameters
from customer_behavior.pipelines.classification.roles import count_roles, why_too_few

_ROLES = ("train", "select", "calibrate", "test")
_MODEL = "model"
_POINTS = 100


def evaluate_predictions(
    test_scores: DataFrame,
    selection: dict[str, Any],
    examples: DataFrame,
    ingestion_ledger: dict[str, Any],
    settings: ClassificationParameters,
) -> dict[str, Any]:
    """Measure the champion and the baselines on the role test.

    Args:
        test_scores: From ``score_test_rows``.
        selection: From ``choose_champion``.
        examples: One row per ``keys``: for the numbers of rows and the times of the roles.
        ingestion_ledger: Has the ``source_id``.
        settings: Parameters.

    Returns:
        ``task``, ``source_id``, ``model_source_id`` (input of the training), ``status``,
        ``champion``, ``best_baseline``; by role ``rows``, ``base_rates`` and ``period``;
        ``base_rate_drift`` (test over calibrate); ``metrics`` and ``baselines`` on test, each
        measure with ``value``, ``low``, ``high``; ``above_best_baseline``: the paired differences;
        ``candidates``, and beside them the baselines, on select (measures of the order);
        ``by_{slice}`` → value → champion and best baseline; ``deciles`` and ``curves`` for drawing.

    Raises:
        ValueError: If test rows have no prediction.
    """
    found = count_roles(examples, _ROLES, settings)
    described = {
        "task": settings.task,
        "source_id": ingestion_ledger["source_id"],
        "model_source_id": selection["source_id"],
        "status": selection["status"],
        "rows": {role: of.rows for role, of in found.items()},
        "base_rates": {role: of.base_rate for role, of in found.items()},
        "base_rate_drift": _drift(found["calibrate"].base_rate, found["test"].base_rate),
        "period": {role: [of.begin, of.end] for role, of in found.items() if of.rows},
    }
    if selection["status"] != "ok":
        return described | {"reason": selection["reason"]}
    if few := why_too_few([found["test"]], settings.least_positives):
        return described | {"status": "not_enough_data", "reason": few}
    return described | _measure_all(test_scores, found["test"].rows, selection, settings)


def _drift(calibrate: float | None, test: float | None) -> float | None:
    """Base rate of test over that of calibrate: what no calibration can know."""
    return test / calibrate if calibrate and test is not None else None


def _measure_all(
    test_scores: DataFrame,
    test_rows: int,
    selection: dict[str, Any],
    settings: ClassificationParameters,
) -> dict[str, Any]:
    slices = [f"by_{name}" for name in settings.slices]
    scorers = {_MODEL: ("raw_score", "probability")}
    best = selection["best_baseline"]
    all_scorers = scorers | {name: (score_of(name), score_of(name)) for name in settings.baselines}
    everything = count_scores(test_scores, all_scorers)
    if (scored := of_scorer(everything, _MODEL)["rows"].sum()) != test_rows:
        raise ValueError(
            f"{settings.task}: {scored} of {test_rows} test rows have a prediction. The "
            "predictions are of another input: run `kedro run --tags=score`, then this again."
        )
    in_parts = count_scores(
        test_scores, {name: all_scorers[name] for name in (_MODEL, best)}, [*slices, "decile"]
    )
    draws, confidence = draws_of(settings), settings.evaluation.confidence
    measures = {name: measure(of_scorer(everything, name), draws) for name in all_scorers}
    above = {
        what: values - measures[best][what]
        for what, values in measures[_MODEL].items()
        if what != "base_rate"
    }
    return {
        "champion": selection["champion"],
        "best_baseline": best,
        "metrics": summarise_all(measures[_MODEL], confidence),
        "baselines": {
            name: summarise_all(measures[name], confidence) for name in settings.baselines
        },
        "above_best_baseline": summarise_all(above, confidence),
        "candidates": selection["baselines"] | selection["candidates"],
        **{name: _measure_slice(in_parts, name, best, draws, settings) for name in slices},
        "deciles": _measure_deciles(in_parts, draws, confidence),
        "curves": {
            scorer: _curve(of_scorer(everything, name))
            for scorer, name in {"champion": _MODEL, "best_baseline": best}.items()
        },
    }


def _measure_slice(
    counts: pd.DataFrame,
    part: str,
    best_baseline: str,
    draws: NDArray[np.float64],
    settings: ClassificationParameters,
) -> dict[str, Any]:
    """By value of a slice with enough rows: the measures of champion and best baseline."""
    rows = of_scorer(counts, _MODEL, part).groupby("value")["rows"].sum()
    large = rows[rows >= settings.evaluation.least_rows_of_slice]
    scorers = {"metrics": _MODEL, "best_baseline": best_baseline}
    return {
        value: {
            "rows": int(large[value]),
            **{
                name: summarise_all(
                    measure(of_scorer(counts, scorer, part, value), draws),
                    settings.evaluation.confidence,
                )
                for name, scorer in scorers.items()
            },
        }
        for value in sorted(large.index, key=_in_order)
    }


def _in_order(value: str) -> tuple[bool, float, str]:
    """Numbers by size, before texts."""
    is_number = value.replace(".", "", 1).isdigit()
    return (not is_number, float(value) if is_number else 0.0, value)


def _measure_deciles(
    counts: pd.DataFrame, draws: NDArray[np.float64], confidence: float
) -> list[dict[str, Any]]:
    """What was predicted and what happened by decile of the score, 1 the highest."""
    deciles = []
    for decile in range(1, 11):
        of_decile = of_scorer(counts, _MODEL, "decile", str(decile))
        if of_decile.empty:
            continue
        measures = measure(of_decile, draws)
        deciles.append(
            {
                "decile": decile,
                "rows": int(of_decile["rows"].sum()),
                "predicted": float(of_decile["probability"].sum() / of_decile["rows"].sum()),
                "actual": summarise(measures["base_rate"], confidence),
                "predicted_over_actual": summarise(measures["total_ratio"], confidence),
            }
        )
    return deciles


def _curve(counts: pd.DataFrame) -> list[dict[str, float]]:
    """Recall and precision where the best so many percent are taken, at each bin's end."""
    binned = BinnedScores.of(counts, int(counts["customer_group"].max()) + 1)
    rows, found = binned.rows.sum(axis=0).cumsum(), binned.positives.sum(axis=0).cumsum()
    share = rows / rows[-1]
    # A point for every step on a scale that shows the best few percent as well as the rest.
    steps = np.unique(np.searchsorted(share, np.geomspace(share[0], 1, _POINTS)))
    return [
        {
            "share": float(share[i]),
            "recall": float(found[i] / found[-1]),
            "precision": float(found[i] / rows[i]),
        }
        for i in steps[steps < len(share)]
    ]
