"""Measures of predicted spend, each for what was observed and for every replicate."""

import numpy as np
from numpy.typing import NDArray

_BEST = (1, 5, 10)
#: Values in order are put into so many bins, so that a draw is a sum over bins and not over rows.
_MOST_BINS = 2_000
Numbers = NDArray[np.float64]


class SpendMeasures:
    """Measures predictions of the same rows, in the same draws of customers."""

    def __init__(self, spend: Numbers, group: NDArray[np.int64], draws: Numbers) -> None:
        """Take what was spent.

        Args:
            spend: What was spent, per row.
            group: Group of the row's customer, a column of ``draws``.
            draws: How often each group counts, from ``draw_groups``.
        """
        self._spend, self._group, self._draws = spend, group, draws
        with np.errstate(divide="ignore", invalid="ignore"):
            self._by_spend = _Order(spend, spend, group, draws)

    def of(self, predicted: Numbers) -> dict[str, Numbers]:
        """Compute all measures of one prediction.

        Args:
            predicted: What was expected, per row; above 0.

        Returns:
            By name, a value per row of ``draws``: ``normalised_gini`` (Gini coefficient of the
            spend in the order of the prediction, over that in the order of the spend),
            ``spearman``, ``spend_share_of_best_1_percent``, ``…_5_…``, ``…_10_…``,
            ``tweedie_deviance`` (mean, of power 1.5), ``mae``, ``rmsle``, ``r2``, ``total_ratio``
            (predicted over actual). NaN where there is nothing to divide by.
        """
        with np.errstate(divide="ignore", invalid="ignore"):
            return self._of_order(predicted) | self._of_sums(predicted)

    def total_ratio(self, predicted: Numbers) -> Numbers:
        """Predicted over actual total."""
        with np.errstate(divide="ignore", invalid="ignore"):
            return self._total(predicted) / self._total(self._spend)

    def _of_sums(self, predicted: Numbers) -> dict[str, Numbers]:
        spend = self._spend
        rows, actual = self._total(np.ones_like(spend)), self._total(spend)
        squared = self._total((spend - predicted) ** 2)
        logarithmic = self._total((np.log1p(spend) - np.log1p(predicted)) ** 2)
        return {
            "tweedie_deviance": self._total(tweedie_deviance(spend, predicted)) / rows,
            "mae": self._total(np.abs(spend - predicted)) / rows,
            "rmsle": np.sqrt(logarithmic / rows),
            "r2": 1 - squared / (self._total(spend**2) - actual**2 / rows),
            "total_ratio": self.total_ratio(predicted),
        }

    def _total(self, values: Numbers) -> Numbers:
        return self._draws @ np.bincount(self._group, values, self._draws.shape[1])

    def _of_order(self, predicted: Numbers) -> dict[str, Numbers]:
        by_prediction = _Order(predicted, self._spend, self._group, self._draws)
        rows, spent = by_prediction.curve
        best = {
            f"spend_share_of_best_{share}_percent": np.array(
                [np.interp(share / 100, *of_draw) for of_draw in zip(rows, spent, strict=True)]
            )
            for share in _BEST
        }
        return {
            "normalised_gini": by_prediction.gini / self._by_spend.gini,
            "spearman": self._correlation(by_prediction, self._by_spend),
            **best,
        }

    def _correlation(self, one: "_Order", other: "_Order") -> Numbers:
        covariance = [
            (drawn[self._group] * ranks[one.place] * other_ranks[other.place]).sum()
            for drawn, ranks, other_ranks in zip(self._draws, one.ranks, other.ranks, strict=True)
        ]
        return np.array(covariance) / np.sqrt(one.variance * other.variance)


class _Order:
    """Rows by a value, the largest first; those of a bin count as equal."""

    def __init__(
        self, values: Numbers, spend: Numbers, group: NDArray[np.int64], draws: Numbers
    ) -> None:
        self.place, bins = _bin(values)
        groups = draws.shape[1]

        def of_draws(amounts: Numbers) -> Numbers:
            counted = np.bincount(self.place * groups + group, amounts, bins * groups)
            return draws @ counted.reshape(bins, groups).T

        rows = of_draws(np.ones_like(spend))
        self.curve = _shares(rows), _shares(of_draws(spend))
        # The mean rank of the rows of each bin, less the mean of all.
        self.ranks = rows.cumsum(axis=1) - rows / 2 - rows.sum(axis=1, keepdims=True) / 2
        self.variance = (rows * self.ranks**2).sum(axis=1)

    @property
    def gini(self) -> Numbers:
        """Of the spend in this order."""
        rows, spent = self.curve
        return np.asarray((np.diff(rows) * (spent[:, 1:] + spent[:, :-1])).sum(axis=1) - 1)


def tweedie_deviance(spend: Numbers, predicted: Numbers) -> Numbers:
    """Deviance of each row, of power 1.5 (Jørgensen 1987): small where few spend, and much."""
    return 4 * (np.sqrt(spend) - np.sqrt(predicted)) ** 2 / np.sqrt(predicted)


def _bin(values: Numbers) -> tuple[NDArray[np.int64], int]:
    """The bin of each row, the largest values first; and how many there are."""
    different, place, rows = np.unique(-values, return_inverse=True, return_counts=True)
    if len(different) > _MOST_BINS:
        before = rows.cumsum() - rows
        _, bin_of = np.unique(before * _MOST_BINS // len(values), return_inverse=True)
        place = bin_of[place]
    return place, int(place.max(initial=-1)) + 1


def _shares(amounts: Numbers) -> Numbers:
    """Share of all up to each bin, from 0 on."""
    sums = np.pad(amounts.cumsum(axis=1), ((0, 0), (1, 0)))
    return np.asarray(sums / sums[:, -1:])
