"""How likely a purchase is: of a customer soon, of a visit after its first events."""

from typing import Any

import plotly.graph_objects as go

from customer_behavior.pipelines.classification.parameters import ClassificationParameters
from customer_behavior.pipelines.feature_engineering.parameters import FeatureParameters
from customer_behavior.pipelines.reporting.blocks import Block, facts, figure, table
from customer_behavior.pipelines.reporting.model_cards import Card, achievable, model_card
from customer_behavior.pipelines.reporting.names import MEASURES
from customer_behavior.pipelines.reporting.states import (
    inputs_of_models,
    is_of_the_same_input,
    judge,
    section_of,
    truth_of,
)
from customer_behavior.pipelines.reporting.wording import amount, count, interval, percent

_MEASURES = (
    "pr_auc",
    "roc_auc",
    "lift_at_1_percent",
    "lift_at_5_percent",
    "lift_at_10_percent",
    "log_loss",
    "calibration_slope",
    "total_ratio",
)
_CARDS = {
    "customer_propensity": Card(
        task="customer_propensity",
        dataset="customer_propensity.evaluation",
        purpose="The probability that a customer buys in the {features.calendar.horizon_days} days "
        "after a snapshot.",
        use="Choosing whom to contact, where a contact costs something; the expected spend.",
        measures=_MEASURES,
        advantage="pr_auc_above_baseline",
        limits=(
            "It knows customers with an event in the {features.calendar.history_days} days before "
            "the snapshot, and no others.",
            "It says who will buy, not whom a contact would persuade: that takes an experiment.",
            "Probabilities keep the level of the validation rows: after a sale they are too high, "
            "after quiet days too low. Expected over actual total says by how much.",
            "Times with a purchase outage are left out, and times like them were not judged.",
        ),
    ),
    "session_intent": Card(
        task="session_intent",
        dataset="session_intent.evaluation",
        purpose="The probability that a visit ends in a purchase within "
        "{features.prefixes.label_hours} hours, seen after its first k events.",
        use="Deciding during a visit whether help or an offer is worth it.",
        measures=_MEASURES,
        advantage="pr_auc_above_baseline",
        limits=(
            "Rows of one visit are alike, and visits with few events have no later rows.",
            "Carts were not always recorded: a model that has learned what a cart means is off "
            "where their recording changes.",
            "It says which visits end in a purchase, not which ones an offer would turn.",
        ),
    ),
}
_TITLES = {
    "customer_propensity": "Which customers will buy next?",
    "session_intent": "Which visits will end in a purchase?",
}
_FIGURES = ("lift", "reliability", "feature_importance")


def report_purchases(
    settings: ClassificationParameters,
    features: FeatureParameters,
    ingestion_ledger: dict[str, Any],
    customer_360_summary: dict[str, Any] | None = None,
    evaluation: dict[str, Any] | None = None,
    contact_policy: dict[str, Any] | None = None,
    recovery: dict[str, Any] | None = None,
    lift_figure: go.Figure | None = None,
    reliability_figure: go.Figure | None = None,
    importance_figure: go.Figure | None = None,
) -> Block:
    """Say how well it is known who will buy, or which visits, and whom to contact.

    Args:
        settings: Of classification: ``task`` says which of both.
        features: Say how far snapshots look back and ahead.
        ingestion_ledger: Says which input is the current one.
        customer_360_summary: Says which models the current predictions come from.
        evaluation: Measures, baselines and intervals; None where the pipeline has not been run,
            as for those that follow.
        contact_policy: What contacts would have brought.
        recovery: What was achievable, in simulated events.
        lift_figure: Drawn by classification, like those that follow.
        reliability_figure: Probabilities and what happened.
        importance_figure: Which columns matter.

    Returns:
        The section.
    """
    card = _CARDS[settings.task].filled(features)
    # The customer table does not hold visits; one pipeline learns both.
    trained_on = inputs_of_models(customer_360_summary, ingestion_ledger, "propensity")
    drawn = zip(_FIGURES, (lift_figure, reliability_figure, importance_figure), strict=True)
    return section_of(
        _TITLES[card.task],
        None,
        judge(evaluation, "classification", ingestion_ledger, trained_on),
        lambda: [
            *model_card(card, evaluation, truth_of(card.task, evaluation, recovery)),
            *_by_events_seen(card, evaluation, truth_of(card.task, evaluation, recovery)),
            *_contacts(card, evaluation, contact_policy),
            *(
                block
                for name, of_task in drawn
                for block in figure(f"{card.task}.{name}_figure", of_task)
            ),
        ],
    )


def _by_events_seen(
    card: Card, evaluation: dict[str, Any], recovery: dict[str, Any] | None
) -> list[Block]:
    if "by_events_seen" not in evaluation:
        return []
    known = (recovery or {}).get("by_events_seen", {})
    rows = [
        [
            seen,
            count(part["rows"]),
            interval(part["metrics"]["pr_auc"]),
            interval(part["best_baseline"]["pr_auc"]),
            *(achievable("pr_auc", known.get(seen, {}).get("pr_auc")) if known else []),
        ]
        for seen, part in evaluation["by_events_seen"].items()
    ]
    truth = ["Achievable", "Share of achievable"] if known else []
    columns = ["Events seen (k)", "Rows", "In use", "Best baseline", *truth]
    caption = f"{MEASURES['pr_auc'][0]} by the number of events seen"
    sources = dict.fromkeys(truth, "recovery")
    return [table(caption, card.dataset, columns, rows, sources=sources)]


def _contacts(card: Card, evaluation: dict[str, Any], policy: dict[str, Any] | None) -> list[Block]:
    if not is_of_the_same_input(policy, evaluation):
        return []
    dataset = f"{card.task}.contact_policy"
    terms, threshold = policy["contact"], policy["best_threshold"].get("threshold")
    names = {
        "best_threshold": f"all from a probability of {percent(threshold)} on",
        "budget": "the likeliest, within the budget",
        "everybody": "everybody",
    }
    rows = [
        [
            said,
            count(policy[name]["contacts"]),
            amount(policy[name]["expected_profit"]),
            interval(policy[name]["realised_profit"], amount),
        ]
        for name, said in names.items()
    ]
    given = [
        ("Best threshold, of the calibration rows", percent(threshold)),
        ("Margin of a purchase", amount(terms["margin"])),
        ("Cost of a contact", amount(terms["cost_per_contact"])),
        ("Budget", amount(terms["budget"])),
    ]
    columns = ["Contacted", "Contacts", "Expected profit", "Profit on the test rows"]
    some = "" if terms["when"].lower() == "true" else f" with {terms['when']}"
    caption = (
        f"What contacts on the test rows{some} would have brought, if those contacted bought as "
        "they did"
    )
    return [table(caption, dataset, columns, rows), facts(dataset, given)]
