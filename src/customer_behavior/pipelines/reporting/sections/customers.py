"""The customer table, in sums."""

from collections.abc import Sequence
from typing import Any

from customer_behavior.pipelines.clustering.profiles import ABSENT
from customer_behavior.pipelines.reporting.blocks import Block, facts, paragraph, table
from customer_behavior.pipelines.reporting.names import rival_name
from customer_behavior.pipelines.reporting.states import (
    inputs_of_models,
    judge,
    section_of,
    usable,
)
from customer_behavior.pipelines.reporting.totals import buyers_on_test, spend_on_test
from customer_behavior.pipelines.reporting.wording import amount, count, percent, words

_SUMMARY = "customer_360_summary"
_PROPENSITY, _SPEND = "customer_propensity.evaluation", "customer_spend_evaluation"
_HOLDS = (
    "customer_360 holds segment, purchase probability, expected spend, recommended products, "
    "recency, frequency and monetary value; campaign_customers the best of them for a campaign, as "
    "CSV."
)
_WHICH_SUMS = (
    "How far off such sums were on days whose answer is known stands below. The forecast of the "
    "shop is another sum: it also counts customers who come for the first time or after a longer "
    "time; the section Where is revenue going? has both for the same days."
)
_BY_TENTH = (
    "by tenth of the purchase probability, 1 is the highest (of those who have one, since they "
    "were seen lately; tenths with the same expectation hold customers of one probability, in no "
    "order)"
)


def report_customers(
    ingestion_ledger: dict[str, Any],
    customer_360_summary: dict[str, Any] | None = None,
    propensity_evaluation: dict[str, Any] | None = None,
    spend_evaluation: dict[str, Any] | None = None,
) -> Block:
    """Say what the customer table holds.

    Args:
        ingestion_ledger: Says which input is the current one.
        customer_360_summary: Counts and sums of the table; None where it has not been made, as for
            those that follow.
        propensity_evaluation: Says how far off the number of expected buyers was on test.
        spend_evaluation: Says so of the expected spend.

    Returns:
        The section.
    """
    summary = customer_360_summary
    evaluations = {
        model: usable(
            evaluation,
            ingestion_ledger,
            inputs_of_models(customer_360_summary, ingestion_ledger, model),
        )
        for model, evaluation in (
            ("propensity", propensity_evaluation), ("spend", spend_evaluation),
        )
    }  # fmt: skip
    return section_of(
        "The customer table",
        "All that is known of each customer, in one row.",
        judge(summary, "reporting", ingestion_ledger),
        lambda: [
            paragraph(_HOLDS),
            facts(
                _SUMMARY,
                [
                    ("Predicted from", summary["snapshot_date"] or "no date"),
                    ("Customers", count(summary["customers"])),
                    ("Of these new", count(summary["new_customers"])),
                    ("Suspected bots", count(summary["suspected_bots"])),
                    ("Expected to buy", count(summary["expected_purchases"])),
                    ("Expected spend", amount(summary["expected_spend"])),
                ],
            ),
            *_how_far_off(**evaluations),
            *_sums(_by_segment(summary["segment_month"]), "segment", summary["by_segment"]),
            *_sums(_BY_TENTH, "purchase_decile", summary["by_decile"]),
            *_sources(summary["recommendations_by_source"]),
        ],
    )


def _by_segment(month: str | None) -> str:
    return f"by segment of {month} ({ABSENT}: no visit in that month)"


def _how_far_off(propensity: dict[str, Any] | None, spend: dict[str, Any] | None) -> list[Block]:
    """Whether such sums were too high or too low before, and what they do not count."""
    found = [
        *([facts(_PROPENSITY, [("Expected buyers", buyers_on_test(propensity))])]
          if propensity else []),
        *([facts(_SPEND, [("Expected spend", spend_on_test(spend))])] if spend else []),
    ]  # fmt: skip
    return [paragraph(_WHICH_SUMS), *found] if found else []


def _sums(caption: str, by: str, groups: Sequence[dict[str, Any]]) -> list[Block]:
    rows = [
        [
            str(group[by]),
            *(count(group[name]) for name in ("customers", "buyers", "expected_purchases")),
            *(amount(group[name]) for name in ("expected_spend", "monetary_value")),
        ]
        for group in groups
    ]
    columns = ["Customers", "Have bought", "Expected to buy", "Expected spend", "Spent so far"]
    name = words(by).capitalize()
    return [table(f"Customers {caption}", _SUMMARY, [name, *columns], rows)] if rows else []


def _sources(sources: Sequence[dict[str, Any]]) -> list[Block]:
    rows = [
        [rival_name(of["source"]), count(of["recommendations"]), percent(of["share"])]
        for of in sources
    ]
    columns = ["Source", "Recommendations", "Share"]
    caption = "Where the first three recommendations come from, of all customers in the table"
    return [table(caption, _SUMMARY, columns, rows)] if rows else []
