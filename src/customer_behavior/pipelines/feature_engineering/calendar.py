"""When features and labels are taken, and what they are for."""

from dataclasses import dataclass
from datetime import date, timedelta

import pandas as pd
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from customer_behavior.pipelines.feature_engineering.parameters import FeatureParameters
from customer_behavior.pipelines.ingestion.outages import collect_outages

_ROLES = ("train", "validation", "test", "score")
_COLUMNS = (
    "snapshot_date", "role", "reason", "history_start", "label_end", "outage_share",
    "data_start", "data_end", "reference_end",
)  # fmt: skip

Times = list[tuple[pd.Timestamp, pd.Timestamp]]


@dataclass(frozen=True)
class Calendar:
    """What the calendar says to those who make features.

    Attributes:
        data_start: Day of the first event.
        data_end: Day after the last event.
        reference_end: Whatever is fitted here sees events before this day only.
        roles: Role by snapshot, in their order.
    """

    data_start: date | None
    data_end: date | None
    reference_end: date | None
    roles: dict[date, str]

    @classmethod
    def of(cls, snapshot_calendar: pd.DataFrame) -> "Calendar":
        """Read the table."""
        first = snapshot_calendar.iloc[0]
        used = snapshot_calendar.dropna(subset=["snapshot_date", "role"])
        return cls(
            data_start=first["data_start"],
            data_end=first["data_end"],
            reference_end=first["reference_end"],
            roles=dict(sorted(zip(used["snapshot_date"], used["role"], strict=True))),
        )

    @property
    def learned_until(self) -> date:
        """Day on which validation begins; all time where there is none."""
        return self.first("validation") or date.max

    def first(self, role: str) -> date | None:
        """First snapshot of a role, None where it has none."""
        return next((day for day, its_role in self.roles.items() if its_role == role), None)


def build_snapshot_calendar(
    events: DataFrame, purchase_outages: DataFrame, parameters: FeatureParameters
) -> pd.DataFrame:
    """Lay weekly snapshots backwards from the end of the data, and give each a role.

    Labels of an earlier role end before the next role's snapshot begins.

    Args:
        events: One row per event.
        purchase_outages: One row per time in which purchases were not recorded.
        parameters: ``calendar`` and ``customers.windows``.

    Returns:
        One row per weekly snapshot, and one per role that no snapshot could fill.

        - ``snapshot_date`` (date): features look back from this midnight, labels ahead; null where
          a role is unfilled.
        - ``role`` (string): ``train``, ``validation``, ``test``, ``score``; null where the snapshot
          is left out.
        - ``reason`` (string): why it is left out, or the role unfilled; else null.
        - ``history_start``, ``label_end`` (date): ``snapshot_date`` less ``history_days``, plus
          ``horizon_days``.
        - ``outage_share`` (double): share of the label window that is purchase outage.
        - ``purchase_observable_share_{w}`` (double): as in customer_snapshots.
        - ``data_start``, ``data_end`` (date): day of the first event; day after the last one (the
          same in all rows).
        - ``reference_end`` (date): end of the reference period: the earliest train snapshot;
          without one the earliest snapshot with a role (the same in all rows).

        The newest snapshot is ``data_end``, with role ``score`` whatever its history; the others
        lie ``step_days`` apart before it, down to ``data_start``. Of these, those whose history
        begins before ``data_start``, or whose ``outage_share`` is above ``max_outage_share``, are
        left out. Of the rest, test is the latest whose ``label_end`` is not after ``data_end``,
        validation the latest whose ``label_end`` is not after the test snapshot, train all whose
        ``label_end`` is not after the validation snapshot; those between are left out. Without a
        test snapshot there is no validation, and without validation no training.
    """
    data_start, data_end = _days_of_data(events)
    outages = list(collect_outages(purchase_outages).itertuples(index=False, name=None))
    snapshots = _Snapshots(data_start, data_end, outages, parameters)
    rows = snapshots.rows()
    filled = {row["role"] for row in rows}
    unfilled = [
        {"role": role, "reason": "no snapshot has enough history before it and labels behind it"}
        for role in _ROLES
        if role not in filled
    ]
    reference_end = min(
        (row["snapshot_date"] for row in rows if row["role"] == "train"), default=None
    )
    reference_end = reference_end or min(
        (row["snapshot_date"] for row in rows if row["role"]), default=None
    )
    shares = [f"purchase_observable_share_{days}" for days in parameters.customers.windows]
    calendar = pd.DataFrame(rows + unfilled, columns=[*_COLUMNS, *shares])
    return calendar.assign(
        data_start=data_start, data_end=data_end, reference_end=reference_end
    ).astype({"outage_share": float} | dict.fromkeys(shares, float))


def _days_of_data(events: DataFrame) -> tuple[date | None, date | None]:
    """Day of the first event, and day after the last one."""
    first, last = events.agg(F.min("event_date"), F.max("event_date")).first()
    return first, last + timedelta(days=1) if last else None


class _Snapshots:
    def __init__(
        self,
        data_start: date | None,
        data_end: date | None,
        outages: Times,
        parameters: FeatureParameters,
    ) -> None:
        self._data_start, self._data_end = data_start, data_end
        self._outages = outages
        self._settings = parameters.calendar
        self._windows = parameters.customers.windows

    def rows(self) -> list[dict[str, object]]:
        """Describe all snapshots, the latest first."""
        if self._data_start is None or self._data_end is None:
            return []
        step = timedelta(days=self._settings.step_days)
        number = (self._data_end - self._data_start) // step
        days = [self._data_end - i * step for i in range(number + 1)]
        found, before, roles = [], self._data_end, ["train", "validation", "test"]
        for day in days:
            row = self._describe(day)
            if day == self._data_end:
                row |= {"role": "score", "reason": None}
            elif row["reason"] is None:
                if row["label_end"] > before:  # type: ignore[operator]
                    row["reason"] = "its labels reach into the next role's features"
                else:
                    row["role"] = roles[-1]
                    if len(roles) > 1:
                        before = day
                        roles.pop()
            found.append(row)
        return found

    def _describe(self, day: date) -> dict[str, object]:
        history_start = day - timedelta(days=self._settings.history_days)
        label_end = day + timedelta(days=self._settings.horizon_days)
        outage = self._outage_share(day, label_end)
        reason = None
        if history_start < self._data_start:  # type: ignore[operator]
            reason = "its history begins before the data"
        elif outage > self._settings.max_outage_share:
            reason = "purchases were not recorded in too much of its label window"
        row = {
            "snapshot_date": day,
            "role": None,
            "reason": reason,
            "history_start": history_start,
            "label_end": label_end,
            "outage_share": outage,
        }
        for days in self._windows:
            row[f"purchase_observable_share_{days}"] = self._observable_share(day, days)
        return row

    def _outage_time(self, begin: date, end: date) -> pd.Timedelta:
        start, stop = pd.Timestamp(begin), pd.Timestamp(end)
        none = pd.Timedelta(0)
        return sum((max(none, min(stop, e) - max(start, s)) for s, e in self._outages), start=none)

    def _outage_share(self, begin: date, end: date) -> float:
        """Share of a time that is outage."""
        return self._outage_time(begin, end) / pd.Timedelta(end - begin)

    def _observable_share(self, day: date, days: int) -> float:
        """Share of the days before a snapshot in which purchases could be seen."""
        begin = max(day - timedelta(days=days), self._data_start)  # type: ignore[type-var]
        seen = pd.Timedelta(day - begin) - self._outage_time(begin, day)
        return max(0.0, seen / pd.Timedelta(days=days))
