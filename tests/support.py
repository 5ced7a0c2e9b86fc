"""Helpers of the tests."""

import ctypes
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

from kedro.framework.session import KedroSession

HEADER = (
    "event_time,event_type,product_id,category_id,category_code,brand,price,user_id,user_session"
)
VIEW = "2019-10-01 00:00:00 UTC,view,1,2,electronics.audio,sony,9.99,3,s1"
CART = "2019-10-01 00:00:05 UTC,cart,1,2,electronics.audio,sony,9.99,3,s1"
PURCHASE = "2019-10-01 00:00:09 UTC,purchase,1,2,electronics.audio,sony,9.99,3,s1"
NOVEMBER = "2019-11-02 10:00:00 UTC,view,1,2,electronics.audio,sony,9.99,4,s2"

_LITTLE = {
    "classification": [
        ("least_positives: 50", "least_positives: 5"),
        ("random_forest: [{trees: 20, depth: 7, least_rows_per_leaf: 20}]", "random_forest: []"),
        ("trees: 25, depth: 4", "trees: 3, depth: 2"),
    ],
    "regression": [("trees: 20", "trees: 3")],
    "association": [
        ("least_customers: 50", "least_customers: 1"),
        ("least_baskets: 5", "least_baskets: 2"),
        ("max_iter: 5", "max_iter: 1"),
    ],
    "clustering": [
        ("most_segments: 8", "most_segments: 3"),
        ("stability: 0.8", "stability: 0.1"),
        ("starts: 20", "starts: 2"),
    ],
}

_NOTEBOOKS = Path(__file__).parents[1] / "notebooks"
_SET_PARENT_DEATH_SIGNAL = 1  # of Linux, see prctl(2)


def write_lines(path, *lines, end="\n"):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes("".join(line + end for line in lines).encode())
    return path


def ask_another_process(script, folder, *arguments):
    """Run a script that has a Spark session as ``spark`` and ``sys.argv``: what it prints last."""
    start = """
import json, sys
from pyspark.sql import SparkSession
spark = SparkSession.builder.master("local[1]").config("spark.ui.enabled", False)
spark = spark.config("spark.sql.shuffle.partitions", 1).getOrCreate()
"""
    process = subprocess.run(
        [sys.executable, "-c", start + script, str(folder), *arguments],
        env=os.environ | {"SPARK_LOCAL_IP": "127.0.0.1"},
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert process.returncode == 0, process.stderr
    return json.loads(process.stdout.splitlines()[-1])


def learn_from_little(folder):
    """Let the models of a project be small, and content with few rows, so that a test is fast."""
    for name, changes in _LITTLE.items():
        file = folder / f"conf/base/parameters/{name}.yml"
        text = file.read_text()
        for before, after in changes:
            assert before in text
            text = text.replace(before, after)
        file.write_text(text)


class Project:
    """A project folder of its own, with the pipelines of this one."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def run(self, raw_events, pipeline="ingestion", tags=None, to_outputs=None, **parameters):
        with self._session({"raw_events": str(raw_events)} | parameters) as session:
            session.run(pipeline_names=pipeline.split(","), tags=tags, to_outputs=to_outputs)

    def simulate(self, output, **parameters):
        settings = {"output": str(output)} | parameters
        with self._session({"simulation": settings}) as session:
            session.run(pipeline_names=["simulation"])

    def catalog(self):
        with self._session({}) as session:
            return session.load_context().catalog

    def load(self, name):
        return self.catalog().load(name)

    def rows(self, name):
        """All rows of a Spark table, sorted by their text."""
        return sorted(map(tuple, self.load(name).collect()), key=repr)

    def ledger(self):
        return self.load("ingestion_ledger")

    def tables(self):
        """Everything that ingestion leaves, for comparing two runs."""
        names = ("events", "duplicate_events", "quarantined_events", "purchase_outages")
        return {name: self.rows(name) for name in names} | {"ledger": self.ledger()}

    def _session(self, parameters):
        return KedroSession.create(self.folder, runtime_params=parameters)


def die_with_parent():
    """In a child: ask Linux to end it when its parent ends, however that happens."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_SET_PARENT_DEATH_SIGNAL, signal.SIGKILL)


def start_command(folder, *arguments, python=sys.executable, **environment):
    """Start `customer-behavior` with a folder of its own, in a process group of its own."""
    return subprocess.Popen(
        [python, "-m", "customer_behavior", *arguments],
        cwd=folder,
        env=os.environ | {"DO_NOT_TRACK": "1"} | environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
        preexec_fn=die_with_parent,
    )


def run_command(folder, *arguments, **environment):
    """Run `customer-behavior` to its end; its exit code and what it printed."""
    return finish(start_command(folder, *arguments, **environment))


def finish(process):
    """Wait for the end of a command; its exit code and what it printed."""
    try:
        printed, _ = process.communicate(timeout=1200)
    finally:
        process.kill()
    return process.returncode, printed


def run_notebooks(folder, names="*", **environment):
    """Run copies of the notebooks in a project folder: the exit code and what was printed.

    Afterwards the copies show their results. Kernels start beside them, from where Kedro finds
    the project.
    """
    shutil.copytree(_NOTEBOOKS, folder / "notebooks", dirs_exist_ok=True)
    notebooks = sorted((folder / "notebooks").glob(f"{names}.ipynb"))
    assert notebooks
    # With Kedro's own logging, rich shows an error in a way that nbmake takes for success.
    environment["KEDRO_LOGGING_CONFIG"] = str(folder / "conf/logging.yml")
    run = subprocess.run(
        [
            sys.executable, "-m", "pytest", "-q", "-n", "2",
            "--nbmake", "--nbmake-timeout=120", "--overwrite", *notebooks,
        ],
        cwd=folder,
        env={name: os.environ[name] for name in os.environ if name != "KEDRO_ENV"} | environment,
        capture_output=True,
        text=True,
        check=False,
    )  # fmt: skip
    return run.returncode, run.stdout + run.stderr


def wait_until(condition, process, what, seconds=240):
    """Wait until something holds while a command runs."""
    deadline = time.monotonic() + seconds
    while not condition():
        if process.poll() is not None:
            raise AssertionError(f"The run ended before {what}:\n{process.stdout.read()}")
        if time.monotonic() > deadline:
            raise AssertionError(f"{seconds} seconds went by before {what}")
        time.sleep(0.0005)
