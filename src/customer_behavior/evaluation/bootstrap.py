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


def summarise_all(
    measures: dict[str, NDArray[np.float64]], confidence: float
) -> dict[str, dict[str, float | None]]:
    """Describe measures by name, as ``summarise``."""
    return {name: summarise(values, confidence) for name, values in measures.items()}


def draw_blocks(number: int, length: int, replicates: int, seed: int) -> NDArray[np.float64]:
    """Draw how often each of some times in a row counts, in blocks of neighbours.

    Neighbours are alike: whole blocks are drawn, the last followed by the first (circular block
    bootstrap; Politis and Romano 1992). A block is at most a third of all: of one block that is
    everything, every draw would be the same.

    Args:
        number: How many times there are.
        length: Of a block.
        replicates: How many draws.
        seed: Of the draws.

    Returns:
        As ``draw_groups``.
    """
    length = min(length, max(1, number // 3))
    random = np.random.default_rng(seed)
    starts = random.integers(0, number, (replicates, -(-number // length)))
    drawn = (starts[:, :, None] + np.arange(length)).reshape(replicates, -1)[:, :number] % number
    counts = np.apply_along_axis(np.bincount, 1, drawn, minlength=number)
    return np.vstack([np.ones(number), counts])
