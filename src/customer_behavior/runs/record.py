"""The record of a run: two lines in the log for each node, and the dataset ``run_manifest``."""

import atexit
import json
import logging
import re
import signal
import sys
import threading
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from itertools import count
from typing import Any

from kedro.framework.hooks import hook_impl
from kedro.framework.project import settings
from kedro.io import CatalogProtocol
from kedro.pipeline import Pipeline
from kedro.pipeline.node import Node
from pydantic_core import to_jsonable_python

from customer_behavior.expected_errors import is_interruption
from customer_behavior.runs import provenance
from customer_behavior.runs.memory import MemoryWatch
from customer_behavior.runs.nodes import (
    FAILED,
    FINISHED,
    INTERRUPTED,
    RUNNING,
    NodeRun,
    duration,
    nodes_of,
    yields,
)
from customer_behavior.runs.spark import describe_spark

logger = logging.getLogger(__name__)

MANIFEST = "run_manifest"
LEDGER = "ingestion_ledger"
# In addresses such as s3://key:secret@bucket.
_PASSWORD = re.compile(r'(?<=://)[^/@\s"]*:[^/@\s"]*@')


class RunRecord:
    """Notes what a run does, node by node, and writes it down: at its start and at its end.

    A run that is ended by Ctrl-C or SIGTERM is noted when the process ends. One that is killed
    leaves a manifest whose outcome is ``running``.
    """

    def __init__(self) -> None:
        """Know of no run."""
        self.nodes: dict[str, NodeRun] = {}
        self._manifest: dict[str, Any] = {}
        self._started = datetime.now(UTC)
        self._positions = count(1)
        self._is_in_part = False
        self._spark: dict[str, Any] | None = None
        self._memory = MemoryWatch(self.running)

    def running(self) -> list[NodeRun]:
        """The nodes that are under way."""
        return [node for node in list(self.nodes.values()) if node.status == RUNNING]

    def failed(self) -> list[NodeRun]:
        """The nodes that failed."""
        return [node for node in self.nodes.values() if node.status == FAILED]

    def seconds(self) -> float:
        """Since the start of the run."""
        return (datetime.now(UTC) - self._started).total_seconds()

    @hook_impl
    def before_pipeline_run(
        self, run_params: dict[str, Any], pipeline: Pipeline, catalog: CatalogProtocol
    ) -> None:
        """Begin a record, and write what is known."""
        self._stop_watching()  # a run that was interrupted, in a notebook
        self.nodes, self._spark = nodes_of(pipeline), None
        self._positions = count(1)
        # With it, Kedro leaves out nodes, and does not tell hooks which.
        self._is_in_part = run_params.get("only_missing_outputs", False)
        self._started = datetime.now(UTC)
        self._manifest = {
            "run": _asked_for(run_params),
            "parameters": catalog.load("parameters") if catalog.exists("parameters") else {},
            "versions": provenance.versions(),
            "code": provenance.code(),
            "computer": provenance.computer(),
        }
        self._write(catalog, outcome=RUNNING, error=None, source=None)
        self._memory = MemoryWatch(self.running)
        self._memory.start()
        atexit.register(self._interrupt, catalog)
        _end_on_sigterm()

    @hook_impl
    def before_dataset_loaded(self, node: Node) -> None:
        """A node begins with its first input, ..."""
        self._begin(node)

    @hook_impl
    def before_node_run(self, node: Node) -> None:
        """... or, without inputs, when it is called."""
        self._begin(node)

    @hook_impl
    def after_node_run(self, node: Node, outputs: dict[str, Any]) -> None:
        """A node without outputs ends when it returns, one that yields with its last share, ..."""
        run = self.nodes[node.name]
        if not node.outputs:
            self._end(run, FINISHED)
        elif yields(node):
            last = node.outputs[-1]
            outputs[last] = self._until_the_end(outputs[last], run)

    @hook_impl
    def after_dataset_saved(self, dataset_name: str, node: Node) -> None:
        """... others when the last one is saved."""
        run = self.nodes[node.name]
        if not yields(node) and run.is_saved_with(dataset_name, node):
            self._end(run, FINISHED)

    @hook_impl
    def after_pipeline_run(self, catalog: CatalogProtocol) -> None:
        """Write the manifest."""
        self._stop_watching()
        self._write(catalog, outcome=FINISHED, error=None, source=_source(catalog))

    @hook_impl
    def on_pipeline_error(self, error: Exception, catalog: CatalogProtocol) -> None:
        """Write the manifest of a run that failed, without hiding why it failed."""
        if is_interruption(error):
            return  # the process ends
        for node in self.running():
            self._end(node, FAILED)
        self._stop_watching()
        failed = [node.name for node in self.failed()]
        said = {"type": type(error).__name__, "text": str(error), "nodes": failed}
        first_line = str(error).strip().partition("\n")[0]
        logger.error("%s: %s", said["type"], first_line, extra={"markup": False})
        self._try_to_write(catalog, outcome=FAILED, error=said, source=_source(catalog))

    def _interrupt(self, catalog: CatalogProtocol) -> None:
        """Write the manifest of a run in the middle of which the process ends."""
        interrupted = self.running()
        for node in interrupted:
            node.end(INTERRUPTED)
        self._stop_watching()
        where = ", ".join(node.name for node in interrupted) or "between two nodes"
        logger.error(
            "Interrupted after %s in %s. To go on: the same command again.",
            duration(self.seconds()), where,
        )  # fmt: skip
        self._try_to_write(catalog, outcome=INTERRUPTED, error=None, source=_source(catalog))

    def _stop_watching(self) -> None:
        self._memory.stop()
        atexit.unregister(self._interrupt)

    def _begin(self, node: Node) -> None:
        run = self.nodes[node.name]
        if run.status == RUNNING:
            return
        run.begin(next(self._positions))
        self._memory.look()
        self._log(logging.INFO, run, "")

    def _until_the_end(self, shares: Iterable[Any], run: NodeRun) -> Iterator[Any]:
        """Kedro asks for the next share when it has saved one: no hook tells which is the last."""
        yield from shares
        self._end(run, FINISHED)

    def _end(self, run: NodeRun, status: str) -> None:
        self._memory.look()
        run.end(status)
        self._spark = self._spark or describe_spark()
        level = logging.ERROR if status == FAILED else logging.INFO
        self._log(level, run, f" {status} after {duration(run.seconds or 0)}")

    def _log(self, level: int, run: NodeRun, what: str) -> None:
        place = f"{run.position:>{len(str(len(self.nodes)))}}"
        if not self._is_in_part:
            place += f"/{len(self.nodes)}"
        logger.log(level, "%s %s%s", place, run.name, what, extra={"markup": False})

    def _try_to_write(self, catalog: CatalogProtocol, **end: Any) -> None:
        try:
            self._write(catalog, **end)
        except Exception as error:
            logger.warning("%s is not written: %s", MANIFEST, error)

    def _write(self, catalog: CatalogProtocol, **end: Any) -> None:
        is_over = end["outcome"] != RUNNING
        manifest = {
            "outcome": end["outcome"],
            "error": end["error"],
            "started": self._started,
            "ended": datetime.now(UTC) if is_over else None,
            "seconds": round(self.seconds(), 3) if is_over else None,
            **self._manifest,
            "spark": self._spark,
            "source": end["source"],
            "nodes": list(self.nodes.values()),
        }
        catalog.save(MANIFEST, _without_passwords(to_jsonable_python(manifest)))


