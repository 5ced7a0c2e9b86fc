"""Shares with the interval of Wilson (1927, JASA 22)."""

from statsmodels.stats.proportion import proportion_confint


def describe_share(number: int, of: int, confidence: float) -> dict[str, float | None]:
    """Describe how many of some there were.

    Args:
        number: How many.
        of: Of how many.
        confidence: Such as 0.95.

    Returns:
        ``value``, ``low``, ``high``; None of none.
    """
    if not of:
        return {"value": None, "low": None, "high": None}
    low, high = proportion_confint(number, of, 1 - confidence, "wilson")
    return {"value": number / of, "low": float(low), "high": float(high)}
