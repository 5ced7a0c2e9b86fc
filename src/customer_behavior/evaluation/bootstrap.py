"""Intervals by drawing groups of customers again and again (Efron 1979, Annals of Statistics 7)."""

import numpy as np
from numpy.typing import NDArray


def draw_groups(groups: int, replicates: int, seed: int) -> NDArray[np.float64]:
    """Draw how often each group counts.

    Returns:
        One row per replicate, one column per group; in the first row, which is what was observed,
        each group counts once.
    """
    drawn = np.random.default_rng(seed).multinomial(
        groups, np.full(groups, 1 / groups), size=replicates
    )
    return np.vstack([np.ones(groups), drawn])


def summarise(values: NDArray[np.float64], confidence: float) -> dict[str, float | None]:
    """Describe a measure by what was observed and the percentile interval of its replicates.

    Args:
        values: What was observed, then a value per replicate; NaN where it is not defined.
        confidence: Such as 0.95.

    Returns:
        ``value``, ``low``, ``high``; None where the measure is not defined.
    """
    value, replicates = values[0], values[1:][np.isfinite(values[1:])]
    if not np.isfinite(value) or not len(replicates):
        return {"value": None, "low": None, "high": None}
    tail = (1 - confidence) / 2
    low, high = np.quantile(replicates, [tail, 1 - tail])
    return {"value": float(value), "low": float(low), "high": float(high)}
