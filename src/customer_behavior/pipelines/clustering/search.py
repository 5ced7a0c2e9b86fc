"""How many segments there are."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.cluster import KMeans
from sklearn.metrics import adjusted_rand_score, silhouette_samples

from customer_behavior.evaluation.bootstrap import draw_groups, summarise
from customer_behavior.evaluation.proportions import describe_share
from customer_behavior.pipelines.clustering.parameters import ClusteringParameters

_CONFIDENCE = 0.95
#: Silhouettes compare all customers with all others: of so many that takes a second.
_SILHOUETTE_CUSTOMERS = 4_000
_SPLITS = 3
_STARTS = 5
Points = NDArray[np.float64]


def try_numbers(points: Points, settings: ClusteringParameters) -> list[dict[str, Any]]:
    """Try each number of segments.

    Args:
        points: One row per customer, in random order; one column per feature.
        settings: ``search``, ``seed``.

    Returns:
        By number of ``segments``: ``silhouette`` (mean over customers), ``stability`` (adjusted
        Rand index of fits on two halves, over all customers; mean of three splits, with the least
        and the largest), ``smallest_share`` (of the customers); each with ``value``, ``low``,
        ``high``. Numbers that there are not as many different customers for are left out.
    """
    search = settings.search
    different = len(np.unique(points, axis=0))
    return [
        _try(points, number, settings)
        for number in range(search.least_segments, min(search.most_segments, different) + 1)
    ]


def choose_number(candidates: list[dict[str, Any]], settings: ClusteringParameters) -> int | None:
    """Take the best silhouette of those that are stable, with no segment too small."""
    fit = [
        candidate
        for candidate in candidates
        if candidate["stability"]["value"] >= settings.search.least_stability
        and candidate["smallest_share"]["value"] >= settings.search.least_share
    ]
    best = max(fit, key=lambda candidate: candidate["silhouette"]["value"], default=None)
    return best["segments"] if best else None


def find_centroids(points: Points, number: int, settings: ClusteringParameters) -> Points:
    """Find the centroids of so many segments: the best of many starts."""
    found = KMeans(number, n_init=settings.search.starts, random_state=settings.seed).fit(points)
    return np.asarray(found.cluster_centers_)


def _try(points: Points, number: int, settings: ClusteringParameters) -> dict[str, Any]:
    labels = _fit(points, number, settings).labels_
    some = slice(_SILHOUETTE_CUSTOMERS)
    silhouettes = silhouette_samples(points[some], labels[some])
    smallest = int(np.bincount(labels).min())
    stability = [_stability(points, number, split, settings) for split in range(_SPLITS)]
    return {
        "segments": number,
        "silhouette": _mean(silhouettes, settings),
        "stability": {
            "value": float(np.mean(stability)), "low": min(stability), "high": max(stability),
        },
        "smallest_share": describe_share(smallest, len(labels), _CONFIDENCE),
    }  # fmt: skip


def _fit(points: Points, number: int, settings: ClusteringParameters) -> KMeans:
    return KMeans(number, n_init=_STARTS, random_state=settings.seed).fit(points)


def _stability(points: Points, number: int, split: int, settings: ClusteringParameters) -> float:
    order = np.random.default_rng([settings.seed, split]).permutation(len(points))
    halves = np.array_split(order, 2)
    one, other = (_fit(points[half], number, settings).predict(points) for half in halves)
    return float(adjusted_rand_score(one, other))


def _mean(values: NDArray[np.float64], settings: ClusteringParameters) -> dict[str, Any]:
    draws = draw_groups(len(values), settings.replicates, settings.seed)
    return summarise(draws @ values / len(values), _CONFIDENCE)
