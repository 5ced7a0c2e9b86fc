"""What is known on the day of a forecast, for each category and each day ahead."""

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pyspark.sql import DataFrame

from customer_behavior.pipelines.regression.daily_revenue import DailyRevenue
from customer_behavior.pipelines.regression.parameters import ForecastParameters

_WEEK, _LEAST_DAYS = 7, 14
# A category without revenue still has a logarithm: a part of its mean is added.
_OFFSET = 0.05
#: What the model sees; the rest of a row is for baselines, measures and the way back to revenue.
FEATURES = [
    "last_day", "same_weekday", "mean_7", "mean_14", "median_7", "views_trend", "views_last_day",
    "carts_trend", "step", *(f"weekday_{number}" for number in range(2, 8)),
    "step_last_day", "step_views_last_day",
]  # fmt: skip

_KEYS = ["category_l1", "origin", "step_number", "event_date"]
_REST = [
    "level", "mean_of_14_days", "offset", "revenue", "is_peak", "seasonal_naive", "mean_of_7_days",
    "drift", "scale",
]  # fmt: skip


def build_forecast_rows(category_days: DataFrame, settings: ForecastParameters) -> pd.DataFrame:
    """Describe each category at each origin, for each day of the horizon.

    Revenue is seen relative to the category's ``level``, the mean of the medians of 7 and of 14
    days, so that one model serves all categories. In what is known, days that were not recorded or
    were peaks are replaced by usual ones (``DailyRevenue.usual``).

    Args:
        category_days: One row per (category_l1, event_date).
        settings: ``horizon_days``, ``peak_ratio``.

    Returns:
        One row per (category_l1, origin, step_number), and one per (``total``, origin,
        step_number): what is known on the morning of ``origin`` of the day ``event_date``,
        ``step_number`` - 1 days later. The last origin is the day after the data.

        - ``last_day``, ``same_weekday``, ``mean_7``, ``mean_14``, ``median_7`` (double): logarithm
          of revenue relative to ``level``, both with ``offset`` added.
        - ``views_trend``, ``carts_trend``, ``views_last_day`` (double): logarithm of a week over
          the week before; of the last day over its week.
        - ``step``, ``weekday_2`` … ``weekday_7``, ``step_last_day``, ``step_views_last_day``
          (double): ``step_number`` - 1 in weeks; whether it is that weekday; products.
        - ``level``, ``mean_of_14_days``, ``offset`` (double): mean of the medians of 7 and 14 days;
          mean; a twentieth of the mean of all days before.
        - ``revenue`` (double), ``is_peak`` (boolean): of ``event_date``; null where it was not
          recorded or is not known yet.
        - ``seasonal_naive``, ``mean_of_7_days``, ``drift`` (double): baselines.
        - ``scale`` (double): mean absolute difference to the week before, of recorded days before
          ``origin``: what seasonal naive was off by.
    """
    none = pd.DataFrame(columns=[*_KEYS, *FEATURES, *_REST])
    days = category_days.toPandas()
    if days.empty:
        return none
    daily = DailyRevenue.of(days, settings)
    known = [_Known(daily), _Known(daily.total())]
    rows = [
        of.at(origin, settings.horizon_days)
        for origin in range(_LEAST_DAYS, len(daily.days) + 1)
        for of in known
    ]
    if not rows:
        return none
    table = pd.concat(rows, ignore_index=True)
    for name in ("last_day", "views_last_day"):
        table[f"step_{name}"] = table["step"] * table[name]
    return table[[*_KEYS, *FEATURES, *_REST]]


