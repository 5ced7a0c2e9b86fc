"""How likely a purchase is: of a customer in the next week, of a visit after its first events."""

from collections.abc import Sequence
from typing import Any

import plotly.graph_objects as go

from customer_behavior.pipelines.reporting.blocks import Block, facts, figure, table
from customer_behavior.pipelines.reporting.model_cards import MEASURES, Card, achievable, model_card
from customer_behavior.pipelines.reporting.states import (
    is_of_the_same_input,
    judge,
    section_of,
    truth_of,
)
from customer_behavior.pipelines.reporting.wording import amount, count, interval

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
_CUSTOMER_PROPENSITY = Card(
    task="customer_propensity",
    dataset="customer_propensity.evaluation",
    purpose="The probability that a customer buys in the week after a snapshot.",
    use="Choosing whom to contact, where a contact costs something; the expected spend.",
    measures=_MEASURES,
    limits=(
        "It knows customers with an event in the two weeks before the snapshot, and no others.",
        "It says who will buy, not whom a contact would persuade: that takes an experiment.",
        "Probabilities keep the level of the validation week: after a sale they are too high, "
        "after a quiet week too low. Predicted over actual total says by how much.",
        "Weeks with a purchase outage are left out, and weeks like them were not judged.",
    ),
)
_SESSION_INTENT = Card(
    task="session_intent",
    dataset="session_intent.evaluation",
    purpose="The probability that a visit ends in a purchase within a day, seen after its first "
    "1, 2, 3, 5 or 10 events.",
    use="Deciding during a visit whether help or an offer is worth it.",
    measures=_MEASURES,
    limits=(
        "Rows of one visit are alike, and visits with few events have no later rows.",
        "Carts were not always recorded: a model that has learned what a cart means is off where "
        "their recording changes.",
        "It says which visits end in a purchase, not which ones an offer would turn.",
    ),
)


def report_customer_propensity(
    ingestion_ledger: dict[str, Any],
    customer_360_summary: dict[str, Any] | None = None,
    evaluation: dict[str, Any] | None = None,
    contact_policy: dict[str, Any] | None = None,
    recovery: dict[str, Any] | None = None,
    lift_figure: go.Figure | None = None,
    reliability_figure: go.Figure | None = None,
    importance_figure: go.Figure | None = None,
) -> Block:
    """Say how well it is known who will buy in the next week, and whom to contact.

    Args:
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
    figures = (lift_figure, reliability_figure, importance_figure)
    return _describe(
        "Which customers will buy in the next week?",
        _CUSTOMER_PROPENSITY,
        (ingestion_ledger, customer_360_summary, evaluation, contact_policy, recovery),
        figures,
    )


def report_session_intent(
    ingestion_ledger: dict[str, Any],
    customer_360_summary: dict[str, Any] | None = None,
    evaluation: dict[str, Any] | None = None,
    contact_policy: dict[str, Any] | None = None,
    recovery: dict[str, Any] | None = None,
    lift_figure: go.Figure | None = None,
    reliability_figure: go.Figure | None = None,
    importance_figure: go.Figure | None = None,
) -> Block:
    """Say how well it is known, after its first events, that a visit ends in a purchase.

    Args:
        ingestion_ledger: Says which input is the current one.
        customer_360_summary: Says which models the current predictions come from.
        evaluation: Measures, baselines and intervals; None where the pipeline has not been run,
            as for those that follow.
        contact_policy: What offers would have brought.
        recovery: What was achievable, in simulated events.
        lift_figure: Drawn by classification, like those that follow.
        reliability_figure: Probabilities and what happened.
        importance_figure: Which columns matter.

    Returns:
        The section.
    """
    figures = (lift_figure, reliability_figure, importance_figure)
    return _describe(
        "Which visits will end in a purchase?",
        _SESSION_INTENT,
        (ingestion_ledger, customer_360_summary, evaluation, contact_policy, recovery),
        figures,
    )


def _describe(
    title: str, card: Card, results: tuple[Any, ...], figures: Sequence[go.Figure | None]
) -> Block:
    ledger, customer_360_summary, evaluation, contact_policy, recovery = results
    state = judge(evaluation, "classification", ledger, customer_360_summary)
    names = ("lift", "reliability", "feature_importance")
    return section_of(
        title,
        None,
        state,
        lambda: [
            *model_card(card, evaluation, truth_of(card.task, evaluation, recovery)),
            *_by_events_seen(card, evaluation, truth_of(card.task, evaluation, recovery)),
            *_contacts(card, evaluation, contact_policy),
            *(
                block
                for name, drawn in zip(names, figures, strict=True)
                for block in figure(f"{card.task}.{name}_figure", drawn)
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
    columns = ["Events seen", "Rows", "Model in use", "Best baseline", *truth]
    caption = f"{MEASURES['pr_auc'][0]} by the number of events seen"
    sources = dict.fromkeys(truth, "recovery")
    return [table(caption, card.dataset, columns, rows, sources=sources)]


def _contacts(card: Card, evaluation: dict[str, Any], policy: dict[str, Any] | None) -> list[Block]:
    if not is_of_the_same_input(policy, evaluation):
        return []
    dataset = f"{card.task}.contact_policy"
    names = {
        "best_threshold": "all above the best threshold",
        "budget": "the best, within the budget",
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
        if name in policy
    ]
    terms = policy["contact"]
    given = [
        ("Margin of a purchase", amount(terms["margin"])),
        ("Cost of a contact", amount(terms["cost_per_contact"])),
        ("Budget", amount(terms["budget"])),
    ]
    columns = ["Contacted", "Contacts", "Expected profit", "Profit on the test rows"]
    caption = "What contacts would have brought, if those contacted bought as they did"
    return [table(caption, dataset, columns, rows), facts(dataset, given)]
