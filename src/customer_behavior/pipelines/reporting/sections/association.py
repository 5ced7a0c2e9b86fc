"""What is bought together, and what to show to whom."""

from typing import Any

import plotly.graph_objects as go

from customer_behavior.pipelines.reporting.blocks import (
    Block,
    bullets,
    facts,
    figure,
    heading,
    table,
)
from customer_behavior.pipelines.reporting.model_cards import Card, model_card
from customer_behavior.pipelines.reporting.names import rival_name
from customer_behavior.pipelines.reporting.states import (
    inputs_of_models,
    judge,
    section_of,
    truth_of,
)
from customer_behavior.pipelines.reporting.wording import (
    NOTHING,
    count,
    interval,
    percent,
    share_of,
    words,
)

_RULES = "rule_evaluation"
_RULE_LIMITS = (
    "Bought together does not mean that showing one sells the other.",
    "Few baskets hold more than one item: rules of rare items are not found, whether they are "
    "there or not.",
    "A lift from few baskets is too high where it was chosen for being high; its interval does not "
    "know that.",
)
_RECOMMENDATIONS = Card(
    task="recommendations",
    dataset="recommendation_evaluation",
    purpose="Up to ten products for each customer that the customer has not bought; the customer "
    "table shows the first three.",
    use="What to show on a page or in a letter.",
    measures=("ndcg_at_10", "recall_at_10", "hit_rate_at_10", "mrr_at_10", "coverage", "novelty"),
    advantage="ndcg_at_10_above_baseline",
    limits=(
        "Judged by what customers bought by themselves, not by what they would have bought if they "
        "had seen it.",
        "Customers who were not there before are shown what is popular.",
        "Few customers buy in so few days: intervals are wide on little data.",
    ),
)


def report_rules(
    ingestion_ledger: dict[str, Any],
    report_rows: dict[str, Any],
    customer_360_summary: dict[str, Any] | None = None,
    rule_evaluation: dict[str, Any] | None = None,
    recovery: dict[str, Any] | None = None,
    category_rules_figure: go.Figure | None = None,
) -> Block:
    """Say which categories are bought together.

    Args:
        ingestion_ledger: Says which input is the current one.
        report_rows: Has ``category_rules``.
        customer_360_summary: Says which models the current predictions come from.
        rule_evaluation: Counts, and whether rules hold later; None where the pipeline has not
            been run, as for those that follow.
        recovery: Which pairs were planted, in simulated events.
        category_rules_figure: Drawn by association.

    Returns:
        The section.
    """
    evaluation = rule_evaluation
    # Rules are one source of the recommendations.
    trained_on = inputs_of_models(customer_360_summary, ingestion_ledger, "recommendations")
    return section_of(
        "What is bought together?",
        "Rules between categories of different departments that are more than chance.",
        judge(evaluation, "association", ingestion_ledger, trained_on),
        lambda: [
            _rules(_learnt_with(evaluation, report_rows["category_rules"])),
            *figure("category_rules_figure", category_rules_figure),
            *_card(evaluation),
            *_planted(evaluation, recovery),
            bullets("Limits", _RULE_LIMITS),
        ],
    )


def report_recommendations(
    ingestion_ledger: dict[str, Any],
    customer_360_summary: dict[str, Any] | None = None,
    recommendation_evaluation: dict[str, Any] | None = None,
    recommenders_figure: go.Figure | None = None,
) -> Block:
    """Say how well it is known what to show to whom.

    Args:
        ingestion_ledger: Says which input is the current one.
        customer_360_summary: Says which models the current predictions come from.
        recommendation_evaluation: Measures, rivals and intervals; None where the pipeline has
            not been run, as for the figure.
        recommenders_figure: Drawn by association.

    Returns:
        The section.
    """
    evaluation = recommendation_evaluation
    trained_on = inputs_of_models(customer_360_summary, ingestion_ledger, "recommendations")
    return section_of(
        "What to show to whom?",
        None,
        judge(evaluation, "association", ingestion_ledger, trained_on),
        lambda: [
            *model_card(_RECOMMENDATIONS, evaluation),
            _sources(evaluation),
            *figure("recommenders_figure", recommenders_figure),
        ],
    )


def _learnt_with(evaluation: dict[str, Any], rules: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Those rules that the evaluation is about: others may have been learnt since."""
    return [rule for rule in rules if rule["model_source_id"] == evaluation["source_id"]]


def _rules(rules: list[dict[str, Any]]) -> Block:
    seen_again = {True: "yes", False: "no", None: NOTHING}
    rows = [
        [
            f"{rule['antecedent']} → {rule['consequent']}",
            count(rule["baskets"]),
            percent(rule["confidence"]),
            interval({"value": rule["lift"], "low": rule["lift_low"], "high": rule["lift_high"]}),
            seen_again[rule["replicates"]],
        ]
        for rule in rules
    ]
    columns = ["Rule", "Baskets", "Confidence", "Lift", "Seen again later"]
    caption = "Rules across departments by lift (1 is chance)"
    return table(caption, "category_rules", columns, rows, most_rows=20)


def _card(evaluation: dict[str, Any]) -> list[Block]:
    found = evaluation["rules"]
    about = [
        ("Purpose", "Which categories go together, across departments."),
        ("Used for", "Placing and bundling; one source of the recommendations."),
        ("Rules measured", count(found["measured"])),
        ("Sure (the share of false discoveries is held down)", count(found["sure"])),
        ("Of these across departments", count(found["across_categories"])),
    ]
    periods = [
        [name, *(count(of[what]) for what in ("baskets", "of_one_item"))]
        for name, of in evaluation["rows"].items()
    ]
    again = [
        ["rules that are sure", evaluation["metrics"]["replication_rate"]],
        *([words(name), of["replication_rate"]] for name, of in evaluation["baselines"].items()),
    ]
    replicated = [[name, count(rate["rules"]), interval(rate, percent)] for name, rate in again]
    return [
        heading("Model card"),
        facts(_RULES, about),
        table("Data, by period", _RULES, ["Period", "Baskets", "Of one item"], periods),
        table(
            "Rules that hold among other customers later",
            _RULES,
            ["Rules", "That could be told", "Share that held"],
            replicated,
        ),
    ]


def _planted(evaluation: dict[str, Any], recovery: dict[str, Any] | None) -> list[Block]:
    found = truth_of("rules", evaluation, recovery)
    if found is None:
        return []
    pairs = [
        ("Planted pairs", count(found["planted"])),
        ("Found", f"{count(found['found'])}, {share_of(found['found_share'])}"),
        ("False discoveries", share_of(found["false_discovery_share"])),
    ]
    return [heading("Beside the planted pairs"), facts("recovery", pairs)]


def _sources(evaluation: dict[str, Any]) -> Block:
    rows = [
        [rival_name(name), percent(of["customers"]), percent(of["places"])]
        for name, of in evaluation["sources"].items()
    ]
    columns = ["Source", "Customers with any", "Share of the places"]
    caption = (
        "Where the judged recommendations come from: all ten places, of customers who bought in "
        "the test"
    )
    return table(caption, _RECOMMENDATIONS.dataset, columns, rows)
