"""Runs of tiny pipelines with the hooks of a run, without a project and without Spark."""

import json

from kedro.framework.hooks.manager import _create_hook_manager
from kedro.io import DataCatalog

from customer_behavior.runs import RunRecord, RunSummary


def catalog_in(folder, **datasets):
    """A catalog with the manifest, and what else is given: name to configuration."""
    manifest = {"type": "json.JSONDataset", "filepath": str(folder / "run_manifest.json")}
    return DataCatalog.from_config({"run_manifest": manifest, **datasets})


def run(pipeline, catalog, runner, hooks=None, **parameters):
    """Run as a session of Kedro does: the error that ends the run, or None."""
    manager = _create_hook_manager()
    record = RunRecord()
    for hook in hooks or (RunSummary(record), record):
        manager.register(hook)
    asked = {"project_path": "/nowhere", "env": None, "runner": str(runner), **parameters}
    given = {"run_params": asked, "pipeline": pipeline, "catalog": catalog}
    manager.hook.before_pipeline_run(**given)
    try:
        result = runner.run(pipeline, catalog, manager)
    except Exception as error:
        manager.hook.on_pipeline_error(error=error, **given)
        return error
    manager.hook.after_pipeline_run(run_result=result, **given)
    return None


def manifest_in(folder):
    return json.loads((folder / "run_manifest.json").read_text())
