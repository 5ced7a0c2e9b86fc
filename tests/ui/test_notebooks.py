import os
import shutil
import subprocess
import sys

import pytest

from conftest import PROJECT

pytestmark = pytest.mark.ui

NOTEBOOKS = sorted((PROJECT / "notebooks").glob("*.ipynb"))


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_runs_on_what_the_pipelines_have_made(notebook, finished_project):
    # Its kernel starts in the folder of the notebook, from where Kedro finds the project.
    folder = finished_project / "notebooks"
    folder.mkdir(exist_ok=True)
    copy = shutil.copy(notebook, folder)

    run = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "--nbmake", "--nbmake-timeout=120", copy],
        cwd=finished_project,
        env={name: os.environ[name] for name in os.environ if name != "KEDRO_ENV"},
        capture_output=True,
        text=True,
        check=False,
    )

    assert run.returncode == 0, run.stdout + run.stderr
