"""What the tests of `make test-ui` share: a project with results, a browser, Kedro-Viz.

Playwright is imported late: where these tests are only collected, it need not be there.
"""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request

import pytest

from conftest import FEW_ROWS, PROJECT, make_project_folder
from support import die_with_parent, learn_from_little, run_command

# Without them Chromium looks for a GPU, a sandbox and its maker's servers.
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="session")
def finish_project(tmp_path_factory):
    """Run all pipelines, with small models: the folder of the project."""

    def finish(raw_events):
        folder = make_project_folder(tmp_path_factory.mktemp("finished") / "project", FEW_ROWS)
        learn_from_little(folder)
        settings = (f"--params=raw_events={raw_events}", "--runner=ThreadRunner")
        code, printed = run_command(folder, *settings)
        assert code == 0, printed
        return folder

    return finish


@pytest.fixture(scope="session")
def finished_project(finish_project, sample):
    """A project with the results of the sample, which take two minutes."""
    return finish_project(sample)


@pytest.fixture(scope="session")
def browser():
    """A headless Chromium, with a profile of its own."""
    from playwright.sync_api import sync_playwright

    found = subprocess.run(
        [PROJECT / "scripts/find_chromium.sh"], capture_output=True, text=True, check=False
    )
    if found.returncode:
        pytest.fail("There is no Chromium: `make test-ui` installs one where it may.")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=found.stdout.strip(), args=FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture(scope="session")
def screenshots():
    """Where pages are kept as they were seen, for people to look at."""
    folder = PROJECT / ".screenshots"
    folder.mkdir(exist_ok=True)
    return folder


@pytest.fixture(scope="session")
def kedro_viz(finished_project):
    """The address of a Kedro-Viz that shows the finished project."""
    port = free_port()
    place = ["--host", "127.0.0.1", "--port", str(port)]
    printed = finished_project / "kedro_viz.txt"
    with printed.open("w") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "kedro", "viz", "run", "--no-browser", *place],
            cwd=finished_project,
            env=os.environ | {"DO_NOT_TRACK": "1"},
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # it has children, which are to end with it
            preexec_fn=die_with_parent,
        )
    try:
        wait_until(
            lambda: answers(f"http://127.0.0.1:{port}/api/main") or process.poll() is not None
        )
        assert process.poll() is None, printed.read_text()
        yield f"http://127.0.0.1:{port}"
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def wait_until(condition, seconds=120):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"nothing after {seconds} seconds"
        time.sleep(0.2)


def answers(address):
    try:
        with urllib.request.urlopen(address) as answer:
            return answer.status == 200
    except OSError:
        return False


def free_port():
    """One that Kedro-Viz takes: those that a system gives away are too high for it."""
    for port in range(4200, 49152):
        with socket.socket() as free, contextlib.suppress(OSError):
            free.bind(("127.0.0.1", port))
            return port
    raise AssertionError("there is no free port")
