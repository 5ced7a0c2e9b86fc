"""Figures of the evaluation of classification."""

from typing import Any

import pandas as pd
import plotly.graph_objects as go

from customer_behavior.figure_style import BLUE, GREY, ORANGE, error_bars, finish, words

_COLOURS = {"champion": BLUE, "best_baseline": GREY}
_STRONGEST = 10
_DIRECTIONS = {"more": "more of it: likelier to buy", "less": "less of it: likelier to buy"}
_WHO = {"customer_propensity": "customers", "session_intent": "visits"}


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
    percent = {"range": [0, 1], "tickformat": ".0%"}
    figure.update_xaxes(title_text="share of the purchases that are found (recall)", **percent)
    figure.update_yaxes(title_text="share of those named that buys (precision)", **percent)
    title = f"How many of the purchases are found, and how sure: {_who(evaluation)}"
    return finish(figure, title, "On the test rows; a perfect model would stay at 100 %", 480)


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
        title_text=f"the likeliest so many per cent of the {_who(evaluation)} (%)",
        type="log", range=[-1, 2],
        tickvals=[0.1, 1, 5, 10, 50, 100],
    )  # fmt: skip
    figure.update_yaxes(title_text="times as often as all (lift)", rangemode="tozero")
    title = f"How much more often the likeliest {_who(evaluation)} buy than all"
    subtitle = "On the test rows; flat parts: the rule cannot tell these apart"
    return finish(figure, title, subtitle, 480)


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
            name="a tenth",
        )
    )
    most = 100 * max([*deciles["predicted"], *actual["high"], 0.01])
    line = {"color": GREY, "dash": "dot"}
    if len(deciles):
        figure.add_trace(
            go.Scatter(x=[0, most], y=[0, most], mode="lines", line=line, name="as predicted")
        )
    figure.update_xaxes(title_text="mean probability (%)", rangemode="tozero")
    figure.update_yaxes(title_text="bought (%)", rangemode="tozero")
    title = f"Probabilities and what happened: {_who(evaluation)}"
    subtitle = (
        "Tenths of the test rows by score, with intervals; below the line fewer bought than "
        "expected. Tenths whose rows have one score lie on each other"
    )
    return finish(figure, title, subtitle, 480)


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
    figure.update_xaxes(title_text="how well buyers are found (PR-AUC)", rangemode="tozero")
    title = f"What is known when, and of whom: {_who(evaluation)}"
    subtitle = "In parts of the test rows, with intervals; it is higher where more buy"
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
        if rows.empty:
            continue
        figure.add_trace(
            go.Bar(
                x=rows["importance"].tolist(),
                y=[words(name) for name in rows["feature"]],
                error_x=error_bars(rows["importance"], rows["low"], rows["high"]),
                orientation="h",
                marker_color=colour,
                name=_DIRECTIONS.get(direction, "depends on the value"),
            )
        )
    figure.update_yaxes(
        autorange="reversed", automargin=True, categoryorder="array",
        categoryarray=[words(name) for name in strongest["feature"]],
    )  # fmt: skip
    figure.update_xaxes(title_text="what is lost without the column (PR-AUC)")
    title = f"What tells buyers from others: {_who(evaluation)}"
    subtitle = (
        "On the validation rows, each column shuffled in turn, with intervals; columns that say "
        "the same share it. Numbers in names are days"
    )
    return finish(figure, title, subtitle, 480)


def _who(evaluation: dict[str, Any]) -> str:
    return _WHO.get(evaluation["task"], "rows")


def _name(evaluation: dict[str, Any], scorer: str) -> str:
    """Such as random forest (in use)."""
    role = {"champion": "in use", "best_baseline": "best baseline"}[scorer]
    return f"{words(evaluation[scorer])} ({role})"
