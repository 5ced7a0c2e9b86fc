"""Figures of the ways that visits take, and of customers who come back."""

import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from customer_behavior.figure_style import (
    BLUE,
    GREEN,
    GREY,
    ORANGE,
    PURPLE,
    error_bars,
    finish,
    words,
)
from customer_behavior.pipelines.exploration.session_counts import BUYING_PATHS, PATHS

_PATH_COLOURS = dict(zip(PATHS, (GREEN, BLUE, "#56B4E9", ORANGE, PURPLE, GREY), strict=True))


def draw_session_funnel(session_funnel: pd.DataFrame) -> go.Figure:
    """Draw the shares of the paths by month, and of those that buy by hour.

    Args:
        session_funnel: One row per (month, dimension, item, path).

    Returns:
        Above a group of bars for each month, without ``view_only``, which is nearly all; below
        stacked bars for each hour, all months together.
    """
    titles = ("All visits, by month", "Visits that buy, by the hour they began in")
    figure = make_subplots(rows=2, cols=1, subplot_titles=titles, vertical_spacing=0.15)
    by_month = session_funnel[session_funnel["dimension"] == "all"]
    by_hour = _sum_hours(session_funnel)
    for path in PATHS[:-1]:
        figure.add_trace(_bars_of_path(by_month, path), row=1, col=1)
    for path in BUYING_PATHS:
        rows = by_hour[by_hour["path"] == path]
        style = {"marker_color": _PATH_COLOURS[path], "showlegend": False}
        bars = go.Bar(
            x=rows["hour"].tolist(),
            y=rows["percent"].tolist(),
            base=rows["base"].tolist(),
            offsetgroup="hour",
            name=_label(path),
            **style,
        )
        figure.add_trace(bars, row=2, col=1)
    figure.update_xaxes(type="category", row=1, col=1)
    figure.update_xaxes(title_text="hour of the day (UTC)", dtick=2, row=2, col=1)
    figure.update_yaxes(title_text="share of visits (%)", rangemode="tozero")
    subtitle = f"{_view_only(by_month)}Lines: intervals. Without outages and suspected bots"
    return finish(figure, "Which ways visits take", subtitle, 720)


def draw_customer_retention(customer_retention: pd.DataFrame) -> go.Figure:
    """Draw the share of customers who come back, by week of their first visit.

    Args:
        customer_retention: One row per (cohort, weeks later).

    Returns:
        A heat map, cohorts by weeks, without week 0, in which all are there.
    """
    rows = customer_retention[customer_retention["weeks_later"] > 0]
    table = 100 * rows.pivot_table(values="share", index="cohort", columns="weeks_later")
    filled = table.round(2).astype(object).where(table.notna(), None).to_numpy().tolist()
    heat = go.Heatmap(
        z=filled,
        x=table.columns.tolist(),
        y=table.index.tolist(),
        texttemplate="%{z:.1f}",
        colorscale="Blues",
        colorbar={"title": "%"},
        hovertemplate="first week %{y}, %{x} weeks later: %{z:.2f} %<extra></extra>",
    )
    figure = go.Figure(heat)
    figure.update_xaxes(title_text="weeks after the first", dtick=1)
    figure.update_yaxes(title_text="week of the first event", type="category", autorange="reversed")
    subtitle = "Share of the customers of a first week with an event so many weeks later (%)"
    return finish(figure, "How many customers come back", subtitle, 260 + 34 * len(table))


def _bars_of_path(by_month: pd.DataFrame, path: str) -> go.Bar:
    rows = by_month[by_month["path"] == path]
    value, low, high = (100 * rows[name] for name in ("share", "share_low", "share_high"))
    return go.Bar(
        x=rows["event_month"].tolist(),
        y=value.tolist(),
        error_y=error_bars(value, low, high),
        name=_label(path),
        offsetgroup=path,
        marker_color=_PATH_COLOURS[path],
    )


def _sum_hours(session_funnel: pd.DataFrame) -> pd.DataFrame:
    """Per cent of visits by hour and buying path, and where its bar begins on those below."""
    rows = session_funnel[session_funnel["dimension"] == "hour"]
    # A table without a row, as read from its file, knows no types.
    rows = rows.assign(hour=rows["item"].astype(int)).astype({"sessions": float, "of": float})
    table = rows.groupby(["path", "hour"], as_index=False)[["sessions", "of"]].sum()
    table = table[table["path"].isin(BUYING_PATHS)]
    table["percent"] = 100 * table["sessions"] / table["of"]
    table["place"] = table["path"].map(BUYING_PATHS.index).astype(int)
    table = table.sort_values(["hour", "place"])
    table["base"] = table.groupby("hour")["percent"].cumsum() - table["percent"]
    return table


def _view_only(by_month: pd.DataFrame) -> str:
    """Say how many visits are not shown."""
    rows = by_month[by_month["path"] == "view_only"]
    shares = [
        f"{row.event_month} {100 * row.share:.1f}\N{NO-BREAK SPACE}%" for row in rows.itertuples()
    ]
    return f"The others only view ({', '.join(shares)}). " if shares else ""


def _label(path: str) -> str:
    return path.replace("_", " → ") if path.startswith("view_") else words(path)
