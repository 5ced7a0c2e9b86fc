"""Whether a result may stand in the report: no result of one input stands beside another's."""

from collections.abc import Callable, Collection
from typing import Any

import pandas as pd

from customer_behavior.pipelines.reporting.blocks import Block, section
from customer_behavior.pipelines.reporting.wording import words

_OK, _INCOMPLETE = "ok", "incomplete"
# The tables that the pipeline reads are of the other input, too.
_ANEW = "kedro run"


def judge(
    result: dict[str, Any] | None,
    pipeline: str,
    ingestion_ledger: dict[str, Any],
    trained_on: Collection[str] = (),
) -> dict[str, Any]:
    """Say whether a result is of the current input, and what to do where it is not.

    Args:
        result: Has ``source_id`` and ``status``; None where its pipeline has not been run.
        pipeline: The one that makes it.
        ingestion_ledger: Has the ``source_id`` of the current input.
        trained_on: The input that the model behind the current predictions was trained on, from
            ``inputs_of_models``. What was evaluated there may be shown, and says so.

    Returns:
        ``is_shown``; ``note`` (None where there is nothing to say) and ``command``, which would
        make it, None where none would help.
    """
    if result is None:
        return _state(f"The pipeline {pipeline} has not been run yet.", pipeline)
    made_from, status = result["source_id"], result["status"]
    if made_from == ingestion_ledger["source_id"]:
        return _judge_status(result)
    if made_from in trained_on and status == _OK:
        note = f"Evaluated on an earlier input ({made_from[:12]}), which the model was trained on."
        return _state(note, pipeline, is_shown=True)
    note = f"What is there comes from another input ({made_from[:12]}), and is left out."
    return _state(note, pipeline) | {"command": _ANEW}


def _judge_status(result: dict[str, Any]) -> dict[str, Any]:
    """The same command would come to the same; reasons name the one that would not."""
    status = result["status"]
    if status == _OK:
        return {"is_shown": True, "note": None, "command": None}
    note = f"{words(status).capitalize()}: {result.get('reason', 'no reason is given')}."
    return {"is_shown": status == _INCOMPLETE, "note": note, "command": None}


def _state(note: str, pipeline: str, is_shown: bool = False) -> dict[str, Any]:
    command = f"kedro run --pipelines={pipeline}"
    return {"is_shown": is_shown, "note": note, "command": command}


def inputs_of_models(
    customer_360_summary: dict[str, Any] | None,
    ingestion_ledger: dict[str, Any],
    *models: str,
) -> set[str]:
    """List the inputs that models behind the predictions of the current customers learnt from.

    Args:
        customer_360_summary: Has ``model_source_ids``: by model, such as ``propensity``.
        ingestion_ledger: Has the ``source_id`` of the current input.
        models: Which ones; all, where none is named.
    """
    customers = of_the_current_input(customer_360_summary, ingestion_ledger)
    if customers is None:
        return set()
    known = customers["model_source_ids"]
    return {known.get(model) for model in models or known} - {None}


def forecast_days(
    report_rows: dict[str, Any],
    customer_360_summary: dict[str, Any] | None,
    ingestion_ledger: dict[str, Any],
) -> list[dict[str, Any]]:
    """The days of the forecast; none where it does not begin at the end of the current data."""
    days, current = report_rows["revenue_forecast"], ingestion_ledger["source_id"]
    customers = of_the_current_input(customer_360_summary, ingestion_ledger)
    if not days or customers is None:
        return []
    known = inputs_of_models(customer_360_summary, ingestion_ledger) | {current}
    is_current = days[0]["event_date"] == customers["snapshot_date"]
    return days if is_current and days[0]["model_source_id"] in known else []


def usable(
    result: dict[str, Any] | None,
    ingestion_ledger: dict[str, Any],
    trained_on: Collection[str] = (),
) -> dict[str, Any] | None:
    """A result that may be quoted beside others; None where it may not, as ``judge`` says."""
    if result is None or result["status"] != _OK:
        return None
    return result if result["source_id"] in {ingestion_ledger["source_id"], *trained_on} else None


def complete(result: dict[str, Any] | None, *tables: pd.DataFrame | None) -> dict[str, Any] | None:
    """A result; None where a table that belongs to it is missing: its run was cut off."""
    return None if any(table is None for table in tables) else result


def of_the_current_input(
    result: dict[str, Any] | None, ingestion_ledger: dict[str, Any]
) -> dict[str, Any] | None:
    """A result, whatever its status; None where it is of another input."""
    if result is None or result["source_id"] != ingestion_ledger["source_id"]:
        return None
    return result


def section_of(
    title: str, lead: str | None, state: dict[str, Any], describe: Callable[[], list[Block]]
) -> Block:
    """Make a section, and describe its result only where that may be shown."""
    return section(title, lead, state, describe() if state["is_shown"] else [])


def truth_of(
    task: str, evaluation: dict[str, Any], recovery: dict[str, Any] | None
) -> dict[str, Any] | None:
    """Find what recovery says of a task, if it is about the same input as its evaluation."""
    if not is_of_the_same_input(recovery, evaluation):
        return None
    found = recovery.get(task)
    return found if is_of_the_same_input(found, evaluation) else None


def is_of_the_same_input(result: dict[str, Any] | None, other: dict[str, Any]) -> bool:
    """Say whether a result is there, not empty, and of the same input as another."""
    return usable(result, other) is not None
