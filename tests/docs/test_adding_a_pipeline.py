"""The example of docs/adding-a-pipeline.md works as it stands there."""

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys

import pandas as pd
import pytest

from conftest import PROJECT

PAGE = PROJECT / "docs" / "adding-a-pipeline.md"
REGISTRY = "src/customer_behavior/pipeline_registry.py"
pytestmark = [pytest.mark.slow, pytest.mark.default_line]


@pytest.fixture
def copy(tmp_path):
    """A copy of the project with the files of the page, and the pipeline in the registry."""
    for name in ("conf", "src", "tests", "pyproject.toml", ".telemetry"):
        source, target = PROJECT / name, tmp_path / name
        shutil.copytree(source, target) if source.is_dir() else shutil.copy(source, target)
    for name, text in files_of_the_page().items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    registry = (tmp_path / REGISTRY).read_text()
    assert "    simulation,\n" in registry
    registry = registry.replace("    simulation,\n", "    simulation,\n    weekdays,\n")
    registry += """

_registered = register_pipelines


def register_pipelines() -> dict[str, Pipeline]:
    return _registered() | {"weekdays": weekdays.create_pipeline()}
"""
    (tmp_path / REGISTRY).write_text(registry)
    return tmp_path


def files_of_the_page():
    """Each block of code belongs to the last file that is named before it."""
    files, name = {}, None
    for part in re.split(r"^(```\w*\n.*?^```$)", PAGE.read_text(), flags=re.M | re.S):
        if block := re.fullmatch(r"```(?:python|yaml)\n(.*?)```", part, flags=re.S):
            files[name] = block[1]
        elif named := re.findall(r"`((?:src|conf|tests)/[\w/]+\.\w+)`", part):
            name = named[-1]
    return files


def run(copy, *command):
    environment = os.environ | {"PYTHONPATH": str(copy / "src"), "DO_NOT_TRACK": "1"}
    return subprocess.run(
        [sys.executable, "-m", *command],
        cwd=copy,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def say_that_it_is_of_the_current_events(data, name):
    """As a run does that made it."""
    (data / "08_reporting/ingestion_ledger.json").write_text("{}")
    (data / "02_intermediate").mkdir()
    sources = {name: hashlib.sha256(b"{}").hexdigest()}
    (data / "02_intermediate/dataset_sources.json").write_text(json.dumps(sources))


def test_its_test_passes_and_its_pipeline_runs(copy):
    report = copy / "data/08_reporting"
    report.mkdir(parents=True)
    days = pd.DataFrame(
        {"event_date": ["2019-10-07"], "revenue": [5.0], "observed_hours": 24, "outage_hours": 0}
    )
    days.to_csv(report / "events_by_day.csv", index=False)
    say_that_it_is_of_the_current_events(copy / "data", "events_by_day")

    test = run(copy, "pytest", "-q", "tests/pipelines/weekdays")
    pipeline = run(copy, "kedro", "run", "--pipelines=weekdays")

    assert "1 passed" in test.stdout, test.stdout + test.stderr
    assert pipeline.returncode == 0, pipeline.stdout + pipeline.stderr
    written = pd.read_csv(report / "weekday_revenue.csv")
    assert written.values.tolist() == [[1, 1, 5.0]]
