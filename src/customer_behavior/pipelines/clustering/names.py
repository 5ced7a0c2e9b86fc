"""Names of segments that do not depend on the order in which they were found."""

from itertools import count

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment
from scipy.spatial.distance import cdist

#: What is said of a segment that lies above, or below, the mean in a feature.
_WORDS = {
    "visits": ("Many Visits", "Few Visits"),
    "active_minutes_per_visit": ("Long Visits", "Short Visits"),
    "events_per_visit": ("Busy Visits", "Quick Visits"),
    "views_per_product": ("Second Looks", "Single Looks"),
    "cart_rate": ("Full Carts", "No Carts"),
    "cart_conversion": ("Carts Bought", "Carts Left"),
    "purchases_per_visit": ("Many Purchases", "Few Purchases"),
    "repeat_product_share": ("Back to Products", "New Products"),
    "active_days": ("Many Days", "Few Days"),
    "recency_days": ("Long Away", "Lately Here"),
}


def name_segments(centroids: pd.DataFrame, rules: dict[str, dict[str, int]]) -> list[str]:
    """Name segments after what their centroids say.

    A rule fits where each of its features lies on its side of the mean; its strength is the mean
    distance to it. The strongest pair of segment and rule comes first, and no name is given twice.
    Segments that no rule is left for are named after the two features, or more where two are not
    enough to tell them apart, that lie farthest from the mean.

    Args:
        centroids: One row per segment, one column per feature, in standard deviations.
        rules: Name → feature → 1 (above the mean) or -1 (below); a feature that is no column is
            left out.

    Returns:
        A name per row.
    """
    names: dict[int, str] = {}
    for _, name, row in sorted(_fitting(centroids, rules)):
        if row not in names and name not in names.values():
            names[row] = name
    for row in sorted(set(range(len(centroids))) - set(names), key=lambda r: _order(centroids, r)):
        names[row] = next(
            described
            for words in count(2)
            if (described := _describe(centroids.iloc[row], words)) not in names.values()
            or words > centroids.shape[1]
        )
    return [names[row] for row in range(len(centroids))]


def _fitting(
    centroids: pd.DataFrame, rules: dict[str, dict[str, int]]
) -> list[tuple[float, str, int]]:
    """Rules that fit: minus strength, name, row."""
    found = []
    for name, rule in rules.items():
        sides = {feature: side for feature, side in rule.items() if feature in centroids}
        beyond = centroids[list(sides)] * list(sides.values())
        strength = beyond.mean(axis=1)
        found += [
            (-strength.iloc[row], name, row)
            for row in range(len(centroids))
            if sides and (beyond.iloc[row] > 0).all()
        ]
    return found


def _order(centroids: pd.DataFrame, row: int) -> list[float]:
    """An order that does not depend on the numbers of the segments."""
    return [-abs(centroids.iloc[row]).max(), *centroids.iloc[row]]


def _describe(centroid: pd.Series, words: int) -> str:
    strongest = centroid.abs().sort_values(ascending=False, kind="stable").index[:words]
    return ", ".join(_WORDS[name][0 if centroid[name] > 0 else 1] for name in strongest)


def match_segments(
    before: pd.DataFrame, now: pd.DataFrame
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Match segments one to one with those of the month before, all distances together least.

    Args:
        before: Centroids of the month before: one row per segment, one column per feature.
        now: Centroids of this month.

    Returns:
        For each row of ``now`` the row of ``before``, and their distance (Hungarian method; Kuhn
        1955, Naval Research Logistics Quarterly 2).
    """
    distances = cdist(now.to_numpy(), before[now.columns].to_numpy())
    _, matched = linear_sum_assignment(distances)
    return matched, distances[np.arange(len(now)), matched]
