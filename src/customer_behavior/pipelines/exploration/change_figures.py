"""Figures of changes: of categories and brands by month, of revenue by week."""

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
from customer_behavior.pipelines.exploration.weekly_revenue import FACTORS

_CHANGE = ["share_change", "share_change_low", "share_change_high"]
_FACTOR_COLOURS = dict(zip(FACTORS, (GREY, BLUE, GREEN, PURPLE), strict=True))


def draw_category_trends(category_trends: pd.DataFrame) -> go.Figure:
    """Draw how the shares of the first category level change from month to month."""
    trends = category_trends[category_trends["dimension"] == "category_l1"]
    return _draw_trends(trends, "categories")


def draw_brand_trends(brand_trends: pd.DataFrame) -> go.Figure:
    """Draw how the shares of brands change from month to month."""
    return _draw_trends(brand_trends, "brands")


def _draw_trends(trends: pd.DataFrame, what: str) -> go.Figure:
    """Draw the change of share from the month before to the last one, with its interval.

    Returns:
        A panel for views and one for purchases; a dot per item, the most viewed on top.
    """
    measures = ["views", "purchases"]
    titles = [f"Share of {measure}" for measure in measures]
    figure = make_subplots(
        rows=1, cols=2, shared_yaxes=True, subplot_titles=titles, horizontal_spacing=0.03
    )
    last = trends[trends["event_month"] == trends["event_month"].max()]
    # A table without a row, as read from its file, knows no types.
    last = last.dropna(subset=["share_change"]).astype(dict.fromkeys(_CHANGE, float))
    order = last[last["measure"] == "views"].sort_values("amount")["item"].tolist()
    for column, measure in enumerate(measures, start=1):
        rows = last[(last["measure"] == measure) & last["item"].isin(order)]
        for exceeds, colour in ((True, ORANGE), (False, GREY)):
            some = rows[rows["share_change_exceeds_noise"].astype(bool) == exceeds]
            figure.add_trace(_dots(some, exceeds, colour, column == 1), row=1, col=column)
        # Equal distances for equal factors.
        figure.update_xaxes(type="log", row=1, col=column, **_ticks_of_changes(rows))
        figure.update_xaxes(title_text="change of the share (%)", row=1, col=column)
        figure.add_vline(x=1, line_color="black", line_width=1, row=1, col=column)
    figure.update_yaxes(categoryorder="array", categoryarray=order)
    months = " to ".join(last[["previous_month", "event_month"]].head(1).to_numpy().ravel())
    title = f"Which {what} gained and lost, {months}".rstrip(", ")
    has_sure = last["share_change_exceeds_noise"].astype(bool).any()
    sure = "orange: more than noise" if has_sure else "none is more than noise"
    subtitle = f"Dot and interval of the change; {sure}"
    return finish(figure, title, subtitle, 260 + 22 * len(order))


def _dots(rows: pd.DataFrame, exceeds: bool, colour: str, in_legend: bool) -> go.Scatter:
    value, low, high = (1 + rows[name] for name in _CHANGE)
    return go.Scatter(
        x=value.tolist(),
        y=rows["item"].tolist(),
        error_x=error_bars(value, low, high),
        mode="markers",
        marker={"color": colour, "size": 8},
        name="more than noise" if exceeds else "may be noise",
        showlegend=in_legend,
        customdata=(100 * rows["share_change"]).round(1).tolist(),
        hovertemplate="%{y}: %{customdata} %<extra></extra>",
    )


def _ticks_of_changes(rows: pd.DataFrame) -> dict[str, list]:
    """Write percent at the places of factors."""
    reach = 100 * rows["share_change_high"].max()
    percent = [p for p in (1, 2, 5, 10, 20, 50, 90, 200, 500, 900, 4900) if p <= reach][-3:]
    changes = [*(-p for p in percent if p < 100), 0, *percent]
    return {
        "tickvals": [1 + p / 100 for p in changes],
        "ticktext": [f"{p:+d}" if p else "0" for p in changes],
    }


def draw_weekly_revenue(weekly_revenue: pd.DataFrame) -> go.Figure:
    """Draw revenue by week, and what its change against the week before comes from.

    Args:
        weekly_revenue: One row per week.

    Returns:
        A panel with the revenue, and one with the contributions of the factors, stacked.
    """
    titles = ("Revenue", "Change against the week before, and what it comes from")
    figure = make_subplots(
        rows=2,
        cols=1,
        shared_xaxes=True,
        row_heights=[0.35, 0.65],
        subplot_titles=titles,
        vertical_spacing=0.12,
    )
    weeks = weekly_revenue["week"].tolist()
    revenue = weekly_revenue["revenue"].tolist()
    bars = go.Bar(x=weeks, y=revenue, marker_color=BLUE, showlegend=False, name="revenue")
    figure.add_trace(bars, row=1, col=1)
    figure.add_traces(_contributions(weekly_revenue), rows=2, cols=1)
    figure.update_yaxes(title_text="currency of price")
    figure.update_xaxes(title_text="week from Monday (UTC)", row=2, col=1, type="category")
    title = "Weekly revenue = observed days · visits per day · conversion · order value"
    subtitle = "Visits in purchase outages and of suspected bots are left out"
    return finish(figure, title, subtitle, 720, barmode="relative")


def _contributions(weekly_revenue: pd.DataFrame) -> list[go.Bar | go.Scatter]:
    """Stacked bars of the factors, and a mark at their sum."""
    weeks = weekly_revenue["week"].tolist()
    bars = [
        go.Bar(
            x=weeks,
            y=_with_gaps(weekly_revenue[f"from_{factor}"]),
            name=words(factor),
            marker_color=colour,
        )
        for factor, colour in _FACTOR_COLOURS.items()
    ]
    change = go.Scatter(
        x=weeks,
        y=_with_gaps(weekly_revenue["revenue_change"]),
        mode="markers",
        name="change",
        marker={"color": "black", "symbol": "diamond", "size": 9},
    )
    return [*bars, change]


def _with_gaps(values: pd.Series) -> list[float | None]:
    return values.astype(object).where(values.notna(), None).tolist()
