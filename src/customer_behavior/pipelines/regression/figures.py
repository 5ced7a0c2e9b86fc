"""Figures of the forecast of revenue and of the spend of customers."""

from typing import Any

import pandas as pd
import plotly.graph_objects as go
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from customer_behavior.figure_style import BLUE, GREY, ORANGE, YELLOW, error_bars, finish
from customer_behavior.pipelines.regression.daily_revenue import TOTAL

_BAND = "rgba(0, 114, 178, 0.2)"


def draw_revenue_forecast(
    category_days: DataFrame,
    forecast_rows: pd.DataFrame,
    revenue_backtest: pd.DataFrame,
    revenue_forecast: DataFrame,
    selection: dict[str, Any],
) -> go.Figure:
    """Draw the revenue of each day, what was forecast for it a day and a week ahead, and is now.

    Args:
        category_days: One row per (category_l1, event_date).
        forecast_rows: Say which days are peaks.
        revenue_backtest: From ``backtest_revenue``.
        revenue_forecast: From ``forecast_revenue``.
        selection: From ``choose_forecast_champion``: has the champion.

    Returns:
        The figure; outages and peaks are shaded.
    """
    figure = go.Figure()
    sums = {"revenue": "sum", "is_outage": "max"}
    days = category_days.toPandas().groupby("event_date").agg(sums).sort_index()
    if len(days):
        _add_line(figure, days.index, days["revenue"], "recorded", GREY)
    if champion := selection.get("champion"):
        backtest = revenue_backtest[revenue_backtest["category_l1"] == TOTAL]
        steps = [backtest["step_number"].min(), backtest["step_number"].max()]
        for step, colour in zip(dict.fromkeys(steps), (ORANGE, YELLOW), strict=False):
            rows = backtest[backtest["step_number"] == step].sort_values("event_date")
            ahead = "forecast of the day before" if step == 1 else f"forecast {step} days ahead"
            _add_line(figure, rows["event_date"], rows[champion], ahead, colour)
    total = revenue_forecast.filter(F.col("category_l1") == TOTAL).toPandas()
    total = total.sort_values("event_date")
    if len(total):
        both = pd.concat([total["event_date"], total["event_date"][::-1]])
        edges = pd.concat([total["high"], total["low"][::-1]])
        figure.add_trace(
            go.Scatter(
                x=both.astype(str).tolist(), y=edges.tolist(), fill="toself", fillcolor=_BAND,
                mode="lines", line={"width": 0}, name="interval", hoverinfo="skip",
            )
        )  # fmt: skip
        _add_line(figure, total["event_date"], total["expected_revenue"], "forecast", BLUE)
    peaks = forecast_rows.loc[forecast_rows["is_peak"].astype(bool), "event_date"].unique()
    outages = days.index[days["is_outage"]]
    _shade(figure, outages, ORANGE)
    _shade(figure, peaks, GREY)
    figure.update_xaxes(title_text="day (UTC)")
    figure.update_yaxes(title_text="revenue (currency of price)", rangemode="tozero")
    title = "Revenue by day, and the forecast of the next days"
    shaded = {"days with an outage (orange)": outages, "peaks (grey)": peaks}
    said = " and ".join(what for what, days_of in shaded.items() if len(days_of))
    season = "A year's season is not known"
    return finish(figure, title, f"Shaded: {said}. {season}" if said else season, 480)


def draw_customer_spend(evaluation: dict[str, Any]) -> go.Figure:
    """Draw what each tenth of the test rows was expected to spend, and what it spent."""
    deciles = pd.DataFrame(evaluation.get("deciles", []), columns=["decile", "predicted", "actual"])
    actual = pd.DataFrame(deciles["actual"].tolist(), columns=["value", "low", "high"]).astype(
        float
    )
    tenths, style = deciles["decile"].tolist(), {"mode": "markers"}
    spent = go.Scatter(
        x=tenths, y=actual["value"].tolist(), name="spent, with its interval", **style,
        error_y=error_bars(*(actual[name] for name in ("value", "low", "high"))),
        marker={"color": GREY, "size": 9},
    )  # fmt: skip
    expected = go.Scatter(
        x=tenths, y=deciles["predicted"].tolist(), name="expected", **style,
        marker={"color": BLUE, "size": 9, "symbol": "diamond"},
    )  # fmt: skip
    figure = go.Figure([spent, expected])
    figure.update_xaxes(title_text="tenth of the customers, 1 is expected to spend most", dtick=1)
    # The first tenth spends a hundred times as much as the last: each line is ten times the next.
    figure.update_yaxes(title_text="mean of a customer (currency of price)", type="log", dtick=1)
    title = "What customers were expected to spend, and what they spent in the test"
    subtitle = "Each line is ten times the one below; no dot where a tenth spent nothing"
    return finish(figure, title, subtitle, 460)


def _add_line(figure: go.Figure, x: Any, y: Any, name: str, colour: str) -> None:
    dates = pd.to_datetime(pd.Series(list(x))).dt.strftime("%Y-%m-%d").tolist()
    line = {"color": colour}
    figure.add_trace(go.Scatter(x=dates, y=list(y), mode="lines", name=name, line=line))


def _shade(figure: go.Figure, days: Any, colour: str) -> None:
    for day in pd.to_datetime(pd.Series(list(days))):
        half = pd.Timedelta(hours=12)
        figure.add_vrect(
            x0=str(day - half), x1=str(day + half), fillcolor=colour, opacity=0.15, line_width=0,
        )  # fmt: skip
