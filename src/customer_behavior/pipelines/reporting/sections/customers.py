"""The customer table, in sums."""

from collections.abc import Sequence
from typing import Any

from customer_behavior.pipelines.reporting.blocks import Block, facts, paragraph, table
from customer_behavior.pipelines.reporting.states import judge, section_of
from customer_behavior.pipelines.reporting.wording import amount, count, percent, words

_SUMMARY = "customer_360_summary"


def report_customers(
    ingestion_ledger: dict[str, Any], customer_360_summary: dict[str, Any] | None = None
) -> Block:
    """Say what the customer table holds.

    Args:
        ingestion_ledger: Says which input is the current one.
        customer_360_summary: Counts and sums of the table; None where it has not been made.

    Returns:
        The section.
    """
    summary = customer_360_summary
    return section_of(
        "The customer table",
        "All that is known of each customer, in one row.",
        judge(summary, "reporting", ingestion_ledger),
        lambda: [
            paragraph(
                "customer_360 holds segment, purchase probability, expected spend, recommended "
                "products, recency, frequency and monetary value; campaign_customers the best "
                "of them for a campaign, as CSV."
            ),
            facts(
                _SUMMARY,
                [
                    ("Predicted from", summary["snapshot_date"] or "no date"),
                    ("Customers", count(summary["customers"])),
                    ("Of these new", count(summary["new_customers"])),
                    ("Suspected bots", count(summary["suspected_bots"])),
                ],
            ),
            *_sums("by segment", "segment", summary["by_segment"]),
            *_sums("by tenth of the purchase probability, 1 is the highest", "purchase_decile",
                  summary["by_decile"]),
            *_sources(summary["recommendations_by_source"]),
        ],
    )  # fmt: skip


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
        [words(of["source"]), count(of["recommendations"]), percent(of["share"])] for of in sources
    ]
    columns = ["Source", "Recommendations", "Share"]
    caption = "Where the recommendations in the table come from"
    return [table(caption, _SUMMARY, columns, rows)] if rows else []
