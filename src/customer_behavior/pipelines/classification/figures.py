"""Figures of the evaluation of classification."""

from typing import Any

import pandas as pd
import plotly.graph_objects as go

from customer_behavior.figure_style import BLUE, GREY, ORANGE, error_bars, finish

_COLOURS = {"champion": BLUE, "best_baseline": GREY}
_STRONGEST = 10
_DIRECTIONS = {"more": "more: likelier", "less": "less: likelier"}


def draw_precision_recall(evaluation: dict[str, Any]) -> go.Figure:
    """Draw precision against recall, of champion and best baseline on test."""
    figure = go.Figure()
    for scorer, points in evaluation.get("curves", {}).items():
        figure.add_trace(
            go.Scatter(
                x=[point["recall"] for point in points],
                y=[point["precision"] for point in points],
                mode="lines",
                name=_name(evaluation, scorer),
                line={"color": _COLOURS[scorer]},
            )
        )
    if base_rate := evaluation["base_rates"].get("test"):
        figure.add_hline(
            y=base_rate,
            line={"dash": "dot", "color": GREY},
            annotation_text="all",
            annotation_position="top left",
        )
    figure.update_xaxes(title_text="recall: share of the purchases that are found", range=[0, 1])
    figure.update_yaxes(title_text="precision: share that buys", range=[0, 1])
    title = f"{evaluation['task']}: precision and recall on test"
    return finish(figure, title, "A perfect model would stay at 1", 480)


def draw_lift(evaluation: dict[str, Any]) -> go.Figure:
    """Draw how much more often the best so many percent buy than all, on test."""
    figure = go.Figure()
    base_rate = evaluation["base_rates"].get("test")
    for scorer, points in evaluation.get("curves", {}).items():
        figure.add_trace(
            go.Scatter(
                x=[100 * point["share"] for point in points],
                y=[point["precision"] / base_rate for point in points],
                mode="lines",
                name=_name(evaluation, scorer),
                line={"color": _COLOURS[scorer]},
            )
        )
    figure.add_hline(
        y=1,
        line={"dash": "dot", "color": GREY},
        annotation_text="at random",
        annotation_position="top left",
    )
    figure.update_xaxes(
        title_text="best so many percent", type="log", range=[-1, 2],
        tickvals=[0.1, 1, 5, 10, 50, 100],
    )  # fmt: skip
    figure.update_yaxes(title_text="lift", rangemode="tozero")
    title = f"{evaluation['task']}: lift on test"
    return finish(figure, title, "How many times more often they buy than all do", 480)


def draw_reliability(evaluation: dict[str, Any]) -> go.Figure:
    """Draw what was predicted against what happened, by decile of the score, on test."""
    deciles = pd.DataFrame(evaluation.get("deciles", []), columns=["predicted", "actual"])
    actual = pd.DataFrame(deciles["actual"].tolist(), columns=["value", "low", "high"]).astype(
        float
    )
    figure = go.Figure(
        go.Scatter(
            x=(100 * deciles["predicted"]).tolist(),
            y=(100 * actual["value"]).tolist(),
            error_y=error_bars(*(100 * actual[name] for name in ("value", "low", "high"))),
            mode="markers",
            marker={"color": BLUE, "size": 8},
            name="deciles",
        )
    )
    most = 100 * max([*deciles["predicted"], *actual["high"], 0.01])
    line = {"color": GREY, "dash": "dot"}
    if len(deciles):
        figure.add_trace(
            go.Scatter(x=[0, most], y=[0, most], mode="lines", line=line, name="as predicted")
        )
    figure.update_xaxes(title_text="predicted (%)", rangemode="tozero")
    figure.update_yaxes(title_text="bought (%)", rangemode="tozero")
    title = f"{evaluation['task']}: probabilities and what happened"
    return finish(figure, title, "Tenths of the test rows by score, with intervals", 480)


def draw_slices(evaluation: dict[str, Any]) -> go.Figure:
    """Draw PR-AUC by slice of the test rows, of champion and best baseline."""
    slices = {
        f"{name.removeprefix('by_').replace('_', ' ')}: {value}": measured
        for name, values in evaluation.items()
        if name.startswith("by_")
        for value, measured in values.items()
    }
    figure = go.Figure()
    parts = {"champion": "metrics", "best_baseline": "best_baseline"} if slices else {}
    for scorer, part in parts.items():
        measured = pd.DataFrame(
            [values[part]["pr_auc"] for values in slices.values()], columns=["value", "low", "high"]
        ).astype(float)
        figure.add_trace(
            go.Scatter(
                x=measured["value"].tolist(),
                y=list(slices),
                error_x=error_bars(measured["value"], measured["low"], measured["high"]),
                mode="markers",
                marker={"color": _COLOURS[scorer], "size": 8},
                name=_name(evaluation, scorer),
            )
        )
    figure.update_yaxes(autorange="reversed", automargin=True)
    figure.update_xaxes(title_text="PR-AUC", rangemode="tozero")
    title = f"{evaluation['task']}: what is known when, and of whom"
    subtitle = "PR-AUC in parts of the test rows; it is higher where more buy"
    return finish(figure, title, subtitle, 260 + 24 * len(slices))


def draw_importance(feature_importance: pd.DataFrame, evaluation: dict[str, Any]) -> go.Figure:
    """Draw the strongest features."""
    strongest = feature_importance.head(_STRONGEST)
    figure = go.Figure()
    for direction, colour in {"more": BLUE, "less": ORANGE, None: GREY}.items():
        is_so = (
            strongest["direction"].isna()
            if direction is None
            else strongest["direction"] == direction
        )
        rows = strongest[is_so]
        figure.add_trace(
            go.Bar(
                x=rows["importance"].tolist(),
                y=rows["feature"].tolist(),
                error_x=error_bars(rows["importance"], rows["low"], rows["high"]),
                orientation="h",
                marker_color=colour,
                name=_DIRECTIONS.get(direction, "by name"),
            )
        )
    figure.update_yaxes(
        autorange="reversed", automargin=True, categoryorder="array",
        categoryarray=strongest["feature"].tolist(),
    )  # fmt: skip
    figure.update_xaxes(title_text="PR-AUC lost when the column is shuffled")
    title = f"{evaluation['task']}: the columns that matter most"
    return finish(figure, title, "On the role select; columns that say the same share it", 480)


def _name(evaluation: dict[str, Any], scorer: str) -> str:
    return f"{evaluation[scorer]} ({scorer.replace('_', ' ')})"
