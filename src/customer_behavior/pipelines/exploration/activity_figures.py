"""Figures of what happens by day and by hour of the week."""

import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots
from pyspark.sql import DataFrame

from customer_behavior.figure_style import (
    BLUE,
    GREEN,
    ORANGE,
    PURPLE,
    finish,
)
from customer_behavior.pipelines.ingestion.outages import collect_outages

_WEEKDAYS = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]
_COLOURS = {"views": BLUE, "carts": ORANGE, "purchases": GREEN, "revenue": PURPLE}


def draw_events_by_day(events_by_day: pd.DataFrame, purchase_outages: DataFrame) -> go.Figure:
    """Draw events and revenue by day, purchase outages shaded.

    Args:
        events_by_day: One row per day.
        purchase_outages: One row per outage: ``start``, ``end``.

    Returns:
        A bar per day, from its midnight to the next, in a panel for each measure.
    """
    figure = make_subplots(rows=len(_COLOURS), cols=1, shared_xaxes=True, vertical_spacing=0.045)
    # A bar is drawn around its place; around noon it covers its day.
    noon = (events_by_day["event_date"] + " 12:00").tolist()
    for row, (measure, colour) in enumerate(_COLOURS.items(), start=1):
        bars = go.Bar(x=noon, y=events_by_day[measure].tolist(), name=measure, marker_color=colour)
        figure.add_trace(bars, row=row, col=1)
        unit = "currency" if measure == "revenue" else "events"
        figure.update_yaxes(title_text=f"{measure} ({unit})", row=row, col=1)
    outages = collect_outages(purchase_outages).astype(str)
    for outage in outages.itertuples():
        figure.add_vrect(x0=outage.start, x1=outage.end, fillcolor="black", opacity=0.15)
    figure.update_xaxes(title_text="day (UTC)", row=len(_COLOURS), col=1)
    subtitle = "Shaded: purchases were not recorded" if len(outages) else ""
    title = "Views, carts, purchases and revenue by day"
    return finish(figure, title, subtitle, 820, showlegend=False, bargap=0.1)


def draw_shopping_hours(shopping_hours: pd.DataFrame) -> go.Figure:
    """Draw views and conversion by hour of the week.

    Args:
        shopping_hours: One row per (``day_of_week``, ``hour``).

    Returns:
        Two heat maps, weekdays by hours.
    """
    titles = (
        "Views in an hour, mean of its days",
        "Visits that end in a purchase, by the hour they began in (%)",
    )
    figure = make_subplots(rows=2, cols=1, subplot_titles=titles, vertical_spacing=0.17)
    percent = shopping_hours.assign(conversion=100 * shopping_hours["conversion"])
    for row, (column, unit) in enumerate([("views_per_day", "views"), ("conversion", "%")], 1):
        table = percent.pivot_table(values=column, index="day_of_week", columns="hour")
        if len(percent):
            table = table.reindex(index=range(1, 8), columns=range(24))
        heat = go.Heatmap(
            z=table.round(4).astype(object).where(table.notna(), None).to_numpy().tolist(),
            x=table.columns.tolist(),
            y=[_WEEKDAYS[day - 1] for day in table.index],
            colorscale="Viridis",
            colorbar={"title": unit, "len": 0.42, "y": 0.8 if row == 1 else 0.2},
            hovertemplate="%{y}, hour %{x}: %{z:.3~g} " + unit + "<extra></extra>",
        )
        figure.add_trace(heat, row=row, col=1)
    figure.update_yaxes(autorange="reversed")
    figure.update_xaxes(dtick=2)
    figure.update_xaxes(title_text="hour of the day (UTC)", row=2, col=1)
    subtitle = "Empty cells: no views, or too few visits for a share"
    return finish(figure, "When people look, and when they buy", subtitle, 680)
