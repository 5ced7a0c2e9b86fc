import os
import signal

import pytest
from kedro.io import DatasetError
from tenacity import retry, retry_if_exception_type, stop_after_attempt

from support import (
    HEADER,
    PURCHASE,
    VIEW,
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
MOST_TELLING = {"tables are not finished", "months are moved"}


@pytest.fixture(scope="module")
def expected(module_project, few_events):
    """What a run leaves that nothing has disturbed."""
    module_project.run(few_events)
    return module_project.tables()


@pytest.mark.slow
@pytest.mark.default_line
@pytest.mark.parametrize(
    "moment",
    [pytest.param(m, marks=[] if m in MOST_TELLING else [pytest.mark.long]) for m in MOMENTS],
)
def test_a_killed_run_leaves_a_whole_table_or_an_error_and_the_next_one_is_right(
    project, few_events, expected, tmp_path, moment
):
    raw_events = write_lines(tmp_path / "old.csv", HEADER, VIEW, PURCHASE)
    old = run_and_kill(project, raw_events, few_events, moment)

    seen = rows_or_error(project)
    project.run(few_events)

    assert project.tables() == expected
    assert seen in (old, expected["events"], None)
    assert not list((project.folder / "data").rglob("*.unfinished"))


# Some moments last a few milliseconds: on a busy machine they may be over before they are seen.
@retry(stop=stop_after_attempt(3), retry=retry_if_exception_type(AssertionError), reraise=True)
def run_and_kill(project, raw_events, few_events, moment):
    """Ingest one input, and kill the ingestion of the next; the events before that."""
    project.run(raw_events)
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
    return old


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
