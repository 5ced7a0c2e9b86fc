"""Whether a result may stand in the report: no result of one input stands beside another's."""

from collections.abc import Callable
from typing import Any

from customer_behavior.pipelines.reporting.blocks import Block, section


def judge(
    result: dict[str, Any] | None,
    pipeline: str,
    ingestion_ledger: dict[str, Any],
    model_source_id: str | None = None,
) -> dict[str, Any]:
    """Say whether a result is of the current input, and what to do where it is not.

    Args:
        result: Has ``source_id`` and ``status``; None where its pipeline has not been run.
        pipeline: The one that makes it.
        ingestion_ledger: Has the ``source_id`` of the current input.
        model_source_id: The input that the model behind the current predictions was trained on.

    Returns:
        ``is_shown``; ``note`` (None where there is nothing to say) and ``command``, which would
        make it.
    """
    if result is None:
        return _state(f"The pipeline {pipeline} has not been run yet.", pipeline)
    made_from = result["source_id"]
    if made_from == ingestion_ledger["source_id"]:
        return _judge_status(result, pipeline)
    if made_from == model_source_id and result["status"] == "ok":
        note = f"Evaluated on an earlier input ({made_from[:12]}), which the model was trained on."
        return _state(note, pipeline, is_shown=True)
    note = f"What is there comes from another input ({made_from[:12]}), and is left out."
    return _state(note, pipeline)


def _judge_status(result: dict[str, Any], pipeline: str) -> dict[str, Any]:
    if result["status"] == "ok":
        return {"is_shown": True, "note": None, "command": None}
    return _state(f"Not enough data: {result.get('reason', 'no reason is given')}.", pipeline)


def _state(note: str, pipeline: str, is_shown: bool = False) -> dict[str, Any]:
    command = f"kedro run --pipelines={pipeline}"
    return {"is_shown": is_shown, "note": note, "command": command}


def section_of(
    title: str, lead: str, state: dict[str, Any], describe: Callable[[], list[Block]]
) -> Block:
    """Make a section, and describe its result only where that may be shown."""
    return section(title, lead, state, describe() if state["is_shown"] else [])


def is_current(result: dict[str, Any] | None, ingestion_ledger: dict[str, Any]) -> bool:
    """Say whether a result is there, of the current input, and not empty."""
    return (
        result is not None
        and result["source_id"] == ingestion_ledger["source_id"]
        and result["status"] == "ok"
    )
