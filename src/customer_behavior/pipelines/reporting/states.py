"""Whether a result may stand in the report: no result of one input stands beside another's."""

from collections.abc import Callable
from typing import Any

from customer_behavior.pipelines.reporting.blocks import Block, section
from customer_behavior.pipelines.reporting.wording import words

_OK, _INCOMPLETE = "ok", "incomplete"


def judge(
    result: dict[str, Any] | None,
    pipeline: str,
    ingestion_ledger: dict[str, Any],
    customer_360_summary: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """Say whether a result is of the current input, and what to do where it is not.

    Args:
        result: Has ``source_id`` and ``status``; None where its pipeline has not been run.
        pipeline: The one that makes it.
        ingestion_ledger: Has the ``source_id`` of the current input.
        customer_360_summary: Has ``model_source_ids``, the inputs that the models behind the
            current predictions were trained on. What was evaluated there may be shown, and says so.

    Returns:
        ``is_shown``; ``note`` (None where there is nothing to say) and ``command``, which would
        make it.
    """
    if result is None:
        return _state(f"The pipeline {pipeline} has not been run yet.", pipeline)
    made_from, status = result["source_id"], result["status"]
    if made_from == ingestion_ledger["source_id"]:
        return _judge_status(result, pipeline)
    if made_from in model_source_ids(customer_360_summary) and status == _OK:
        note = f"Evaluated on an earlier input ({made_from[:12]}), which the model was trained on."
        return _state(note, pipeline, is_shown=True)
    note = f"What is there comes from another input ({made_from[:12]}), and is left out."
    return _state(note, pipeline)


def _judge_status(result: dict[str, Any], pipeline: str) -> dict[str, Any]:
    status = result["status"]
    if status == _OK:
        return {"is_shown": True, "note": None, "command": None}
    note = f"{words(status).capitalize()}: {result.get('reason', 'no reason is given')}."
    return _state(note, pipeline, is_shown=status == _INCOMPLETE)


def _state(note: str, pipeline: str, is_shown: bool = False) -> dict[str, Any]:
    command = f"kedro run --pipelines={pipeline}"
    return {"is_shown": is_shown, "note": note, "command": command}


def model_source_ids(customer_360_summary: dict[str, Any] | None) -> set[str]:
    """List the inputs that the models behind the current predictions were trained on."""
    if customer_360_summary is None:
        return set()
    return set(customer_360_summary["model_source_ids"].values()) - {None}


def section_of(
    title: str, lead: str | None, state: dict[str, Any], describe: Callable[[], list[Block]]
) -> Block:
    """Make a section, and describe its result only where that may be shown."""
    return section(title, lead, state, describe() if state["is_shown"] else [])


def if_complete(result: dict[str, Any] | None, *tables: Any) -> dict[str, Any] | None:
    """Give a result, or None where a table beside it is missing: its pipeline did not end."""
    return None if any(table is None for table in tables) else result


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
    return (
        result is not None and result["status"] == _OK and result["source_id"] == other["source_id"]
    )
