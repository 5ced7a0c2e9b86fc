"""Revenue, carts and views by category and day, and the days that say nothing of usual ones."""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pyspark.sql import DataFrame

from customer_behavior.pipelines.regression.parameters import ForecastParameters

TOTAL = "total"
_WEEK = 7


@dataclass(frozen=True)
class DailyRevenue:
    """All days from the first to the last, of all categories.

    Attributes:
        categories: Names, in the order of the rows.
        days: In the order of the columns.
        revenue: By category and day, as recorded.
        carts: The same.
        views: The same.
        is_recorded: By day: False where an outage overlaps it, or where there is no event at all.
        is_peak: By day: whether there are many more views than on the days before (a promotion).
    """

    categories: list[str]
    days: pd.DatetimeIndex
    revenue: NDArray[np.float64]
    carts: NDArray[np.float64]
    views: NDArray[np.float64]
    is_recorded: NDArray[np.bool_]
    is_peak: NDArray[np.bool_]

    @classmethod
    def of(cls, category_days: pd.DataFrame, settings: ForecastParameters) -> "DailyRevenue":
        """Lay ``category_days`` out; a category without events on a day has 0 there."""
        dates = pd.to_datetime(category_days["event_date"])
        days = pd.date_range(dates.min(), dates.max())
        table = category_days.assign(event_date=dates)
        grids = {
            name: table.pivot(index="category_l1", columns="event_date", values=name)
            .reindex(columns=days)
            .fillna(0.0)
            for name in ("revenue", "carts", "views")
        }
        outage = table.groupby("event_date")["is_outage"].any().reindex(days)
        views = grids["views"].to_numpy(dtype=float)
        return cls(
            categories=list(grids["revenue"].index),
            days=days,
            **{name: grid.to_numpy(dtype=float) for name, grid in grids.items()},
            is_recorded=(outage == False).to_numpy(),  # noqa: E712  (a day without events is null)
            is_peak=_find_peaks(views.sum(axis=0), settings),
        )

    def total(self) -> "DailyRevenue":
        """The sums over the categories, as one row."""
        sums = {
            name: getattr(self, name).sum(axis=0, keepdims=True)
            for name in ("revenue", "carts", "views")
        }
        return replace(self, categories=[TOTAL], **sums)

    @property
    def has_events(self) -> NDArray[np.bool_]:
        """By day: whether there is any view at all."""
        return self.views.sum(axis=0) > 0

    def usual(self, values: NDArray[np.float64], is_seen: NDArray[np.bool_]) -> NDArray[np.float64]:
        """Replace days that were not seen, or are peaks, by the same weekday of the week before.

        In the first week, by the mean of the usual days before. Nothing comes from later days.
        """
        filled = values.copy()
        is_usual = is_seen & ~self.is_peak
        for day in np.flatnonzero(~is_usual):
            before = filled[:, :day][:, is_usual[:day]]
            if day >= _WEEK:
                filled[:, day] = filled[:, day - _WEEK]
            else:
                filled[:, day] = before.mean(axis=1) if before.size else 0.0
        return filled


def usual_week_share(
    category_days: DataFrame, begin: pd.Timestamp, number: int, settings: ForecastParameters
) -> float:
    """Compute usual over recorded revenue of some days.

    Args:
        category_days: One row per (category_l1, event_date).
        begin: The first of these days.
        number: How many.
        settings: ``peak_ratio``.

    Returns:
        Below 1 where peaks are among these days, above 1 where outages are; 1 where nothing was
        recorded.
    """
    daily = DailyRevenue.of(category_days.toPandas(), settings).total()
    inside = (daily.days >= begin) & (daily.days < begin + pd.Timedelta(days=number))
    recorded = daily.revenue[:, inside].sum()
    usual = daily.usual(daily.revenue, daily.is_recorded)[:, inside].sum()
    return float(usual / recorded) if recorded > 0 else 1.0


def _find_peaks(views: NDArray[np.float64], settings: ForecastParameters) -> NDArray[np.bool_]:
    """Find days with ``peak_ratio`` times the most views of the usual days of two weeks before."""
    is_peak = np.zeros(len(views), dtype=bool)
    for day in range(_WEEK, len(views)):
        before = slice(max(0, day - 2 * _WEEK), day)
        usual = views[before][~is_peak[before] & (views[before] > 0)]
        is_peak[day] = len(usual) > 0 and views[day] > settings.peak_ratio * usual.max()
    return is_peak
