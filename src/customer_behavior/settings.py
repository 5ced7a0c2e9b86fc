"""Project settings: https://docs.kedro.org/en/stable/configure/."""

from kedro.config import OmegaConfigLoader
from omegaconf.resolvers import oc

from customer_behavior.cluster_hooks import HdfsFolders, YarnRoom
from customer_behavior.hooks import JavaCheck, RuntimeParameterCheck, SparkConfiguration
from customer_behavior.runs import (
    DatasetSources,
    RunInputs,
    RunRecord,
    RunSummary,
    SparkProgress,
)

_record, _sources = RunRecord(), DatasetSources()

# Of these, the last is called first.
HOOKS = (
    RunSummary(_record),
    _record,
    SparkProgress(_record.running),
    RunInputs(_sources),
    _sources,
    YarnRoom(),
    HdfsFolders(),
    JavaCheck(),
    RuntimeParameterCheck(),
    SparkConfiguration(),
)

CONFIG_LOADER_CLASS = OmegaConfigLoader
CONFIG_LOADER_ARGS = {
    "base_env": "base",
    "default_run_env": "local",
    "config_patterns": {"spark": ["spark*", "spark*/**"]},
    "custom_resolvers": {"oc.env": oc.env},
}
