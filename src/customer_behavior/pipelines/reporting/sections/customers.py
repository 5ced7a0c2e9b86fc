"""The customer table, in sums."""

from typing import Any

from customer_behavior.pipelines.reporting.blocks import Block, facts, paragraph
from customer_behavior.pipelines.reporting.states import judge, section_of
from customer_behavior.pipelines.reporting.wording import measure, words

_SUMMARY = "customer_360_summary"


def describe_customers(
    ingestion_ledger: dict[str, Any], customer_360_summary: dict[str, Any] | None = None
) -> Block:
    """Say what the customer table holds.

    Args:
        ingestion_ledger: Says which input is the current one.
        customer_360_summary: Counts of the table; None where it has not been made.

    Returns:
        The section.
    """
    what = (
        "customer_360 has one row per customer: segment, purchase probability, expected spend, "
        "recommendations, recency, frequency and monetary value. campaign_customers has the best "
        "of them for a campaign."
    )
    return section_of(
        "The customer table",
        "Everything that is known of each customer, in one row.",
        judge(customer_360_summary, "reporting", ingestion_ledger),
        lambda: [paragraph(what), facts(_SUMMARY, _numbers(customer_360_summary))],
    )


def _numbers(summary: dict[str, Any], above: str = "") -> list[tuple[str, str]]:
    """All numbers of a summary, those of nested parts behind their name."""
    pairs: list[tuple[str, str]] = []
    for name, value in summary.items():
        said = f"{above}{words(str(name))}"
        if isinstance(value, dict):
            pairs += _numbers(value, f"{said}: ")
        elif isinstance(value, int | float) and not isinstance(value, bool):
            pairs.append((said.capitalize(), measure(value)))
    return pairs
