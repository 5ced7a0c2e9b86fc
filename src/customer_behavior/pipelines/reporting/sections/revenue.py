"""What customers will spend, and where revenue is going."""

from typing import Any

import plotly.graph_objects as go

from customer_behavior.pipelines.reporting.blocks import Block, figure, table
from customer_behavior.pipelines.reporting.model_cards import MEASURES, Card, model_card
from customer_behavior.pipelines.reporting.states import (
    is_of_the_same_input,
    judge,
    section_of,
    truth_of,
)
from customer_behavior.pipelines.reporting.wording import amount, interval

_CUSTOMER_SPEND = Card(
    task="customer_spend",
    dataset="customer_spend_evaluation",
    purpose="What a customer spends in the week after a snapshot, in the currency of price.",
    use="Ranking customers by what they are worth next, and adding up what they will bring.",
    measures=(
        "normalised_gini",
        "tweedie_deviance",
        "spend_share_of_best_10_percent",
        "mae",
        "spearman",
        "total_ratio",
    ),
    limits=(
        "Few customers spend most: one of them more or less moves every measure.",
        "Nine of ten customers spend nothing. Their order is chance, so that rank correlations are "
        "small, and a baseline that says nothing for most may have the better one.",
        "It is an expectation over many customers, not what a single one will pay.",
    ),
)
_REVENUE_FORECAST = Card(
    task="revenue_forecast",
    dataset="revenue_forecast_evaluation",
    purpose="The revenue of each top-level category, and of the shop, on each of the next days.",
    use="Planning the next week.",
    measures=("mase", "wape", "bias", "coverage_80"),
    limits=(
        "It knows weeks, not years: Christmas, summer and the end of the month are not in it.",
        "A promotion that is planned is not in the events, and no forecast from them can know it.",
        "Intervals are those that past errors would have needed; they assume that errors stay as "
        "they were.",
    ),
)


def report_customer_spend(
    ingestion_ledger: dict[str, Any],
    customer_360_summary: dict[str, Any] | None = None,
    customer_spend_evaluation: dict[str, Any] | None = None,
    recovery: dict[str, Any] | None = None,
    customer_spend_figure: go.Figure | None = None,
) -> Block:
    """Say how well it is known what customers will spend in the next week.

    Args:
        ingestion_ledger: Says which input is the current one.
        customer_360_summary: Says which models the current predictions come from.
        customer_spend_evaluation: Measures, baselines and intervals; None where the pipeline has
            not been run, as for those that follow.
        recovery: What was achievable, in simulated events.
        customer_spend_figure: Drawn by regression.

    Returns:
        The section.
    """
    evaluation = customer_spend_evaluation
    return section_of(
        "What will customers spend in the next week?",
        None,
        judge(evaluation, "regression", ingestion_ledger, customer_360_summary),
        lambda: [
            *model_card(
                _CUSTOMER_SPEND, evaluation, truth_of("customer_spend", evaluation, recovery)
            ),
            *figure("customer_spend_figure", customer_spend_figure),
        ],
    )


def report_revenue_forecast(
    ingestion_ledger: dict[str, Any],
    report_rows: dict[str, Any],
    customer_360_summary: dict[str, Any] | None = None,
    revenue_forecast_evaluation: dict[str, Any] | None = None,
    revenue_forecast_figure: go.Figure | None = None,
) -> Block:
    """Say where revenue is going, and how far off such forecasts were.

    Args:
        ingestion_ledger: Says which input is the current one.
        report_rows: Has ``revenue_forecast``.
        customer_360_summary: Says which models the current predictions come from, and of which day.
        revenue_forecast_evaluation: Measures, baselines and intervals; None where the pipeline
            has not been run, as for the figure.
        revenue_forecast_figure: Drawn by regression.

    Returns:
        The section.
    """
    evaluation = revenue_forecast_evaluation
    # The figure is drawn with the evaluation; the forecast itself is made anew by scoring.
    is_current = is_of_the_same_input(evaluation, ingestion_ledger)
    drawn = revenue_forecast_figure if is_current else None
    return section_of(
        "Where is revenue going?",
        "What is expected of the shop on each of the next days, and how far off forecasts were.",
        judge(evaluation, "regression", ingestion_ledger, customer_360_summary),
        lambda: [
            *_next_days(report_rows["revenue_forecast"], evaluation, customer_360_summary),
            *figure("revenue_forecast_figure", drawn),
            *model_card(_REVENUE_FORECAST, evaluation),
            _of_the_shop(evaluation),
        ],
    )


def _next_days(
    days: list[dict[str, Any]], evaluation: dict[str, Any], summary: dict[str, Any] | None
) -> list[Block]:
    """The forecast, if it is of the model that was evaluated and begins where the data end."""
    is_current = summary is not None and [
        (day["event_date"], day["model_source_id"]) for day in days[:1]
    ] == [(summary["snapshot_date"], evaluation["model_source_id"])]
    return [_forecast_of(days)] if is_current else []


def _forecast_of(days: list[dict[str, Any]]) -> Block:
    rows = [
        [
            day["event_date"],
            interval(day | {"value": day["expected_revenue"]}, amount),
        ]
        for day in days
    ]
    total = ["Together", amount(sum(day["expected_revenue"] for day in days))]
    return table(
        "Revenue that is expected of the shop, with 80 % intervals (currency of price)",
        "revenue_forecast",
        ["Day", "Expected revenue"],
        rows,
        total=total,
        most_rows=31,
    )


def _of_the_shop(evaluation: dict[str, Any]) -> Block:
    total = evaluation["total"]
    best = total["baselines"].get(evaluation["best_baseline"], {})
    rows = [
        [MEASURES[name][0], interval(total["metrics"][name]), interval(best.get(name))]
        for name in _REVENUE_FORECAST.measures
        if name in total["metrics"]
    ]
    columns = ["Measure", "Model in use", "Best baseline"]
    caption = "The same for the shop's total (the table above is over categories)"
    return table(caption, _REVENUE_FORECAST.dataset, columns, rows)
