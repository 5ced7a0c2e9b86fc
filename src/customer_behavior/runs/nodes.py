"""What becomes of each node of a run."""

import inspect
import time
from dataclasses import dataclass

from kedro.pipeline import Pipeline
from kedro.pipeline.node import Node

NOT_RUN, RUNNING, FINISHED = "not_run", "running", "finished"
FAILED, INTERRUPTED = "failed", "interrupted"


@dataclass
class NodeRun:
    """One node in one run.

    Attributes:
        name: Name of the node, behind that of its pipeline.
        position: 1 for the first that began, 2 for the second, ...
        status: ``not_run``, ``running``, ``finished``, ``failed`` or ``interrupted``.
        seconds: From the load of its first input to the end of the save of its last output:
            Spark computes a table when it is saved.
        peak_driver_memory_bytes: The most memory that Python and all processes below it, Spark's
            JVM among them, held meanwhile. On a cluster, executors are not among them.
    """

    name: str
    position: int | None = None
    status: str = NOT_RUN
    seconds: float | None = None
    peak_driver_memory_bytes: int | None = None

    def __post_init__(self) -> None:
        self._began = 0.0
        self._saved: set[str] = set()

    def begin(self, position: int) -> None:
        """Note that it begins."""
        self.position, self.status = position, RUNNING
        self._began = time.perf_counter()

    def end(self, status: str) -> None:
        """Note how it ended."""
        self.status = status
        self.seconds = round(time.perf_counter() - self._began, 3)

    def is_saved_with(self, dataset: str, node: Node) -> bool:
        """Note that an output is saved; say whether all are."""
        self._saved.add(dataset)
        return self._saved >= set(node.outputs)


def yields(node: Node) -> bool:
    """Say whether a node hands over its outputs in shares, which are saved one after the other."""
    return inspect.isgeneratorfunction(node.func)


def nodes_of(pipeline: Pipeline) -> dict[str, NodeRun]:
    """The nodes of a pipeline by name, in the order in which they run."""
    return {node.name: NodeRun(node.name) for node in pipeline.nodes}


def resume_from(pipeline: Pipeline, runs: dict[str, NodeRun]) -> list[str]:
    """The first of the nodes that are not finished: all others come after these.

    All datasets are persisted, so that no finished node has to run again.
    """
    left = [node for node in pipeline.nodes if runs[node.name].status != FINISHED]
    return sorted(node.name for node in Pipeline(left).grouped_nodes[0])


def duration(seconds: float) -> str:
    """Seconds as people say them."""
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes:02d} min" if hours else f"{minutes} min {rest:02d} s"
