"""Intervals of forecasts from the errors of earlier ones (split conformal prediction).

Lei et al. 2018, Journal of the American Statistical Association 113. Errors are seen relative to
the scale of their category, so that categories can be pooled; each step ahead has its own, and so
has the total.
"""

import math
from typing import Any

import numpy as np
import pandas as pd

from customer_behavior.pipelines.regression.daily_revenue import TOTAL
from customer_behavior.pipelines.regression.parameters import ForecastParameters

#: A wide interval needs so many errors, of origins over so many days.
_WIDE, _LEAST_ERRORS, _LEAST_DAYS = 0.95, 40, 21


def fit_forecast_intervals(
    backtest: pd.DataFrame, scorer: str, settings: ForecastParameters
) -> list[dict[str, Any]]:
    """Compute how far forecasts were off, in scales of their category.

    Args:
        backtest: From ``backtest_revenue``.
        scorer: The column with the forecast.
        settings: ``coverage``.

    Returns:
        One entry per (``is_total``, ``step_number``): ``errors`` (how many), ``half_width`` (for
        ``coverage``), ``half_width_95``, with ``reason_95`` where that is null.
    """
    rows = backtest.assign(error=relative_errors(backtest, scorer))
    rows = rows[np.isfinite(rows["error"])]
    return [
        {
            "is_total": bool(is_total),
            "step_number": int(step),
            "errors": len(group),
            "half_width": half_width(group["error"], settings.coverage),
            **_wide(group),
        }
        for (is_total, step), group in rows.groupby([rows["category_l1"] == TOTAL, "step_number"])
    ]


def relative_errors(backtest: pd.DataFrame, scorer: str) -> pd.Series:
    """Absolute errors in scales of their category; infinite where the scale is 0."""
    scale = backtest["scale"].where(backtest["scale"] > 0)
    return ((backtest["revenue"] - backtest[scorer]).abs() / scale).fillna(np.inf)


def half_width(errors: pd.Series, coverage: float) -> float | None:
    """The error that so many do not exceed, of these and of one more; None with too few."""
    rank = math.ceil((len(errors) + 1) * coverage)
    return float(np.sort(errors)[rank - 1]) if rank <= len(errors) else None


def _wide(group: pd.DataFrame) -> dict[str, Any]:
    days = (group["origin"].max() - group["origin"].min()).days + 1
    if len(group) < _LEAST_ERRORS or days < _LEAST_DAYS:
        reason = (
            f"{len(group)} errors over {days} days; {_LEAST_ERRORS} over {_LEAST_DAYS} are needed"
        )
        return {"half_width_95": None, "reason_95": reason}
    return {"half_width_95": half_width(group["error"], _WIDE), "reason_95": None}


def cover_later_origins(
    backtest: pd.DataFrame, scorer: str, settings: ForecastParameters
) -> pd.DataFrame:
    """Tell which revenues of the role test lay within intervals made before their origin.

    Args:
        backtest: From ``backtest_revenue``.
        scorer: The column with the forecast.
        settings: ``coverage``.

    Returns:
        The rows of the role test with ``is_covered``; those without an interval are left out.
    """
    rows = backtest.assign(
        error=relative_errors(backtest, scorer), is_total=backtest["category_l1"] == TOTAL
    )
    rows = rows[np.isfinite(rows["error"])]
    covered = []
    for (is_total, step, origin), asked in rows[rows["role"] == "test"].groupby(
        ["is_total", "step_number", "origin"]
    ):
        same = (rows["is_total"] == is_total) & (rows["step_number"] == step)
        width = half_width(
            rows.loc[same & (rows["event_date"] < origin), "error"], settings.coverage
        )
        if width is not None:
            covered.append(asked.assign(is_covered=asked["error"] <= width))
    return pd.concat(covered) if covered else rows.iloc[:0].assign(is_covered=[])
