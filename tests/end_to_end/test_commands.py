import os
import subprocess
import sys
from pathlib import Path

import pytest

from conftest import PROJECT
from support import HEADER, VIEW, run_command, write_lines

pytestmark = [pytest.mark.slow, pytest.mark.default_line]


@pytest.mark.parametrize(
    ("arguments", "environment", "message"),
    [
        (["--params=raw_events=/nowhere"], {}, "No event files in '/nowhere'"),
        # The older spelling of --pipelines.
        (["--pipeline=ingestion", "--params=raw_events=/no"], {}, "No event files in '/no'"),
        (["--params=raw_events="], {}, "--params=raw_events=: there is no path behind it."),
        (["--params=raw_event=/nowhere"], {}, "Did you mean raw_events?"),
        (["--params=raw_events=~/months"], {}, "write the path without '~'"),
        (["--params=simulation.output=~/months"], {}, "write the path without '~'"),
        (["--env=nowhere"], {}, "The environments for --env are the folders in conf."),
        (["--params=ingestion.months=October"], {}, "'October' is no month"),
        (["--pipelines=ingest"], {}, "There is no pipeline 'ingest'. Did you mean ingestion?"),
        (["--tags=score,evaluat"], {}, "There is no tag 'evaluat'. Did you mean evaluate?"),
        (["--from-nodes=build_sessions"], {}, "Did you mean feature_engineering.build_sessions?"),
        ([], {"JAVA_HOME": "/nowhere"}, "or let JAVA_HOME name one."),
    ],
)
def test_what_the_user_has_to_set_right_is_said_without_a_stack_trace(
    project_folder, arguments, environment, message
):
    code, printed = run_command(project_folder, *arguments, **environment)

    assert code == 1
    assert message in printed
    assert "Traceback" not in printed
    assert "to go on" not in printed


def test_a_wrong_parameter_in_a_file_is_named(project_folder):
    file = project_folder / "conf/base/parameters/ingestion.yml"
    file.write_text(file.read_text().replace("min_expected_purchases: 20", "min_purchases: x"))

    code, printed = run_command(project_folder)

    assert code == 1
    assert "min_purchases" in printed
    assert printed.count("Parameter 'ingestion'") == 1
    assert "Correct it in conf/base/parameters" in printed
    assert "Traceback" not in printed


def test_commands_that_need_no_data_do_not_start_java(tmp_path):
    told = tmp_path / "told"
    java = tmp_path / "bin" / "java"
    java.parent.mkdir()
    java.write_text(f"#!/bin/sh\necho $@ >> {told}\n")
    java.chmod(0o755)
    environment = os.environ | {"JAVA_HOME": str(tmp_path), "DO_NOT_TRACK": "1"}

    for command in (["registry", "list"], ["catalog", "describe-datasets"]):
        done = subprocess.run(
            [sys.executable, "-m", "kedro", *command],
            cwd=PROJECT,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        assert "ingest" in done.stdout

    assert not told.exists()


def test_the_packaged_wheel_runs_from_another_folder_with_its_configuration(package, tmp_path):
    installed, elsewhere = tmp_path / "installed", tmp_path / "elsewhere"
    elsewhere.mkdir()
    pip = [sys.executable, "-m", "pip", "install", "-q", "--no-deps", "--target", installed]
    pip.append(package.wheel)
    subprocess.run(pip, check=True)
    raw = write_lines(tmp_path / "a.csv", HEADER, VIEW)

    code, printed = run_command(
        elsewhere,
        "--pipelines=ingestion",
        f"--conf-source={package.configuration}",
        f"--params=raw_events={raw}",
        PYTHONPATH=str(installed),
    )

    assert code == 0, printed
    assert (elsewhere / "data/03_primary/events/_FINISHED.json").exists()
    scripts = Path(installed / "bin")
    assert (scripts / "customer-behavior").exists()
