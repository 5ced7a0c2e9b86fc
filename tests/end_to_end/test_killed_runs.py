import os
import shutil
import signal

import pytest
from kedro.io import DatasetError

from support import (
    HEADER,
    PURCHASE,
    VIEW,
    Project,
    start_command,
    wait_until,
    write_lines,
)

# When the run is killed: as soon as this file is there, with this text, or is gone (None).
MOMENTS = {
    "files are landed": ("01_raw/_landed_events.json", "2019-Oct"),
    "rows are being written": ("02_intermediate/_staged_lines/_temporary", ""),
    "rows are written": ("02_intermediate/_staged_lines/_SUCCESS", ""),
    "tables are not finished": ("03_primary/events/_FINISHED.json", None),
    "months are moved": ("03_primary/events/event_month=2019-11", ""),
    "set-aside lines are moved": ("02_intermediate/quarantined_events/event_month=2019-11", ""),
    "tables are finished": ("03_primary/events/_FINISHED.json", "2019-11"),
}


# In make test; make test-all kills at the others too.
MOST_TELLING = {"rows are written", "tables are not finished", "months are moved"}


@pytest.mark.slow
@pytest.mark.default_line
@pytest.mark.parametrize(
    "moment",
    [pytest.param(m, marks=[] if m in MOST_TELLING else [pytest.mark.long]) for m in MOMENTS],
)
def test_a_killed_run_leaves_a_whole_table_or_an_error_and_the_next_one_is_right(
    project, few_events, tmp_path, moment
):
    project.run(write_lines(tmp_path / "old.csv", HEADER, VIEW, PURCHASE))
    old = project.rows("events")
    path, content = MOMENTS[moment]
    process = start_command(
        project.folder, "--pipelines=ingestion", f"--params=raw_events={few_events}"
    )
    try:
        file = project.folder / "data" / path
        wait_until(lambda: is_reached(file, content), process, moment)
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()

    seen = rows_or_error(project)
    project.run(few_events)
    after_the_kill = project.tables()

    clean = Project(shutil.copytree(project.folder, tmp_path / "clean", ignore=only_conf))
    clean.run(few_events)
    assert after_the_kill == clean.tables()
    assert seen in (old, after_the_kill["events"], None)
    assert not list((project.folder / "data").rglob("*.unfinished"))


def only_conf(folder, names):
    return [name for name in names if name == "data"]


def assert_says_run_again(error):
    assert "run ingestion again" in str(error)


def rows_or_error(project):
    try:
        return project.rows("events")
    except DatasetError as error:
        assert_says_run_again(error)
        return None


def is_reached(path, text):
    if text is None:
        return not path.exists()
    if not text:
        return path.exists()
    try:
        return text in path.read_text()
    except FileNotFoundError:
        return False
