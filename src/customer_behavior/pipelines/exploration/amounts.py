"""One measure of some items, by day and by group of customers."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from customer_behavior.pipelines.exploration.activity import MEASURES
from customer_behavior.pipelines.exploration.noise import Month


class Amounts:
    """Views, carts, purchases or revenue of items."""

    def __init__(
        self,
        counts: pd.DataFrame,
        group_counts: pd.DataFrame,
        events_by_day: pd.DataFrame,
        measure: str,
        customer_groups: int,
    ) -> None:
        """Bring the counts of one dimension into tables of items by days, and by groups.

        Args:
            counts: One row per (day, event type, item), or several.
            group_counts: One row per (month, event type, group of customers, item), or several.
            events_by_day: ``observed_hours`` and ``outage_hours`` of each day.
            measure: A key of ``MEASURES``.
            customer_groups: Number of groups.
        """
        event_type, column = MEASURES[measure]
        self.measure = measure
        self.months = sorted(set(events_by_day["event_month"]))
        self.items = pd.Index(sorted(set(counts["item"])), name="item", dtype=object)
        self._month_of_day = events_by_day["event_month"].to_numpy()
        self._days = _observed_days(events_by_day, is_purchase=event_type == "purchase")
        rows = counts[counts["event_type"] == event_type]
        dates = events_by_day["event_date"]
        self._amounts = self._spread_out(rows, column, "event_date", dates)
        self._events = self._spread_out(rows, "events", "event_date", dates)
        of_type = group_counts[group_counts["event_type"] == event_type]
        groups = range(customer_groups)
        self._groups = {
            month: self._spread_out(rows, column, "customer_group", groups)
            for month, rows in of_type.groupby("event_month")
        }
        self._no_group = np.zeros((len(self.items), customer_groups))

    def by_day(self, month: str) -> NDArray[np.float64]:
        """Items by the days of a month."""
        return self._amounts[:, self._month_of_day == month]

    def days(self, month: str) -> NDArray[np.float64]:
        """For how much of each day of a month the measure could be seen."""
        return self._days[self._month_of_day == month]

    def unit(self, months: list[str]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Number of events of each item, and the amount of one: for revenue the mean price."""
        chosen = np.isin(self._month_of_day, months)
        number = self._events[:, chosen].sum(axis=1)
        amount = self._amounts[:, chosen].sum(axis=1)
        return number, np.where(amount > 0, amount / np.maximum(number, 1), 1.0)[:, None]

    def per_day(self, month: str, unit: NDArray[np.float64]) -> Month:
        """A month, to be compared by observed time."""
        by_day, by_group = self.by_day(month) / unit, self._by_group(month) / unit
        return Month(by_day, self.days(month)[None, :], by_group)

    def share(self, month: str, unit: NDArray[np.float64]) -> Month:
        """A month, to be compared by the total of all items."""
        by_day, by_group = self.by_day(month), self._by_group(month)
        of_days, of_groups = by_day.sum(axis=0) / unit, by_group.sum(axis=0) / unit
        return Month(by_day / unit, of_days, by_group / unit, of_groups)

    def _by_group(self, month: str) -> NDArray[np.float64]:
        return self._groups.get(month, self._no_group)

    def _spread_out(
        self, rows: pd.DataFrame, values: str, name: str, columns: pd.Series | range
    ) -> NDArray[np.float64]:
        """Items by columns, 0 where nothing happened."""
        table = rows.pivot_table(values=values, index="item", columns=name, aggfunc="sum")
        return table.reindex(index=self.items, columns=columns).fillna(0).to_numpy(dtype=float)


def _observed_days(events_by_day: pd.DataFrame, is_purchase: bool) -> NDArray[np.float64]:
    """Views and carts are recorded in an outage too."""
    hours = events_by_day["observed_hours"]
    if is_purchase:
        hours = hours - events_by_day["outage_hours"]
    return hours.to_numpy(dtype=float) / 24
