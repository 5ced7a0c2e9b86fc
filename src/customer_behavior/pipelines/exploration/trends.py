"""What categories and brands do from month to month."""

import numpy as np
import pandas as pd

from customer_behavior.pipelines.exploration.activity import MEASURES
from customer_behavior.pipelines.exploration.amounts import Amounts
from customer_behavior.pipelines.exploration.noise import compare_months, exceeds_noise
from customer_behavior.pipelines.exploration.parameters import ExplorationParameters

#: What is not among the most viewed is summed up under this name.
OTHERS = "all others"
_CHANGES = ["change", "change_low", "change_high", "change_exceeds_noise"]
_SHARE_CHANGES = [f"share_{name}" for name in _CHANGES]


def measure_category_trends(
    event_counts: pd.DataFrame,
    group_counts: pd.DataFrame,
    events_by_day: pd.DataFrame,
    parameters: ExplorationParameters,
) -> pd.DataFrame:
    """Follow the first and second level of categories from month to month.

    Args:
        event_counts: Counts by day, event type and dimension.
        group_counts: Counts by month and group of customers.
        events_by_day: How much of each day was observed.
        parameters: ``most_items``, ``min_events``, ``confidence``.

    Returns:
        One row per (``dimension``, ``item``, ``measure``, ``event_month``), dimensions being
        ``category_l1`` and ``category_l2``, measures ``views``, ``carts``, ``purchases`` and
        ``revenue``.

        - ``amount``: of the month.
        - ``per_day``: of observed time; for purchases and revenue without outages.
        - ``share``: of the month's total.
        - ``previous_month``: with which the month is compared.
        - ``change``, ``share_change``: of ``per_day`` and of ``share`` (0.1 is 10 % more), each
          with its interval, ``_low`` and ``_high``, and ``_exceeds_noise``.
    """
    levels = ["category_l1", "category_l2"]
    tables = [
        measure_trends(event_counts, group_counts, events_by_day, level, parameters)
        for level in levels
    ]
    return pd.concat(tables, ignore_index=True)


def measure_brand_trends(
    event_counts: pd.DataFrame,
    group_counts: pd.DataFrame,
    events_by_day: pd.DataFrame,
    parameters: ExplorationParameters,
) -> pd.DataFrame:
    """Follow brands from month to month: see ``measure_category_trends``.

    Returns:
        The columns of category_trends, the dimension being ``brand``.
    """
    return measure_trends(event_counts, group_counts, events_by_day, "brand", parameters)


def measure_trends(
    event_counts: pd.DataFrame,
    group_counts: pd.DataFrame,
    events_by_day: pd.DataFrame,
    dimension: str,
    parameters: ExplorationParameters,
) -> pd.DataFrame:
    """Follow the items of one dimension from month to month.

    Args:
        event_counts: Counts by day, event type and dimension.
        group_counts: Counts by month and group of customers.
        events_by_day: ``observed_hours`` and ``outage_hours`` of each day.
        dimension: ``category_l1``, ``category_l2`` or ``brand``.
        parameters: The ``most_items`` with the most events stand for themselves. With fewer than
            ``min_events`` events of a kind in both months together the change is withheld.

    Returns:
        One row per (``dimension``, ``item``, ``measure``, ``event_month``), measures being
        ``views``, ``carts``, ``purchases`` and ``revenue``: ``amount``, ``per_day`` (of observed
        time; for purchases and revenue without outages), ``share`` of the month's total; against
        ``previous_month`` the ``change`` of ``per_day`` and the ``share_change`` of ``share``
        (0.1 is 10 % more), each with ``_low``, ``_high`` and ``_exceeds_noise``.
    """
    counts = event_counts[event_counts["dimension"] == dimension]
    groups = group_counts[group_counts["dimension"] == dimension]
    most = _find_most(counts, parameters.most_items)
    counts, groups = (
        table.assign(item=table["item"].where(table["item"].isin(most), OTHERS))
        for table in (counts, groups)
    )
    tables = [
        _measure_trend(
            Amounts(counts, groups, events_by_day, measure, parameters.customer_groups), parameters
        )
        for measure in MEASURES
    ]
    table = pd.concat(tables, ignore_index=True).assign(dimension=dimension)
    keys = ["dimension", "item", "measure", "event_month"]
    columns = ["amount", "per_day", "share", "previous_month", *_CHANGES, *_SHARE_CHANGES]
    return table[[*keys, *columns]].sort_values(keys, ignore_index=True)


def _find_most(counts: pd.DataFrame, most_items: int) -> pd.Series:
    totals = counts.groupby("item")["events"].sum().reset_index()
    ranked = totals.sort_values(["events", "item"], ascending=[False, True])
    return ranked["item"].head(most_items)


def _measure_trend(amounts: Amounts, parameters: ExplorationParameters) -> pd.DataFrame:
    names = ["item", "amount", "per_day", "share", *_CHANGES, *_SHARE_CHANGES]
    tables = [pd.DataFrame(columns=[*names, "event_month", "previous_month", "measure"])]
    previous = None
    for month in amounts.months:
        table = _describe(amounts, month).join(_compare(amounts, previous, month, parameters))
        table = table.assign(event_month=month, previous_month=previous, measure=amounts.measure)
        tables.append(table.reset_index())
        previous = month
    return pd.concat(tables[1:] or tables)


def _describe(amounts: Amounts, month: str) -> pd.DataFrame:
    amount = pd.Series(amounts.by_day(month).sum(axis=1), index=amounts.items, name="amount")
    total, observed = amount.sum(), amounts.days(month).sum()
    table = amount.to_frame()
    table["per_day"] = amount / observed if observed > 0 else np.nan
    table["share"] = amount / total if total > 0 else np.nan
    return table


def _compare(
    amounts: Amounts, previous: str | None, month: str, parameters: ExplorationParameters
) -> pd.DataFrame:
    """Changes per observed day and of the share in the total, each with its interval."""
    names = [*_CHANGES, *_SHARE_CHANGES]
    if previous is None:
        withheld = pd.DataFrame(np.nan, index=amounts.items, columns=names)
        return withheld.assign(change_exceeds_noise=False, share_change_exceeds_noise=False)
    both = [previous, month]
    number, unit = amounts.unit(both)
    tables = []
    for months in (
        [amounts.per_day(m, unit) for m in both],
        [amounts.share(m, unit) for m in both],
    ):
        found = compare_months(*months, parameters.confidence)
        found.loc[number < parameters.min_events] = np.nan
        found["exceeds_noise"] = exceeds_noise(found.pop("p_value"), parameters.confidence)
        tables.append(found)
    return pd.concat(tables, axis=1).set_axis(names, axis=1).set_index(amounts.items)
