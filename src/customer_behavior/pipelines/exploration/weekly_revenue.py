"""Why revenue changes from week to week."""

import numpy as np
import pandas as pd

from customer_behavior.pipelines.exploration.session_counts import BUYING_PATHS

#: Revenue is the product of these.
FACTORS = ("observed_days", "visits_per_day", "conversion", "order_value")


def take_revenue_apart(session_counts: pd.DataFrame, events_by_day: pd.DataFrame) -> pd.DataFrame:
    """Write each week's revenue as a product, and its change as a sum.

    Revenue = observed days x visits a day x conversion x order value. The change against the week
    before is shared out by the logarithmic mean Divisia index (Ang 2005, Energy Policy 33,
    867-871): factor x contributes L(now, before) * ln(x now / x before), L being the logarithmic
    mean of both revenues. The contributions add up to the change.

    Args:
        session_counts: Counts of visits. Suspected bots and visits in a purchase outage are left
            out; their revenue is ``revenue_left_out``.
        events_by_day: ``observed_hours`` and ``outage_hours`` of each day.

    Returns:
        One row per ``week`` (its Monday) with a visit, by a visit's first event:
        ``observed_days`` (without outages), ``visits``, ``buying_visits``, ``visits_per_day``,
        ``conversion`` (share of visits that buy), ``order_value`` (revenue per buying visit; a
        visit is an order), ``revenue``, ``revenue_left_out``, ``revenue_change`` against the week
        before in the table and ``from_<factor>``, which are empty where either has no revenue.
    """
    table = _sum_weeks(session_counts).join(_observed_days(events_by_day), how="left")
    table["observed_days"] = table["observed_days"].fillna(0.0)
    table["visits_per_day"] = _ratio(table["visits"], table["observed_days"])
    table["conversion"] = _ratio(table["buying_visits"], table["visits"])
    table["order_value"] = _ratio(table["revenue"], table["buying_visits"])
    table["revenue_change"] = table["revenue"].diff()
    logarithms = np.log(table[["revenue", *FACTORS]].where(table[["revenue", *FACTORS]] > 0))
    changes = logarithms.diff()
    mean = _logarithmic_mean(table["revenue"], changes["revenue"])
    for factor in FACTORS:
        table[f"from_{factor}"] = mean * changes[factor]
    first = ["observed_days", "visits", "buying_visits", "visits_per_day", "conversion"]
    amounts = ["order_value", "revenue", "revenue_left_out", "revenue_change"]
    return table[[*first, *amounts, *(f"from_{factor}" for factor in FACTORS)]].reset_index()


def _sum_weeks(session_counts: pd.DataFrame) -> pd.DataFrame:
    rows = session_counts[session_counts["dimension"] == "week"]
    is_counted = rows["is_observable"] & ~rows["is_suspected_bot"]
    is_buying = is_counted & rows["path"].isin(BUYING_PATHS)
    columns = {
        "visits": rows["sessions"].where(is_counted, 0),
        "buying_visits": rows["sessions"].where(is_buying, 0),
        "revenue": rows["revenue"].where(is_counted, 0.0),
        "revenue_left_out": rows["revenue"].where(~is_counted, 0.0),
    }
    return pd.DataFrame(columns).groupby(rows["item"].rename("week")).sum()


def _observed_days(events_by_day: pd.DataFrame) -> pd.DataFrame:
    hours = events_by_day["observed_hours"] - events_by_day["outage_hours"]
    return (hours.groupby(events_by_day["week"]).sum() / 24).to_frame("observed_days")


def _ratio(numerator: pd.Series, denominator: pd.Series) -> pd.Series:
    return numerator / denominator.where(denominator > 0)


def _logarithmic_mean(revenue: pd.Series, change_of_logarithm: pd.Series) -> pd.Series:
    """Of each revenue and the one before; of two equal ones it is that."""
    mean = revenue.diff() / change_of_logarithm.where(change_of_logarithm != 0)
    return mean.where(change_of_logarithm != 0, revenue).where(change_of_logarithm.notna())