def _end_on_sigterm() -> None:
    """Let SIGTERM end the process as Ctrl-C does, where it would end it without a word."""
    is_main = threading.current_thread() is threading.main_thread()
    if is_main and signal.getsignal(signal.SIGTERM) is signal.SIG_DFL:
        signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))


def _asked_for(run_params: dict[str, Any]) -> dict[str, Any]:
    """What the command asked for, under Kedro's names."""
    asked = {k: v for k, v in run_params.items() if k not in ("project_path", "kedro_version")}
    runner = re.search(r"\w+Runner", str(asked.get("runner")))
    return asked | {
        "env": asked.get("env") or settings.CONFIG_LOADER_ARGS.get("default_run_env"),
        "runner": runner.group() if runner else "SequentialRunner",
    }


def _source(catalog: CatalogProtocol) -> dict[str, Any] | None:
    """The input that the tables are of, after the run; None where its ingestion did not finish."""
    try:
        ledger = catalog.load(LEDGER) if catalog.exists(LEDGER) else None
    except Exception as error:
        logger.warning("%s can not be read: %s", LEDGER, error)
        return None
    return ledger and {
        "source_id": ledger["source_id"],
        "files": [
            {name: file[name] for name in ("source_file", "bytes", "sha256")}
            for file in ledger["files"]
        ],
    }


def _without_passwords(manifest: dict[str, Any]) -> dict[str, Any]:
    text = json.dumps(manifest)
    return dict(json.loads(_PASSWORD.sub("***@", text)))
