"""Measures of predicted probabilities, each for what was observed and for every replicate."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from customer_behavior.evaluation.binned_scores import BinnedScores, part_among_best

_LIFTS = (1, 5, 10)
#: Measures of the order alone, which scores have that are no probabilities.
RANKING = ("pr_auc", "roc_auc", *(f"lift_at_{share}_percent" for share in _LIFTS))
_STEPS, _TOLERANCE = 25, 1e-9
_LEAST_SPREAD = 0.1


def measure(counts: pd.DataFrame, draws: NDArray[np.float64]) -> dict[str, NDArray[np.float64]]:
    """Compute all measures of one scorer in one slice.

    Args:
        counts: Its rows of ``count_scores``.
        draws: How often each group of customers counts, from ``draw_groups``.

    Returns:
        By name, a value per row of ``draws``: ``pr_auc`` (average precision), ``roc_auc``,
        ``lift_at_1_percent``, ``…_5_…``, ``…_10_…``, ``log_loss``, ``brier``,
        ``calibration_slope`` (of a logistic regression of the label on the log-odds of the
        probability; Cox 1958), ``total_ratio`` (predicted over actual positives) and ``base_rate``.
        NaN where there is nothing to divide by; the slope also where probabilities hardly differ
        or separate the labels.
    """
    binned = BinnedScores.of(counts, draws.shape[1]).drawn(draws)
    with np.errstate(divide="ignore", invalid="ignore"):
        rows, positives = binned.rows.sum(axis=1), binned.positives.sum(axis=1)
        return {
            "pr_auc": average_precision(binned),
            "roc_auc": roc_auc(binned),
            **{f"lift_at_{share}_percent": lift(binned, share / 100) for share in _LIFTS},
            "log_loss": binned.log_loss.sum(axis=1) / rows,
            "brier": binned.squared_error.sum(axis=1) / rows,
            "calibration_slope": calibration_slope(binned),
            "total_ratio": binned.probability.sum(axis=1) / positives,
            "base_rate": positives / rows,
        }


def average_precision(binned: BinnedScores) -> NDArray[np.float64]:
    """Mean precision over the positives, best first; positives of a bin share its precision."""
    found, seen = binned.positives.cumsum(axis=1), binned.rows.cumsum(axis=1)
    precision = np.divide(found, seen, out=np.zeros_like(found), where=seen > 0)
    return (precision * binned.positives).sum(axis=1) / found[:, -1]


def roc_auc(binned: BinnedScores) -> NDArray[np.float64]:
    """Chance that a positive has a higher score than a negative; equal ones count half."""
    negatives = binned.rows - binned.positives
    below = negatives.sum(axis=1, keepdims=True) - negatives.cumsum(axis=1)
    wins = (binned.positives * (below + negatives / 2)).sum(axis=1)
    return wins / (binned.positives.sum(axis=1) * negatives.sum(axis=1))


def lift(binned: BinnedScores, share: float) -> NDArray[np.float64]:
    """Rate of positives in the best share of the rows, over that of all rows."""
    wanted = share * binned.rows.sum(axis=1, keepdims=True)
    found = (part_among_best(binned.rows, wanted) * binned.positives).sum(axis=1)
    return found / (share * binned.positives.sum(axis=1))


def calibration_slope(binned: BinnedScores) -> NDArray[np.float64]:
    """Slope of a logistic regression, by Newton's method; each bin has its mean probability.

    Where probabilities separate the labels there is none, it would be infinite (Albert and
    Anderson 1984, Biometrika 71): NaN.
    """
    rows, positives = binned.rows, binned.positives
    mean = np.divide(binned.probability, rows, out=np.full_like(rows, 0.5), where=rows > 0)
    mean = np.clip(mean, 1e-9, 1 - 1e-9)
    x = np.log(mean / (1 - mean))
    # A slope needs probabilities that differ, and both outcomes.
    spread = np.where(rows > 0, x, -np.inf).max(axis=1) - np.where(rows > 0, x, np.inf).min(axis=1)
    total = positives.sum(axis=1)
    is_defined = (spread > _LEAST_SPREAD) & (total > 0) & (total < rows.sum(axis=1))
    # Newton's steps are sure from where the mean is right.
    predicted, actual = binned.probability.sum(axis=1), total
    size = rows.sum(axis=1)
    intercept = np.log(actual / (size - actual)) - np.log(predicted / (size - predicted))
    slope = np.ones(len(rows))
    for _ in range(_STEPS):
        fitted = 1 / (1 + np.exp(-np.clip(intercept[:, None] + slope[:, None] * x, -30, 30)))
        error, weight = positives - rows * fitted, rows * fitted * (1 - fitted)
        a, b, c = weight.sum(axis=1), (weight * x).sum(axis=1), (weight * x * x).sum(axis=1)
        gradient, gradient_x = error.sum(axis=1), (error * x).sum(axis=1)
        determinant = a * c - b * b
        step = (a * gradient_x - b * gradient) / determinant
        intercept = intercept + (c * gradient - b * gradient_x) / determinant
        slope = slope + step
        is_found = np.abs(step) <= _TOLERANCE * np.maximum(1, np.abs(slope))
        if is_found[is_defined].all():
            break
    return np.where(is_defined & is_found, slope, np.nan)