class _Known:
    """What is known at each origin, of a table of categories."""

    def __init__(self, daily: DailyRevenue) -> None:
        self._daily = daily
        self._revenue = daily.usual(daily.revenue, daily.is_recorded)
        self._carts = daily.usual(daily.carts, daily.has_events)
        self._views = daily.usual(daily.views, daily.has_events)
        # Baselines know outages, and are told of no peak.
        without_peaks = replace(daily, is_peak=np.zeros_like(daily.is_peak))
        self._plain = without_peaks.usual(daily.revenue, daily.is_recorded)

    def at(self, origin: int, steps: int) -> pd.DataFrame:
        """One row per category and step; ``origin`` and steps are numbers of days."""
        revenue, plain = self._revenue[:, :origin], self._plain[:, :origin]
        week, two_weeks = revenue[:, -_WEEK:], revenue[:, -2 * _WEEK :]
        level = (np.median(week, axis=1) + np.median(two_weeks, axis=1)) / 2
        offset = _OFFSET * revenue.mean(axis=1) + 1e-9

        def relative(values: NDArray[np.float64]) -> NDArray[np.float64]:
            return np.log((values + offset) / (level + offset))

        known = {
            "category_l1": self._daily.categories,
            "origin": self._daily.days[0] + pd.Timedelta(days=origin),
            "last_day": relative(revenue[:, -1]),
            "mean_7": relative(week.mean(axis=1)),
            "mean_14": relative(two_weeks.mean(axis=1)),
            "median_7": relative(np.median(week, axis=1)),
            "views_trend": _trend(self._views[:, :origin]),
            "views_last_day": _log_ratio(
                self._views[:, origin - 1], self._views[:, origin - _WEEK : origin].mean(axis=1)
            ),
            "carts_trend": _trend(self._carts[:, :origin]),
            "level": level,
            "mean_of_14_days": two_weeks.mean(axis=1),
            "offset": offset,
            "mean_of_7_days": plain[:, -_WEEK:].mean(axis=1),
            "scale": self._scale(origin),
        }
        slope = (plain[:, -1] - plain[:, 0]) / (origin - 1)
        rows = [
            pd.DataFrame(known).assign(
                **self._of_step(origin, step),
                same_weekday=relative(week[:, step % _WEEK]),
                seasonal_naive=plain[:, -_WEEK:][:, step % _WEEK],
                drift=np.maximum(0, plain[:, -1] + (step + 1) * slope),
            )
            for step in range(steps)
        ]
        return pd.concat(rows)

    def _of_step(self, origin: int, step: int) -> dict[str, Any]:
        """The day that is forecast: its place in the calendar, and what happened on it."""
        daily, day = self._daily, origin + step
        date = daily.days[0] + pd.Timedelta(days=day)
        is_known = day < len(daily.days)
        return {
            "step_number": step + 1,
            "event_date": date,
            "step": step / _WEEK,
            **{f"weekday_{n}": float(date.isoweekday() == n) for n in range(2, 8)},
            "revenue": daily.revenue[:, day] if is_known and daily.is_recorded[day] else np.nan,
            "is_peak": bool(is_known and daily.is_peak[day]),
        }

    def _scale(self, origin: int) -> NDArray[np.float64]:
        """Mean absolute difference to the week before, of recorded days since the first revenue."""
        revenue = self._daily.revenue[:, :origin]
        is_seen = self._daily.is_recorded[:origin] & (revenue.cumsum(axis=1) > 0)
        both = is_seen[:, _WEEK:] & is_seen[:, :-_WEEK]
        off = np.where(both, np.abs(revenue[:, _WEEK:] - revenue[:, :-_WEEK]), 0.0)
        return np.asarray(off.sum(axis=1) / np.maximum(1, both.sum(axis=1)))


def _trend(values: NDArray[np.float64]) -> NDArray[np.float64]:
    week, week_before = values[:, -_WEEK:], values[:, -2 * _WEEK : -_WEEK]
    return _log_ratio(week.mean(axis=1), week_before.mean(axis=1))


def _log_ratio(
    numerator: NDArray[np.float64], denominator: NDArray[np.float64]
) -> NDArray[np.float64]:
    return np.log((numerator + 1) / (denominator + 1))
