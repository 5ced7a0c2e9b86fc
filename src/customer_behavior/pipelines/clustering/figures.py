"""Figures of the segments."""

from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots
from pyspark.ml import PipelineModel
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from customer_behavior.figure_style import (
    BLUE,
    GREEN,
    GREY,
    ORANGE,
    PURPLE,
    YELLOW,
    error_bars,
    finish,
    words,
)
from customer_behavior.pipelines.clustering.behaviour import scaled

_MEASURES = {"silhouette": BLUE, "stability": ORANGE, "smallest_share": GREEN}
_NAMES = {
    "silhouette": "how well they are apart (silhouette)",
    "stability": "found again in both halves (adjusted Rand index)",
    "smallest_share": "share of the smallest",
}
_COLOURS = (BLUE, ORANGE, GREEN, PURPLE, YELLOW, "#56B4E9", "#F0E442", "#000000")
_POINTS = 2_000


def draw_number_of_segments(evaluation: dict[str, Any]) -> go.Figure:
    """Draw silhouette, stability and the smallest share by number of segments."""
    figure = go.Figure()
    candidates = evaluation.get("candidates", [])
    for name, colour in _MEASURES.items():
        values = pd.DataFrame([of[name] for of in candidates], columns=["value", "low", "high"])
        figure.add_trace(
            go.Scatter(
                x=[of["segments"] for of in candidates],
                y=values["value"].tolist(),
                error_y=error_bars(*(values[end] for end in ("value", "low", "high"))),
                name=_NAMES[name],
                line={"color": colour},
            )
        )
    if champion := evaluation.get("champion"):
        figure.add_vline(x=champion, line={"dash": "dot", "color": GREY})
    figure.update_xaxes(title_text="number of segments", dtick=1)
    figure.update_yaxes(title_text="measure, 1 is best", rangemode="tozero")
    subtitle = (
        "With intervals. Dotted line: the number in use, that with the best silhouette of those "
        "that are found again in both halves of the customers"
    )
    return finish(figure, "How many segments there are", subtitle, 420)


def draw_centroids(evaluation: dict[str, Any]) -> go.Figure:
    """Draw what sets the segments of the newest month apart."""
    months = evaluation.get("months", [])
    segments = months[-1]["segments"] if months else {}
    features = evaluation.get("features", [])
    values = [[of["centroid"][name] for name in features] for of in segments.values()]
    figure = go.Figure(
        go.Heatmap(
            x=[words(name) for name in features] if values else [],
            y=list(segments),
            z=values,
            zmid=0,
            colorscale="RdBu_r",
            texttemplate="%{z:.1f}",
            colorbar={"title": "deviations<br>from the mean"},
        )
    )
    figure.update_yaxes(autorange="reversed", automargin=True)
    month = f", {months[-1]['month']}" if months else ""
    subtitle = (
        "How far the middle of a segment is from the mean customer, in standard deviations of the "
        "logarithm: red is more, blue is less"
    )
    return finish(figure, f"What sets the segments apart{month}", subtitle, 480)


def draw_segment_sizes(segment_profiles: pd.DataFrame) -> go.Figure:
    """Draw the shares of the segments in customers and revenue, by month."""
    months = sorted(segment_profiles["month"].unique())
    figure = make_subplots(1, 2, shared_yaxes=True, subplot_titles=("customers", "revenue"))
    for month, colour in zip(months, _COLOURS, strict=False):
        rows = segment_profiles[segment_profiles["month"] == month]
        for column, name in enumerate(("customer_share", "revenue_share"), 1):
            bars = go.Bar(
                x=rows[name].tolist(),
                y=rows["segment"].tolist(),
                orientation="h",
                name=month,
                legendgroup=month,
                showlegend=column == 1,
                marker={"color": colour},
            )
            figure.add_trace(bars, 1, column)
    figure.update_xaxes(title_text="share of the month", tickformat=".0%")
    figure.update_yaxes(automargin=True)
    title = "How large the segments are, and what they bring"
    return finish(figure, title, "Shares of all customers, and of all revenue, of a month", 480)


def draw_migration(segment_migration: pd.DataFrame) -> go.Figure:
    """Draw who goes where from the month before the newest to the newest."""
    newest = segment_migration["month"].max() if len(segment_migration) else None
    rows = segment_migration[segment_migration["month"] == newest].dropna(subset="rate")
    table = rows.pivot(index="segment", columns="next_segment", values="rate").fillna(0.0)
    figure = go.Figure(
        go.Heatmap(
            x=list(table.columns),
            y=list(table.index),
            z=table.to_numpy().tolist(),
            zmin=0,
            colorscale="Blues",
            texttemplate="%{z:.0%}",
            colorbar={"tickformat": ".0%"},
        )
    )
    figure.update_xaxes(title_text="a month later")
    figure.update_yaxes(title_text=newest or "", autorange="reversed", automargin=True)
    title = "Where customers of a segment are a month later"
    subtitle = f"Of the customers of {newest}; a row adds up to 100 %" if newest else ""
    return finish(figure, title, subtitle, 520)


def draw_customers(
    segment_model: PipelineModel, customer_months: DataFrame, selection: dict[str, Any]
) -> go.Figure:
    """Draw some customers of the newest month on the two principal components."""
    figure = go.Figure()
    if segment_model.stages:
        columns = [scaled(name) for name in selection["features"]]
        newest = selection["months"][-1]["month"]
        rows = (
            segment_model.transform(customer_months.filter(F.col("month") == newest))
            .filter(F.col("distance").isNotNull())
            .orderBy(F.xxhash64("user_id"), "user_id")
            .limit(_POINTS)
            .select("segment", *columns)
            .toPandas()
        )
        points = rows[columns].to_numpy(dtype=float)
        _, _, components = np.linalg.svd(points - points.mean(axis=0), full_matrices=False)
        rows[["x", "y"]] = points @ components[:2].T
        for (segment, of), colour in zip(rows.groupby("segment"), _COLOURS, strict=False):
            figure.add_trace(
                go.Scattergl(
                    x=of["x"].tolist(),
                    y=of["y"].tolist(),
                    mode="markers",
                    name=segment,
                    marker={"color": colour, "size": 4, "opacity": 0.5},
                )
            )
    figure.update_xaxes(title_text="first principal component")
    figure.update_yaxes(title_text="second principal component")
    subtitle = (
        f"At most {_POINTS:,} customers of the newest month; the axes mix their features so that "
        "they lie apart as far as they can"
    )
    return finish(figure, "Customers by their behaviour", subtitle, 560)
