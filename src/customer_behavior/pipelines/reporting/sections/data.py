"""What the data hold, what was refused, and when purchases were not recorded."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from customer_behavior.pipelines.reporting.blocks import (
    MOST_ROWS,
    Block,
    facts,
    heading,
    paragraph,
    section,
    table,
)
from customer_behavior.pipelines.reporting.states import is_of_the_same_input
from customer_behavior.pipelines.reporting.wording import (
    NOTHING,
    count,
    percent,
    words,
)

_LEDGER = "ingestion_ledger"
_SUMS = ("rows_read", "rows_kept")
_PARTS = ("rows_quarantined", "rows_duplicate")


def report_data(
    ingestion_ledger: dict[str, Any],
    report_rows: dict[str, Any],
    recovery: dict[str, Any] | None = None,
) -> Block:
    """Say what was read, what was refused and why, and where purchases are missing.

    Args:
        ingestion_ledger: Accounts for every line of the input.
        report_rows: Has ``purchase_outages``.
        recovery: What was planted in simulated events and what was found; None where the pipeline
            has not been run.

    Returns:
        The section.
    """
    blocks = [
        _account(ingestion_ledger["total"]),
        _by_file(ingestion_ledger["entries"]),
        _by_outcome(ingestion_ledger["total"]),
        *_outages(report_rows["purchase_outages"]),
    ]
    if is_of_the_same_input(recovery, ingestion_ledger) and "ingestion" in recovery:
        blocks.append(_planted(recovery["ingestion"]))
    lead = "Every line of the input is an event, a duplicate, or refused with its reason."
    shown = {"is_shown": True, "note": None, "command": None}
    return section("What the data hold", lead, shown, blocks)


def _account(total: dict[str, Any]) -> Block:
    parts = " + ".join(
        f"{total[f'revenue_{name}']:,.2f} {said}"
        for name, said in [("kept", "kept"), ("quarantined", "refused"), ("duplicate", "duplicate")]
    )
    return facts(
        _LEDGER,
        [
            ("Lines read", count(total["rows_read"])),
            ("Events kept", _with_share(total["rows_kept"], total["rows_read"])),
            ("Refused", count(sum(total["rows_quarantined"].values()))),
            ("Duplicates", count(sum(total["rows_duplicate"].values()))),
            ("Revenue of purchase lines", f"{total['revenue_read']:,.2f} = {parts}"),
            ("Purchase lines without a readable price", count(total["unpriced"])),
        ],
    )


def _by_file(entries: Sequence[dict[str, Any]]) -> Block:
    rows = [_counts(entry, entry["source_file"], entry["event_month"]) for entry in entries]
    if len(rows) > MOST_ROWS:
        rest = rows[MOST_ROWS - 1 :]
        rows = [*rows[: MOST_ROWS - 1], [f"{len(rest)} others", NOTHING, *_added(rest)]]
    return table(
        "Lines by file and month: read = kept + refused + duplicates",
        _LEDGER,
        ["File", "Month", "Read", "Kept", "Refused", "Duplicates"],
        [_written(row) for row in rows],
        texts=["Month"],
        total=_written(["Total", "", *_added(rows)]),
    )


def _counts(entry: dict[str, Any], *names: str) -> list[Any]:
    parts = [sum(entry[part].values()) for part in _PARTS]
    return [*names, *(entry[name] for name in _SUMS), *parts]


def _added(rows: Sequence[list[Any]]) -> list[int]:
    places = range(2, 2 + len(_SUMS) + len(_PARTS))
    return [sum(row[place] for row in rows) for place in places]


def _written(row: list[Any]) -> list[str]:
    return [*row[:2], *map(count, row[2:])]


def _by_outcome(total: dict[str, Any]) -> Block:
    read = total["rows_read"]
    outcomes = Counter({"Kept": total["rows_kept"]})
    for part, said in zip(_PARTS, ("Refused", "Duplicate"), strict=True):
        outcomes |= {f"{said}: {words(name)}": rows for name, rows in total[part].items()}
    return table(
        "What became of the lines, by reason",
        _LEDGER,
        ["Outcome", "Lines", "Share"],
        [[name, count(rows), _share(rows, read)] for name, rows in outcomes.items()],
        total=["Read", count(sum(outcomes.values())), _share(sum(outcomes.values()), read)],
        most_rows=len(outcomes),
    )


def _outages(outages: list[dict[str, Any]]) -> list[Block]:
    if not outages:
        return [heading("Purchase outages"), paragraph("None was found.")]
    what = (
        "Views and carts went on, and no purchase was recorded. Labels, features and forecasts "
        "leave these times out."
    )
    rows = [
        [
            row["start"],
            row["end"],
            count(row["views"]),
            count(row["carts"]),
            count(row["expected_purchases"]),
        ]
        for row in outages
    ]
    columns = ["From (UTC)", "To", "Views", "Carts", "Purchases expected"]
    caption = "Times without a recorded purchase"
    shown = table(caption, "purchase_outages", columns, rows, texts=["To"])
    return [heading("Purchase outages"), paragraph(what), shown]


def _planted(found: dict[str, Any]) -> Block:
    rows = [
        [words(name).replace(".", ": "), count(row["planted"]), count(row["found"])]
        for name, row in found.items()
        if isinstance(row["planted"], int)
    ]
    caption = "Defects that were planted in the simulated events, and what was found"
    return table(caption, "recovery", ["Defect", "Planted", "Found"], rows)


def _with_share(rows: int, of: int) -> str:
    return f"{count(rows)} ({_share(rows, of)})"


def _share(rows: int, of: int) -> str:
    return percent(rows / of) if of else NOTHING
