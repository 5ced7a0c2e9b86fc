"""Which kinds of customers there are."""

from typing import Any

import pandas as pd
import plotly.graph_objects as go

from customer_behavior.pipelines.clustering.behaviour import BOTS, ONE_TIME
from customer_behavior.pipelines.reporting.blocks import (
    Block,
    bullets,
    facts,
    figure,
    heading,
    table,
)
from customer_behavior.pipelines.reporting.names import MEASURES
from customer_behavior.pipelines.reporting.states import (
    complete,
    inputs_of_models,
    judge,
    section_of,
    truth_of,
)
from customer_behavior.pipelines.reporting.wording import (
    amount,
    count,
    interval,
    percent,
    period,
    words,
)

_EVALUATION, _PROFILES = "segment_evaluation", "segment_profiles"
_LIMITS = (
    "A segment is a part of a continuum: customers near its border belong to it by little.",
    "Names come from rules on what sets a segment apart; they are shorthand, not types of people.",
    "Where the recording of carts changes, segments that carts set apart move with it.",
)


def report_segments(
    ingestion_ledger: dict[str, Any],
    customer_360_summary: dict[str, Any] | None = None,
    segment_evaluation: dict[str, Any] | None = None,
    segment_profiles: pd.DataFrame | None = None,
    recovery: dict[str, Any] | None = None,
    segment_sizes_figure: go.Figure | None = None,
    segment_centroids_figure: go.Figure | None = None,
    segment_migration_figure: go.Figure | None = None,
) -> Block:
    """Say which kinds of customers there are, and how sure that is.

    Args:
        ingestion_ledger: Says which input is the current one.
        customer_360_summary: Says which models the current predictions come from, and whether
            the segments are of the current input.
        segment_evaluation: Measures and next month's deviance; None where the pipeline has not
            been run, as for those that follow.
        segment_profiles: One row per month and segment.
        recovery: What was planted, in simulated events.
        segment_sizes_figure: Drawn by clustering, like those that follow.
        segment_centroids_figure: What sets segments apart.
        segment_migration_figure: Where customers are a month later.

    Returns:
        The section.
    """
    evaluation = complete(segment_evaluation, segment_profiles)
    are_current = customer_360_summary and (
        customer_360_summary["tables"]["customer_segments"]["status"] == "ok"
    )
    # Segments do not say which model they come from.
    models = inputs_of_models(customer_360_summary, ingestion_ledger) if are_current else set()
    return section_of(
        "Which kinds of customers are there?",
        "Segments of what customers do in a month, with names that mean the same in the next.",
        judge(evaluation, "clustering", ingestion_ledger, models),
        lambda: [
            _newest(segment_profiles),
            *figure("segment_sizes_figure", segment_sizes_figure),
            *figure("segment_centroids_figure", segment_centroids_figure),
            *figure("segment_migration_figure", segment_migration_figure),
            *_card(evaluation),
            *_planted(evaluation, recovery),
            bullets("Limits", _LIMITS),
        ],
    )


def _newest(profiles: pd.DataFrame) -> Block:
    newest = profiles[profiles["month"] == profiles["month"].max()]
    rows = [
        [
            row.segment,
            count(row.customers),
            percent(row.customer_share),
            amount(row.revenue),
            percent(row.revenue_share),
            row.description,
        ]
        for row in newest.sort_values("customers", ascending=False).itertuples()
    ]
    columns = ["Segment", "Customers", "Share", "Revenue", "Share of revenue", "In one sentence"]
    caption = (
        f"Segments of {newest['month'].max()}: those that were found, and those that a rule tells "
        f"({ONE_TIME}, {BOTS})"
    )
    return table(caption, _PROFILES, columns, rows, texts=["In one sentence"])


def _card(evaluation: dict[str, Any]) -> list[Block]:
    by_rule = f"{ONE_TIME} (a single event) and {BOTS} beside them"
    about = [
        ("Purpose", "A few kinds of customers that people can keep in mind, with stable names."),
        ("Used for", "Speaking to customers by kind; watching how kinds grow and shrink."),
        ("Segments", f"{count(evaluation['champion'])} that were found; a rule tells {by_rule}"),
        ("Time", period(evaluation["period"])),
        ("Made from", ", ".join(words(name) for name in evaluation["features"])),
    ]
    return [
        heading("Model card"),
        facts(_EVALUATION, about),
        _rows(evaluation),
        _numbers(evaluation),
        *_next_month(evaluation),
    ]


def _rows(evaluation: dict[str, Any]) -> Block:
    rows = [[month, count(rows)] for month, rows in evaluation["rows"].items()]
    return table("Data, by month", _EVALUATION, ["Month", "Customers"], rows)


def _numbers(evaluation: dict[str, Any]) -> Block:
    names = ("silhouette", "stability", "smallest_share")
    rows = [
        [
            count(tried["segments"])
            + (" (in use)" if tried["segments"] == evaluation["champion"] else ""),
            *(interval(tried[name]) for name in names),
        ]
        for tried in evaluation["candidates"]
    ]
    columns = ["Segments", *(MEASURES[name][0] for name in names)]
    return table("Numbers of segments that were tried", _EVALUATION, columns, rows)


def _next_month(evaluation: dict[str, Any]) -> list[Block]:
    outcomes = evaluation.get("next_month") or {}
    groups = {
        "segment": "segments",
        "rfm": "RFM quintiles",
        "conversion": "last month's conversion",
        "nothing": "no groups",
    }
    rows = [
        [said, *(interval(outcomes[of]["deviance"].get(name)) for of in ("conversion", "spend"))]
        for name, said in groups.items()
        if "conversion" in outcomes and "spend" in outcomes
    ]
    columns = ["Groups", "Of a purchase (binomial)", "Of the spend (Tweedie)"]
    caption = "What groups say of the next month: deviance, less is better"
    return [table(caption, _EVALUATION, columns, rows)] if rows else []


def _planted(evaluation: dict[str, Any], recovery: dict[str, Any] | None) -> list[Block]:
    found = truth_of("segments", evaluation, recovery)
    if found is None:
        return []
    index = found["adjusted_rand_index"]
    rows = [
        ["Adjusted Rand index", interval(index["champion"]), interval(index["achievable"])],
        *(
            [f"{name}: {what}", interval(of["champion"][what]), interval(of["achievable"][what])]
            for name, of in found["names"].items()
            for what in ("precision", "recall")
        ),
    ]
    columns = ["Measure", "Segments", "Achievable"]
    return [table("Segments beside the planted types of customers", "recovery", columns, rows)]
