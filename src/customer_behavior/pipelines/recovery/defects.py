"""Whether the planted defects of simulated events are found."""

from typing import Any

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from customer_behavior.pipelines.ingestion.ledger import source_id
from customer_behavior.pipelines.simulation.planted import LEAST_EVENTS_OF_A_BOT
from customer_behavior.pipelines.simulation.visits import LASTING

# Events that were not logged can be found by nobody.
_NEVER_LOGGED = ("carts_lost", "purchases_lost")
# A customer with so little time between events, in most sessions, is a program.
_BOT_SECONDS_BETWEEN_EVENTS = 2


def measure_ingestion_recovery(
    simulation_truth_files: dict[str, Any] | None,
    simulation_truth_defects: dict[str, Any] | None,
    ingestion_ledger: dict[str, Any],
    events: DataFrame,
    purchase_outages: DataFrame,
) -> dict[str, Any]:
    """Compare what was found with what was planted.

    Args:
        simulation_truth_files: SHA-256 of the simulated files; None for events that are not
            simulated.
        simulation_truth_defects: What was planted, by defect; None for these.
        ingestion_ledger: Duplicates and rejects that were found.
        events: One row per event.
        purchase_outages: One row per outage that was found.

    Returns:
        ``source_id``, ``status`` (``ok``, or ``no planted truth`` for events that are not, or not
        all and only, the simulated ones; then with the ``reason``) and by task what was
        ``planted`` and ``found``. Task ``ingestion``: numbers by defect, and the outages as pairs
        of start and end.
    """
    input_id = ingestion_ledger["source_id"]
    if reason := _why_not(simulation_truth_files, simulation_truth_defects, ingestion_ledger):
        return {"source_id": input_id, "status": "no planted truth", "reason": reason}
    found = {
        **_find_in_ledger(ingestion_ledger),
        **_find_in_events(events),
        "purchase_outages": _describe_outages(purchase_outages),
    }
    planted = _flatten(simulation_truth_defects)
    compared = {
        name: {"planted": planted.get(name, 0), "found": found.get(name, 0)}
        for name in sorted(planted.keys() | found.keys())
        if name not in _NEVER_LOGGED
    }
    return {"source_id": input_id, "status": "ok", "ingestion": compared}


def _why_not(
    files: dict[str, Any] | None, defects: dict[str, Any] | None, ledger: dict[str, Any]
) -> str | None:
    """Tell why what was found cannot be compared with what was planted; None if it can."""
    if files is None or defects is None:
        return "raw_events is no folder of simulated events"
    sha256 = [file["sha256"] for file in files["event_files"].values()]
    if source_id(sha256) != ledger["source_id"]:
        return "the events are not those that were simulated, or not all of them"
    if ledger["total"]["rows_read"] != sum(file["rows"] for file in ledger["files"]):
        return "some months were never ingested"
    return None


def _flatten(defects: dict[str, Any]) -> dict[str, Any]:
    """Put a dot between a thing and its kind, and add up the rows of the months."""
    flat: dict[str, Any] = {"rows": sum(defects["rows"].values())}
    for thing, value in defects.items():
        if thing != "rows":
            kinds = value.items() if isinstance(value, dict) else [("", value)]
            flat |= {f"{thing}.{kind}" if kind else thing: number for kind, number in kinds}
    return flat


def _find_in_ledger(ledger: dict[str, Any]) -> dict[str, int]:
    total = ledger["total"]
    duplicates = {f"duplicates.{kind}": n for kind, n in total["rows_duplicate"].items()}
    rejects = {f"quarantined.{why}": n for why, n in total["rows_quarantined"].items()}
    return {"rows": total["rows_read"]} | duplicates | rejects


def _find_in_events(events: DataFrame) -> dict[str, int]:
    sessions = _summarise_sessions(events)
    has_purchase = F.col("first_month_purchases") > 0
    in_sessions = sessions.agg(
        F.sum("views_without_price").alias("views_with_price_zero"),
        F.count_if("lasts").alias("lasting_sessions"),
        (F.count("*") - F.count_distinct("user_session")).alias("shared_sessions"),
        F.count_if(has_purchase).alias("first_month.purchase_sessions"),
        F.count_if(has_purchase & (F.col("first_month_carts") == 0)).alias(
            "first_month.purchase_sessions_without_cart"
        ),
    ).first()
    is_bot = (F.col("events") >= LEAST_EVENTS_OF_A_BOT) & (
        F.col("pace") <= _BOT_SECONDS_BETWEEN_EVENTS
    )
    bots = (
        sessions.groupBy("user_id")
        .agg(F.sum("events").alias("events"), F.median("pace").alias("pace"))
        .filter(is_bot)
        .count()
    )
    return in_sessions.asDict() | {"bots": bots}


def _summarise_sessions(events: DataFrame) -> DataFrame:
    """One row per (user_id, user_session)."""
    seconds = F.unix_timestamp(F.max("event_time")) - F.unix_timestamp(F.min("event_time"))
    first_month = events.agg(F.min("event_month").alias("first_month"))
    is_first_month = F.col("event_month") == F.col("first_month")
    return (
        events.crossJoin(F.broadcast(first_month))
        .groupBy("user_id", "user_session")
        .agg(
            F.count("*").alias("events"),
            (seconds >= LASTING).alias("lasts"),
            F.try_divide(seconds, F.count("*") - 1).alias("pace"),
            _count(F.col("event_type") == "view", F.col("price").isNull()).alias(
                "views_without_price"
            ),
            _count(F.col("event_type") == "cart", is_first_month).alias("first_month_carts"),
            _count(F.col("event_type") == "purchase", is_first_month).alias(
                "first_month_purchases"
            ),
        )
    )


def _count(one: Column, other: Column) -> Column:
    return F.count_if(one & other)


def _describe_outages(purchase_outages: DataFrame) -> list[list[str]]:
    # As text by Spark, in UTC: Python would make them times of this computer's zone.
    as_text = [F.col(name).cast("string") for name in ("start", "end")]
    return [list(row) for row in purchase_outages.orderBy("start").select(*as_text).collect()]
