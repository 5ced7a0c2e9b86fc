"""How far off sums of predictions were where the answer is known, in words."""

from typing import Any

from customer_behavior.pipelines.reporting.wording import interval


def buyers_on_test(evaluation: dict[str, Any]) -> str:
    """Of customer_propensity: expected over actual buyers, with its interval."""
    ratio = evaluation["metrics"]["total_ratio"]
    return f"expected {interval(ratio)} times the buyers, {_when(evaluation)}"


def spend_on_test(evaluation: dict[str, Any]) -> str:
    """Of customer_spend: expected over actual spend, with its interval."""
    ratio = evaluation["metrics"]["total_ratio"]
    return f"expected {interval(ratio)} times what was spent, {_when(evaluation)}"


def revenue_on_test(evaluation: dict[str, Any]) -> str:
    """Of revenue_forecast: forecast over actual revenue of the shop, with its interval."""
    bias = evaluation["total"]["metrics"]["bias"]
    ratio = {name: value if value is None else 1 + value for name, value in bias.items()}
    return f"forecast {interval(ratio)} times what came in, {_when(evaluation)}"


def _when(evaluation: dict[str, Any]) -> str:
    return f"in the test from {evaluation['period']['test'][0]} on"
