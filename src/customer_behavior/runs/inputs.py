"""What a run reads and does not make: it must be there, and of the events that the run is about."""

import inspect
from itertools import chain, repeat
from types import NoneType
from typing import get_args

from kedro.framework.hooks import hook_impl
from kedro.framework.project import pipelines
from kedro.io import DataCatalog, MemoryDataset
from kedro.pipeline import Node, Pipeline

from customer_behavior.hooks import ConfigurationError
from customer_behavior.runs.record import LEDGER
from customer_behavior.runs.sources import DatasetSources


class RunInputs:
    """Sees before a run that it has what it reads.

    Where a node takes ``… | None``, None stands for what is not there. All else must be there. It
    must be of the current events too, so that no result of one input is made from another's; but
    what training has fitted may be of earlier ones.
    """

    def __init__(self, sources: DatasetSources) -> None:
        """Create the hook.

        Args:
            sources: What is known of the datasets.
        """
        self._sources = sources

    @hook_impl
    def before_pipeline_run(self, pipeline: Pipeline, catalog: DataCatalog) -> None:
        """Put None in the place of what is missing, for this run only.

        Raises:
            ConfigurationError: If a node cannot do without, or would read what is of other events.
        """
        optional = optional_inputs(pipeline)
        for name in sorted(optional):
            if not self._sources.has(name):
                catalog[name] = MemoryDataset(None)
        self._check(pipeline, pipeline.inputs() - optional)

    def _check(self, pipeline: Pipeline, needed: set[str]) -> None:
        makers = {name: node for node in pipelines["__default__"].nodes for name in node.outputs}
        made_before = [name for name in makers if name in needed]
        if made_before and not pipeline.all_outputs() & self._sources.accounted:
            made_before.insert(0, LEDGER)
        for name in made_before:
            if not self._sources.has(name):
                raise _missing(name, _pipeline_of(makers[name]))
            if not (is_fitted(makers[name]) or self._sources.is_current(name)):
                raise _outdated(name, self._outdated_pipelines(name))

    def _outdated_pipelines(self, name: str) -> list[str]:
        """The pipelines that have to run anew for a dataset, in their order."""
        before = pipelines["__default__"].to_outputs(name).nodes
        outdated = [
            _pipeline_of(node)
            for node in before
            if not all(self._sources.is_current(output) for output in node.outputs)
        ]
        return [name for name in pipelines if name in outdated]


def _missing(name: str, made_by: str) -> ConfigurationError:
    return ConfigurationError(
        f"'{name}' is missing: the pipeline {made_by} makes it. Run it first "
        f"(`kedro run --pipelines={made_by}`), or all of them (`kedro run`)."
    )


def _outdated(name: str, made_by: list[str]) -> ConfigurationError:
    return ConfigurationError(
        f"'{name}' was made from other events than those that were ingested last. Let the same "
        f"run make it anew (`--pipelines={','.join(made_by)},…`), or run all of them (`kedro run`)."
    )


def is_fitted(node: Node) -> bool:
    """Whether what a node makes is fitted once, and applied to the events that come later."""
    return "train" in node.tags and "score" not in node.tags


def optional_inputs(pipeline: Pipeline) -> set[str]:
    """Find inputs that no node of a pipeline makes, and that all who take them can do without."""
    takers = [taken for node in pipeline.nodes for taken in _inputs_of(node)]
    needed = {name for name, may_be_none in takers if not may_be_none}
    return pipeline.inputs() - needed


def _inputs_of(node: Node) -> list[tuple[str, bool]]:
    """Each input of a node, and whether its parameter may be None."""
    parameters = inspect.signature(node.func).parameters.values()
    may_be_none = [NoneType in get_args(parameter.annotation) for parameter in parameters]
    return list(zip(node.inputs, chain(may_be_none, repeat(False)), strict=False))


def _pipeline_of(node: Node) -> str:
    """Each pipeline is the namespace of its nodes."""
    return str(node.namespace).partition(".")[0]
