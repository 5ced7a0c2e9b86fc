"""The account of every line that was read."""

import hashlib
from collections import Counter
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from pyspark.sql import DataFrame, Row
from pyspark.sql import functions as F

from customer_behavior.datasets.landed_events import LandedFile
from customer_behavior.pipelines.ingestion.classification import count_lines_of_other_months
from customer_behavior.pipelines.ingestion.parameters import IngestionParameters

_AMOUNT = "decimal(18,4)"


class LedgerError(Exception):
    """Lines that were read are neither in the events nor set aside."""


def build_ingestion_ledger(
    landed_files: list[LandedFile],
    landed_lines: DataFrame,
    events: DataFrame,
    duplicate_events: DataFrame,
    quarantined_events: DataFrame,
    parameters: IngestionParameters,
) -> dict[str, Any]:
    """Account for every line, by counting the tables that were written.

    What must come out is known from the files themselves: their lines were counted when they were
    landed, before Spark saw them.

    Args:
        landed_files: One entry per file, with its ``rows``.
        landed_lines: One row per line; read only with ``months``, to count what they leave out.
        events: One row per distinct good event.
        duplicate_events: One row per exact repetition.
        quarantined_events: One row per rejected line.
        parameters: ``months`` that this run replaced.

    Returns:
        ``source_id``, which names the input by its bytes: the SHA-256 of the sorted SHA-256s of its
        files; ``total`` and ``entries``, one per (``source_file``, ``event_month``), each with
        ``rows_read`` = ``rows_kept`` + ``rows_quarantined`` (by reason) + ``rows_duplicate`` (by
        event type), the same for ``revenue`` (over purchase lines with a price; the others are
        counted as ``unpriced``); ``files`` with their size, SHA-256, ``rows``,
        ``rows_not_selected`` (those of months that this run was not asked for), how many of them
        have no month, and ``rows_replaced`` (those that an earlier file had in the months replaced
        since).

    Raises:
        LedgerError: If a file has more or fewer lines than are accounted for, or the tables have
            rows of files that were not landed.
    """
    counts = _count(events, duplicate_events, quarantined_events)
    left_out: dict[str, Row] = {}
    if parameters.months_to_replace:
        rows = count_lines_of_other_months(landed_lines, parameters).collect()
        left_out = {row.source_file: row for row in rows}
    _check(landed_files, counts, left_out, parameters.months_to_replace)
    keys = sorted({(row.source_file, row.event_month) for row in counts})
    in_tables = {source_file for source_file, _ in keys}
    files = [file for file in landed_files if file.is_current or file.source_file in in_tables]
    return {
        "source_id": source_id(file.sha256 for file in files),
        "total": _account(counts),
        "entries": [
            {"source_file": file, "event_month": month}
            | _account(row for row in counts if (row.source_file, row.event_month) == (file, month))
            for file, month in keys
        ],
        "files": [_describe(file, left_out, counts) for file in files],
    }


def _describe(file: LandedFile, left_out: dict[str, Row], counts: list[Row]) -> dict[str, Any]:
    row = left_out.get(file.source_file) if file.is_current else None
    in_tables = sum(count.rows for count in counts if count.source_file == file.source_file)
    return {
        "source_file": file.source_file,
        "bytes": file.bytes,
        "sha256": file.sha256,
        "rows": file.rows,
        "rows_not_selected": row.rows if row else 0,
        "rows_replaced": 0 if file.is_current else max(file.rows - in_tables, 0),
        "rows_of_unknown_month_not_selected": row.rows_of_unknown_month if row else 0,
    }


def source_id(sha256_of_files: Iterable[str]) -> str:
    """Name an input by its bytes: the SHA-256 of the sorted SHA-256s of its files."""
    return hashlib.sha256("".join(sorted(sha256_of_files)).encode()).hexdigest()


def _count(events: DataFrame, duplicates: DataFrame, quarantined: DataFrame) -> list[Row]:
    """Count rows and revenue per file, month, outcome and (reject reason or event type)."""
    kept = _rows_to_count(events, "kept", "event_type")
    repeated = _rows_to_count(duplicates, "duplicate", "event_type")
    rejected = _rows_to_count(quarantined, "quarantined", "reject_reason")
    # An event of price 0 has no price in the tables, but a known one.
    good = kept.unionByName(repeated).fillna({"price": 0.0})
    is_purchase = F.col("event_type") == "purchase"
    return (
        good.unionByName(rejected)
        .groupBy("source_file", "event_month", "outcome", "kind")
        .agg(
            F.count("*").alias("rows"),
            F.sum(F.when(is_purchase, F.col("price").cast(_AMOUNT))).alias("revenue"),
            F.count_if(is_purchase & F.col("price").isNull()).alias("unpriced"),
        )
        .collect()
    )


def _rows_to_count(table: DataFrame, outcome: str, kind: str) -> DataFrame:
    return table.select(
        "source_file",
        "event_month",
        F.lit(outcome).alias("outcome"),
        F.col(kind).alias("kind"),
        "event_type",
        "price",
    )


def _account(counts: Iterable[Row]) -> dict[str, Any]:
    rows: Counter[str] = Counter()
    revenue = dict.fromkeys(["kept", "duplicate", "quarantined"], Decimal(0))
    duplicate: Counter[str] = Counter()
    quarantined: Counter[str] = Counter()
    unpriced = 0
    for row in counts:
        rows[row.outcome] += row.rows
        revenue[row.outcome] += row.revenue or 0
        unpriced += row.unpriced
        if row.outcome == "duplicate":
            duplicate[row.kind] += row.rows
        elif row.outcome == "quarantined":
            quarantined[row.kind] += row.rows
    return {
        "rows_read": rows.total(),
        "rows_kept": rows["kept"],
        "rows_quarantined": dict(sorted(quarantined.items())),
        "rows_duplicate": dict(sorted(duplicate.items())),
        "revenue_read": float(sum(revenue.values())),
        "revenue_kept": float(revenue["kept"]),
        "revenue_quarantined": float(revenue["quarantined"]),
        "revenue_duplicate": float(revenue["duplicate"]),
        "unpriced": unpriced,
    }


def _check(
    landed_files: list[LandedFile], counts: list[Row], left_out: dict[str, Row], months: list[str]
) -> None:
    unknown = {row.source_file for row in counts} - {file.source_file for file in landed_files}
    if unknown:
        raise LedgerError(
            f"The tables have rows of {', '.join(sorted(unknown))}, which this run did not land: "
            "run ingestion again, without ingestion.months."
        )
    accounted = Counter({name: row.rows for name, row in left_out.items()})
    for row in counts:
        if not months or row.event_month in months:
            accounted[row.source_file] += row.rows
    for file in landed_files:
        if file.is_current and file.rows != accounted[file.source_file]:
            raise LedgerError(
                f"The ledger does not add up: {file.source_file} has {file.rows} rows, but "
                f"{accounted[file.source_file]} are accounted for. Run ingestion again; if this "
                "stays, the file changes while it is read, or another run writes the same tables."
            )
