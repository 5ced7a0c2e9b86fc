"""What customers will spend, and where revenue is going."""

from typing import Any

import plotly.graph_objects as go

from customer_behavior.pipelines.feature_engineering.parameters import FeatureParameters
from customer_behavior.pipelines.reporting.blocks import (
    Block,
    figure,
    heading,
    paragraph,
    table,
)
from customer_behavior.pipelines.reporting.model_cards import Card, model_card
from customer_behavior.pipelines.reporting.names import coverage_level, measure_name
from customer_behavior.pipelines.reporting.states import (
    forecast_days,
    inputs_of_models,
    judge,
    section_of,
    truth_of,
)
from customer_behavior.pipelines.reporting.wording import amount, interval

_CUSTOMER_SPEND = Card(
    task="customer_spend",
    dataset="customer_spend_evaluation",
    purpose="What a customer spends in the {features.calendar.horizon_days} days after a snapshot, "
    "in the currency of price.",
    use="Ranking customers by what they are worth next, and adding up what they will bring.",
    measures=(
        "tweedie_deviance",
        "normalised_gini",
        "spend_share_of_best_10_percent",
        "mae",
        "spearman",
        "total_ratio",
    ),
    advantage="deviance_below_baseline",
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
    use="Planning the next days.",
    measures=("mase", "wape", "bias"),
    advantage="mase_below_baseline",
    limits=(
        "It knows weeks, not years: Christmas, summer and the end of the month are not in it.",
        "A promotion that is planned is not in the events, and no forecast from them can know it.",
        "Intervals are those that past errors would have needed; they assume that errors stay as "
        "they were.",
    ),
)


def report_customer_spend(
    features: FeatureParameters,
    ingestion_ledger: dict[str, Any],
    customer_360_summary: dict[str, Any] | None = None,
    customer_spend_evaluation: dict[str, Any] | None = None,
    recovery: dict[str, Any] | None = None,
    customer_spend_figure: go.Figure | None = None,
) -> Block:
    """Say how well it is known what customers will spend.

    Args:
        features: Say how far snapshots look ahead.
        ingestion_ledger: Says which input is the current one.
        customer_360_summary: Says which models the current predictions come from.
        customer_spend_evaluation: Measures, baselines and intervals; None where the pipeline has
            not been run, as for those that follow.
        recovery: What was achievable, in simulated events.
        customer_spend_figure: Drawn by regression.

    Returns:
        The section.
    """
    evaluation, card = customer_spend_evaluation, _CUSTOMER_SPEND.filled(features)
    trained_on = inputs_of_models(customer_360_summary, ingestion_ledger, "spend")
    return section_of(
        "What will customers spend next?",
        None,
        judge(evaluation, "regression", ingestion_ledger, trained_on),
        lambda: [
            *model_card(card, evaluation, truth_of(card.task, evaluation, recovery)),
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
    days = forecast_days(report_rows, customer_360_summary, ingestion_ledger)
    return section_of(
        "Where is revenue going?",
        "What is expected of the shop on each of the next days, and how far off forecasts were.",
        judge(evaluation, "regression", ingestion_ledger, {day["model_source_id"] for day in days}),
        lambda: [
            *_next_days(days, evaluation),
            *figure("revenue_forecast_figure", revenue_forecast_figure),
            *model_card(_REVENUE_FORECAST, evaluation),
            _of_the_shop(evaluation),
            *_beside_known_customers(evaluation),
        ],
    )


def _next_days(days: list[dict[str, Any]], evaluation: dict[str, Any]) -> list[Block]:
    """The forecast, if it is of the model that was evaluated."""
    is_evaluated = days and days[0]["model_source_id"] == evaluation["model_source_id"]
    return [_forecast_of(days, evaluation)] if is_evaluated else []


def _forecast_of(days: list[dict[str, Any]], evaluation: dict[str, Any]) -> Block:
    levels = [level for name in evaluation["metrics"] if (level := coverage_level(name))]
    of_level = "".join(f" {level}\N{NO-BREAK SPACE}%" for level in levels)
    rows = [
        [day["event_date"], interval(day | {"value": day["expected_revenue"]}, amount)]
        for day in days
    ]
    total = ["Together", amount(sum(day["expected_revenue"] for day in days))]
    return table(
        f"Revenue that is expected of the shop, with{of_level} intervals (currency of price)",
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
        [measure_name(name)[0], interval(measured), interval(best.get(name))]
        for name, measured in total["metrics"].items()
    ]
    columns = ["Measure", "In use", "Best baseline"]
    caption = "The same for the shop's total (the table above is over categories)"
    return table(caption, _REVENUE_FORECAST.dataset, columns, rows)


def _beside_known_customers(evaluation: dict[str, Any]) -> list[Block]:
    """Why customers are expected to spend less than the shop is to take in."""
    same = evaluation.get("same_week")
    if not same:
        return []
    why = (
        "The expected spend of customers is that of customers who were seen in the days before; "
        "the forecast of the shop also holds those who come for the first time, or after a longer "
        "time."
    )
    who = {"customers": "Customers seen in the days before", "shop": "The whole shop"}
    rows = [
        [said, amount(same[of]["expected"]), amount(same[of]["recorded"])]
        for of, said in who.items()
    ]
    caption = f"The same days, from {same['snapshot_date']} on, asked of both models"
    columns = ["Spend of", "Expected", "Recorded"]
    compared = table(caption, _REVENUE_FORECAST.dataset, columns, rows)
    return [heading("Customers and the shop"), paragraph(why), compared]
