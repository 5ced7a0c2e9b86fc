"""Inputs that may be missing, because the pipeline that makes them has not been run."""

import inspect
from itertools import chain, repeat

from kedro.framework.hooks import hook_impl
from kedro.framework.project import pipelines
from kedro.io import DataCatalog, MemoryDataset
from kedro.pipeline import Node, Pipeline

from customer_behavior.hooks import ConfigurationError


class OptionalInputs:
    """Gives nodes None for inputs that do not exist, where their parameters have that default.

    By itself Kedro loads every input of a node, and the run fails late at one that was never saved.
    """

    @hook_impl
    def before_pipeline_run(self, pipeline: Pipeline, catalog: DataCatalog) -> None:
        """Put None in the place of what is missing, for this run only.

        Raises:
            ConfigurationError: If one of the nodes that take it cannot do without.
        """
        optional = optional_inputs(pipeline)
        for name in sorted(optional):
            if not catalog.exists(name):
                catalog[name] = MemoryDataset(None)
        made_by = _pipelines_by_output()
        for name in sorted(pipeline.inputs() - optional):
            if name in made_by and not catalog.exists(name):
                raise ConfigurationError(
                    f"'{name}' is missing: the pipeline {made_by[name]} makes it. Run it first "
                    f"(`kedro run --pipelines={made_by[name]}`), or all of them (`kedro run`)."
                )


def _pipelines_by_output() -> dict[str, str]:
    """The pipeline that makes each dataset; what the simulation makes need not be there."""
    without = {"__default__", "simulation"}
    return {
        output: name
        for name, pipeline in pipelines.items()
        if name not in without
        for output in pipeline.all_outputs()
    }


def optional_inputs(pipeline: Pipeline) -> set[str]:
    """Find inputs that no node of a pipeline makes, and that all who take them can do without."""
    takers = [taken for node in pipeline.nodes for taken in _inputs_of(node)]
    needed = {name for name, may_be_missing in takers if not may_be_missing}
    return pipeline.inputs() & {name for name, _ in takers} - needed


def _inputs_of(node: Node) -> list[tuple[str, bool]]:
    """Each input of a node, and whether its parameter has the default None."""
    parameters = inspect.signature(node.func).parameters
    may_be_missing = {name: parameter.default is None for name, parameter in parameters.items()}
    given = node._inputs
    if isinstance(given, dict):
        return [(name, may_be_missing.get(parameter, False)) for parameter, name in given.items()]
    names = [given] if isinstance(given, str) else given or []
    return list(zip(names, chain(may_be_missing.values(), repeat(False)), strict=False))
