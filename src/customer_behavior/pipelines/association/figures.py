"""Figures of association."""

from typing import Any

import pandas as pd
import plotly.graph_objects as go
from pyspark.sql import DataFrame

from customer_behavior.figure_style import BLUE, GREY, error_bars, finish, words

_CATEGORIES = 30


def draw_category_rules(category_rules: DataFrame) -> go.Figure:
    """Draw how much more often categories are bought together than by chance.

    Args:
        category_rules: One row per rule.

    Returns:
        A heat map of the lift, by antecedent (of one item) and consequent.
    """
    rules = category_rules.filter("SIZE(antecedent) = 1").toPandas()
    rules = rules.assign(item=rules["antecedent"].str[0]).sort_values("lift", ascending=False)
    items = list(dict.fromkeys([*rules["item"], *rules["consequent"]]))[:_CATEGORIES]
    shown = rules[rules["item"].isin(items) & rules["consequent"].isin(items)]
    names = sorted(items)
    lifts = shown.pivot(index="item", columns="consequent", values="lift")
    lifts = lifts.reindex(index=names, columns=names)
    rows = shown.set_index(["item", "consequent"])
    texts = [[_describe(rows, one, other) for other in names] for one in names]
    figure = go.Figure(
        go.Heatmap(
            x=names,
            y=names,
            z=lifts.astype(object).where(lifts.notna(), None).to_numpy().tolist(),
            text=texts,
            hovertemplate="%{y} → %{x}<br>%{text}<extra></extra>",
            colorscale="Blues",
            # Plotly takes the one only with the other.
            zmin=1,
            zmax=max([2.0, *shown["lift"]]),
            colorbar={"title": "times by<br>chance (lift)"},
        )
    )
    return finish(
        figure,
        "Categories that are bought together",
        "How many times as often as by chance; a pointer on a cell shows baskets and intervals",
        max(450, 22 * len(names) + 260),
        xaxis={
            "tickangle": -60,
            "showgrid": False,
            "automargin": True,
            "title": "this is bought, too",
        },
        yaxis={
            "autorange": "reversed",
            "showgrid": False,
            "automargin": True,
            "title": "who buys this",
        },
    )


def draw_recommenders(recommendation_evaluation: dict[str, Any]) -> go.Figure:
    """Draw how good each recommender is.

    Args:
        recommendation_evaluation: From ``evaluate_recommendations``.

    Returns:
        NDCG@10 on test with its interval, the champion marked.
    """
    measured = {
        **recommendation_evaluation.get("recommenders", {}),
        **recommendation_evaluation.get("baselines", {}),
    }
    rows = pd.DataFrame(
        {name: of["ndcg_at_10"] for name, of in measured.items()},
        index=["value", "low", "high"],
    ).T.sort_values("value")
    is_champion = rows.index == recommendation_evaluation.get("champion")
    figure = go.Figure(
        go.Scatter(
            x=rows["value"].tolist(),
            y=[words(name) for name in rows.index],
            error_x=error_bars(rows["value"], rows["low"], rows["high"]),
            mode="markers",
            marker={"size": 11, "color": [BLUE if of else GREY for of in is_champion]},
            hovertemplate="%{y}: %{x:.4f}<extra></extra>",
        )
    )
    return finish(
        figure,
        "How well recommenders find what customers buy next",
        "On the test rows, with intervals; blue: the one in use, which the validation rows chose",
        420,
        xaxis={
            "rangemode": "tozero",
            "title": "how far up the ten the bought ones stand (NDCG@10)",
        },
        yaxis={"automargin": True},
    )


def _describe(rows: pd.DataFrame, one: str, other: str) -> str:
    if (one, other) not in rows.index:
        return "no rule"
    rule = rows.loc[(one, other)]
    return (
        f"lift {rule['lift']:.1f} [{rule['lift_low']:.1f}, {rule['lift_high']:.1f}]<br>"
        f"{rule['baskets']:,} baskets, confidence {rule['confidence']:.0%}"
    )
