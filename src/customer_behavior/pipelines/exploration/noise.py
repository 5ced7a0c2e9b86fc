"""Is a change between two months larger than noise?

Two kinds of noise are told apart and added up, as in two-way clustered errors (Cameron, Gelbach and
Miller 2011, JBES 29, 238-249), on the logarithm of the ratio of two rates:

* of days: within a month each day has the month's rate times the day's exposure as its mean, and
  ``dispersion`` times that as its variance (quasi-Poisson; the dispersion is Pearson's chi-square
  over its degrees of freedom, both months together; McCullagh and Nelder 1989, Generalized Linear
  Models, sections 6.2 and 9.2). Weekdays and a sale are in it, and customers who do much in a day.
* of customers: these are parted into groups by chance, and the ratio is computed without each group
  in turn (jackknife; Wolter 2007, Introduction to Variance Estimation, chapter 4). A customer whose
  habits last for weeks is in it, and that many are there in one of the months only.

What both contain, the noise of independent events, is taken off once; no less is ever left. Days
are taken to be independent of each other, and so are customers.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats
from statsmodels.stats.multitest import multipletests

#: Added to all amounts, so that a month without an event has a logarithm (Haldane 1956, Annals of
#: Human Genetics 20, 309-311).
_HALF_AN_EVENT = 0.5


@dataclass(frozen=True)
class Month:
    """Amounts of some items in one month, in units of one event.

    Attributes:
        by_day: Items by days.
        exposure: Items by days, or one row for all items: the time in which the day was observed,
            or the total that the amounts are a part of.
        by_group: Items by groups of customers.
        whole_by_group: The total that these are a part of; None where the exposure is a time.
    """

    by_day: NDArray[np.float64]
    exposure: NDArray[np.float64]
    by_group: NDArray[np.float64]
    whole_by_group: NDArray[np.float64] | None = None

    def total(self) -> NDArray[np.float64]:
        """Sum of each item."""
        return self.by_day.sum(axis=1)

    def log_rate(self) -> NDArray[np.float64]:
        """Logarithm of each item's amount per exposure."""
        return np.log((self.total() + _HALF_AN_EVENT) / self.exposure.sum(axis=1))

    def days(self) -> int:
        """Number of days that say something."""
        return int((self.exposure > 0).any(axis=0).sum())

    def variance_of_events(self) -> NDArray[np.float64]:
        """Of the logarithm, if events were independent; less for what is nearly the whole."""
        return self._spread() / (self.total() + _HALF_AN_EVENT)

    def chi_square(self) -> NDArray[np.float64]:
        """Pearson's: squared distance of the days from the month's rate, in variances."""
        rate = self.total() / self.exposure.sum(axis=1)
        expected = rate[:, None] * self.exposure
        variance = expected * self._spread()[:, None]
        squares = (self.by_day - expected) ** 2
        return np.divide(squares, variance, out=np.zeros_like(squares), where=variance > 0).sum(1)

    def log_rate_without_each_group(self) -> NDArray[np.float64]:
        """Items by groups; of a time, which all groups share, the logarithm is left out."""
        left = np.log(_without_each(self.by_group) + _HALF_AN_EVENT)
        if self.whole_by_group is None:
            return left
        return left - np.log(_without_each(self.whole_by_group) + 2 * _HALF_AN_EVENT)

    def _spread(self) -> NDArray[np.float64]:
        """Variance of one event: 1, or 1 less the share of each item in the whole."""
        whole = np.ones(len(self.by_day))
        if self.whole_by_group is None:
            return whole
        return (whole - self.total() / self.exposure.sum(axis=1)).clip(0)


def compare_months(before: Month, after: Month, confidence: float) -> pd.DataFrame:
    """Compare the rates of each item in two months.

    Args:
        before: The earlier month.
        after: The later one, with the same items and groups.
        confidence: Of the interval, such as 0.95.

    Returns:
        One row per item, in their order: ``change`` (0.1 is 10 % more per exposure), its interval
        ``low`` and ``high`` (Student's t on the logarithm), ``p_value`` of no change. Empty where
        there are too few days or groups, or one item is everything.
    """
    items, groups = before.by_group.shape
    freedom = min(before.days() + after.days() - 2, groups - 1)
    if min(before.days(), after.days()) == 0 or freedom < 1 or items == 0:
        return pd.DataFrame(np.nan, range(items), ["change", "low", "high", "p_value"])
    difference = after.log_rate() - before.log_rate()
    error = np.sqrt(_variance(before, after))
    reach = stats.t.ppf((1 + confidence) / 2, freedom) * error
    is_uncertain = error > 0
    t = np.divide(difference, error, out=np.zeros(items), where=is_uncertain)
    found = pd.DataFrame(
        {
            "change": np.expm1(difference),
            "low": np.expm1(difference - reach),
            "high": np.expm1(np.minimum(difference + reach, 700)),  # exp(710) is infinite
            "p_value": 2 * stats.t.sf(np.abs(t), freedom),
        }
    )
    found.loc[~is_uncertain] = np.nan
    return found


def exceeds_noise(p_values: pd.Series, confidence: float) -> pd.Series:
    """Tell which of many changes are more than noise.

    Of those called so, a share of 1 - confidence at most is expected to be noise all the same
    (Benjamini and Hochberg 1995, JRSS B 57, 289-300).

    Args:
        p_values: One per item that is compared; empty ones are no more than noise.
        confidence: Such as 0.95.
    """
    called = pd.Series(False, index=p_values.index)
    known = p_values.dropna()
    if len(known):
        called[known.index] = multipletests(known, 1 - confidence, method="fdr_bh")[0]
    return called


def _variance(before: Month, after: Month) -> NDArray[np.float64]:
    """Of the difference of the logarithms; 0 where an item is everything."""
    of_events = before.variance_of_events() + after.variance_of_events()
    freedom = max(before.days() + after.days() - 2, 1)
    dispersion = np.maximum((before.chi_square() + after.chi_square()) / freedom, 1)
    of_customers = np.maximum(_variance_of_customers(before, after), of_events)
    return np.where(of_events > 0, (dispersion - 1) * of_events + of_customers, 0)


def _variance_of_customers(before: Month, after: Month) -> NDArray[np.float64]:
    without = after.log_rate_without_each_group() - before.log_rate_without_each_group()
    groups = without.shape[1]
    return (groups - 1) * without.var(axis=1)


def _without_each(by_group: NDArray[np.float64]) -> NDArray[np.float64]:
    """Total less each group; rounding may leave a little less than nothing."""
    return (by_group.sum(axis=1, keepdims=True) - by_group).clip(0)
