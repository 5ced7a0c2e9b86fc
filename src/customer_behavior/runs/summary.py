"""What a run ends with: its headline numbers, where its results lie, and how to go on."""

import logging
from pathlib import Path
from typing import Any

from kedro.framework.hooks import hook_impl
from kedro.io import CatalogProtocol
from kedro.pipeline import Pipeline

from customer_behavior.expected_errors import expected_error, is_interruption
from customer_behavior.runs.nodes import FINISHED, duration, resume_from
from customer_behavior.runs.places import is_there, path_of
from customer_behavior.runs.record import LEDGER, MANIFEST, RunRecord

logger = logging.getLogger(__name__)

_HEADLINES = "headlines"
_SUMS, _CAMPAIGN = "customer_360_summary", "campaign_customers"
_MADE_BY_REPORTING = ("report", "customer_360", _CAMPAIGN)

Row = tuple[str, ...]


class RunSummary:
    """Ends the log of a run with a short table."""

    def __init__(self, record: RunRecord) -> None:
        """Create the hook.

        Args:
            record: The record of the same run.
        """
        self._record = record

    @hook_impl
    def after_pipeline_run(
        self, run_params: dict[str, Any], pipeline: Pipeline, catalog: CatalogProtocol
    ) -> None:
        """Say what has come out, and where it is."""
        statuses = [node.status for node in self._record.nodes.values()]
        done = f"{statuses.count(FINISHED)} of {len(statuses)} nodes"
        title = f"Finished: {done} in {duration(self._record.seconds())}."
        rows = [*_results(pipeline, catalog), *_places(catalog, [LEDGER, MANIFEST])]
        if (Path(run_params["project_path"]) / "Makefile").exists():
            rows.append(("lineage", "make viz"))
        _say(logging.INFO, title, rows)

    @hook_impl
    def on_pipeline_error(
        self, error: Exception, pipeline: Pipeline, catalog: CatalogProtocol
    ) -> None:
        """Say what has failed, and how to go on where the error does not say it itself."""
        if is_interruption(error):
            return  # the record says so
        failed = ", ".join(node.name for node in self._record.failed()) or "outside of a node"
        title = f"Failed after {duration(self._record.seconds())}: {failed}."
        rows = [(MANIFEST, _for_people(path_of(catalog, MANIFEST)))]
        if expected_error(error) is None:
            rows.append(("to go on", self._next_command(pipeline)))
        _say(logging.ERROR, title, rows)

    def _next_command(self, pipeline: Pipeline) -> str:
        runs = self._record.nodes
        finished = [run.status == FINISHED for run in runs.values()]
        if not any(finished) or all(finished):
            return "the same command again"
        return f"the same command with --from-nodes={','.join(resume_from(pipeline, runs))}"


def _results(pipeline: Pipeline, catalog: CatalogProtocol) -> list[Row]:
    """The headline numbers and the results that belong to them, where this run has made them."""
    made = pipeline.all_outputs()
    if _HEADLINES in made:
        headlines = catalog.load(_HEADLINES)["headlines"]
        numbers = [
            (one["label"], one["text"], one["baseline"] or one.get("note") or "")
            for one in headlines
        ]
        places = _places(catalog, [it for it in _MADE_BY_REPORTING if it in made])
        return [*numbers, *_mark_empty(places, catalog, made)]
    if _places(catalog, ["report"]):
        # What an ingestion replaces, all else is made from.
        anew = "kedro run" if LEDGER in made else "kedro run --pipelines=reporting"
        return [("report", f"is of an earlier run; anew: {anew}")]
    return []


def _mark_empty(places: list[Row], catalog: CatalogProtocol, made: set[str]) -> list[Row]:
    """Say which tables of customers hold none; of the large one, its sums know."""
    empty = set()
    if _SUMS in made and not catalog.load(_SUMS)["customers"]:
        empty.add("customer_360")
    if _CAMPAIGN in made and catalog.load(_CAMPAIGN).empty:
        empty.add(_CAMPAIGN)
    return [(name, f"{path} (empty)" if name in empty else path) for name, path in places]


def _places(catalog: CatalogProtocol, names: Any) -> list[Row]:
    """Where datasets lie, of those that are there."""
    there = [name for name in names if is_there(catalog, name)]
    return [(name, _for_people(path_of(catalog, name))) for name in there]


def _for_people(path: str) -> str:
    """A path below this folder; of a page, the address that a browser takes."""
    if "://" in path:
        return path
    here = Path(path).absolute()
    if here.suffix == ".html":
        return here.as_uri()
    return str(here.relative_to(Path.cwd())) if here.is_relative_to(Path.cwd()) else str(here)


def _say(level: int, title: str, rows: list[Row]) -> None:
    first = max(len(row[0]) for row in rows)
    numbers = max((len(row[1]) for row in rows if len(row) > 2), default=0)
    lines = [
        f"  {row[0]:<{first}}  {row[1]:<{numbers}}  {' '.join(row[2:])}".rstrip() for row in rows
    ]
    logger.log(level, "%s", "\n".join([title, *lines]), extra={"markup": False})
