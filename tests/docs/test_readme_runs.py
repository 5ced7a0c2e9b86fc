"""The runs that README shows work, one after the other."""

import re
import shlex
import shutil

import pytest

from conftest import PROJECT
from pages import commands_of
from support import learn_from_little, run_command

pytestmark = [pytest.mark.long, pytest.mark.default_line]


def arguments_of(line, months, output):
    """What stands behind ``kedro run``, with folders that are there, and few events."""
    line = re.sub(r"raw_events=/[\w/]+", f"raw_events={months}", line)
    line = re.sub(r"simulation.output=/\w+", f"simulation.output={output}", line)
    return shlex.split(line.replace("events=5000000", "events=10000"))[2:]


def test_the_runs_of_readme_end_well_in_their_order(project_folder, few_events, tmp_path):
    shutil.copytree(few_events, project_folder / "data/01_raw/sample")
    learn_from_little(project_folder)
    lines = [line for line in commands_of(PROJECT / "README.md") if line.startswith("kedro run")]

    assert len(lines) == 5
    for line in lines:
        arguments = arguments_of(line, few_events, tmp_path / "simulated")
        code, printed = run_command(project_folder, *arguments)
        assert code == 0, f"{line}\n{printed}"

    assert (project_folder / "data/08_reporting/recovery.json").exists()
    assert (tmp_path / "simulated/2019-Nov.csv").exists()
