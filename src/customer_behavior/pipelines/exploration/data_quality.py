"""How far the data can be trusted."""

from collections import Counter
from typing import Any

import pandas as pd

from customer_behavior.pipelines.exploration.event_counts import UNKNOWN

_COLUMNS = ["check", "event_month", "found", "of", "share"]


def check_data_quality(
    event_counts: pd.DataFrame,
    session_counts: pd.DataFrame,
    shared_sessions: pd.DataFrame,
    ingestion_ledger: dict[str, Any],
) -> pd.DataFrame:
    """Count what is missing, repeated, rejected or suspect.

    Args:
        event_counts: Counts by day, event type and dimension.
        session_counts: Counts of visits.
        shared_sessions: Session ids of several customers, by month.
        ingestion_ledger: What became of the lines that were read.

    Returns:
        One row per (``check``, ``event_month``): ``found``, ``of`` and their ``share``. Checks:
        ``category without name``, ``brand missing``, ``price 0`` (of events), ``duplicate rows``
        and ``rejected rows`` (of lines read), ``shared session ids`` (of ids), ``visits of
        suspected bots`` and ``visits in a purchase outage`` (of visits).
    """
    checks = [
        *_check_events(event_counts),
        *_check_sessions(session_counts, shared_sessions),
        _check_lines(ingestion_ledger),
    ]
    table = pd.concat(checks).astype({"found": int, "of": int})
    table["share"] = table["found"] / table["of"].where(table["of"] > 0)
    return table[_COLUMNS].sort_values(["check", "event_month"], ignore_index=True)


def _check_events(event_counts: pd.DataFrame) -> list[pd.DataFrame]:
    counts = event_counts.assign(
        event_month=event_counts["event_date"].str[:7],
        unnamed=event_counts["events"].where(event_counts["item"] == UNKNOWN, 0),
        unpriced=event_counts["events"] - event_counts["priced_events"],
    )
    names = {
        "category without name": ("category_l1", "unnamed"),
        "brand missing": ("brand", "unnamed"),
        "price 0": ("hour", "unpriced"),
    }
    return [
        _sum_by_month(counts[counts["dimension"] == dimension], column, "events", check)
        for check, (dimension, column) in names.items()
    ]


def _check_sessions(
    session_counts: pd.DataFrame, shared_sessions: pd.DataFrame
) -> list[pd.DataFrame]:
    visits = session_counts[session_counts["dimension"] == "all"]
    visits = visits.assign(
        bots=visits["sessions"].where(visits["is_suspected_bot"], 0),
        unobservable=visits["sessions"].where(~visits["is_observable"], 0),
    )
    return [
        _sum_by_month(visits, "bots", "sessions", "visits of suspected bots"),
        _sum_by_month(visits, "unobservable", "sessions", "visits in a purchase outage"),
        _sum_by_month(shared_sessions, "shared", "session_ids", "shared session ids"),
    ]


def _sum_by_month(table: pd.DataFrame, found: str, of: str, check: str) -> pd.DataFrame:
    sums = table.groupby("event_month", as_index=False)[[found, of]].sum()
    return sums.set_axis(["event_month", "found", "of"], axis=1).assign(check=check)


def _check_lines(ingestion_ledger: dict[str, Any]) -> pd.DataFrame:
    read: Counter[str] = Counter()
    found: Counter[tuple[str, str]] = Counter()
    for entry in ingestion_ledger["entries"]:
        month = entry["event_month"]
        read[month] += entry["rows_read"]
        found["duplicate rows", month] += sum(entry["rows_duplicate"].values())
        found["rejected rows", month] += sum(entry["rows_quarantined"].values())
    rows = [(check, month, number, read[month]) for (check, month), number in found.items()]
    return pd.DataFrame(rows, columns=["check", "event_month", "found", "of"])
