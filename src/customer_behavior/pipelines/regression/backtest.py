"""Forecasts as they would have been made, and how far they were off."""

import numpy as np
import pandas as pd

from customer_behavior.pipelines.regression.forecast import (
    BASELINES,
    MODEL,
    fit_revenue_forecast,
    predict_revenue,
)
from customer_behavior.pipelines.regression.parameters import ForecastParameters

KEYS = ["category_l1", "origin", "step_number"]
_COLUMNS = [*KEYS, "event_date", "role", "is_peak", "revenue", MODEL, *BASELINES, "scale"]


def backtest_revenue(forecast_rows: pd.DataFrame, settings: ForecastParameters) -> pd.DataFrame:
    """Forecast from each origin with what was known then.

    The model of an origin was fitted on days before it, and is fitted anew for each
    ``refit_days`` origins.

    Args:
        forecast_rows: From ``build_forecast_rows``.
        settings: ``least_days``, ``refit_days``, ``penalty``.

    Returns:
        One row per (category_l1, origin, step_number), and one per (``total``, origin,
        step_number), of days that were recorded: ``event_date``, ``role`` (``test`` in the second
        half of the origins, ``select`` of days before the first of these, else null), ``is_peak``,
        ``revenue``, the forecasts ``model``, ``seasonal_naive``, ``mean_of_7_days``, ``drift``, and
        ``scale`` (mean absolute error of the seasonal naive forecast before the origin).
    """
    first_day = forecast_rows["origin"].min() - pd.Timedelta(days=14)
    first = first_day + pd.Timedelta(days=settings.least_days)
    known = forecast_rows[forecast_rows["revenue"].notna()]
    asked = known[known["origin"] >= first]
    origins = sorted(asked["origin"].unique())
    blocks = [
        origins[i : i + settings.refit_days] for i in range(0, len(origins), settings.refit_days)
    ]
    found = [
        predict_revenue(
            fit_revenue_forecast(known[known["event_date"] < block[0]], settings),
            asked[asked["origin"].isin(block)],
        )
        for block in blocks
    ]
    found = [block for block in found if block[MODEL].notna().all()]
    if not found:
        return pd.DataFrame(columns=_COLUMNS)
    table = pd.concat(found, ignore_index=True)
    used = sorted(table["origin"].unique())
    first_of_test = used[len(used) // 2]
    role = np.select(
        [table["origin"] >= first_of_test, table["event_date"] < first_of_test],
        ["test", "select"],
        None,
    )
    return table.assign(role=role)[_COLUMNS]
