import logging
import os
import signal
import subprocess
import sys
import time

import psutil
import pytest
from kedro.io import DatasetError, MemoryDataset
from kedro.pipeline import Node, Pipeline
from kedro.runner import SequentialRunner, ThreadRunner

from conftest import PROJECT
from customer_behavior.runs import memory, nodes, provenance
from running import catalog_in, manifest_in, run
from support import die_with_parent, wait_until

RUNNERS = [SequentialRunner, ThreadRunner]


class SlowDataset(MemoryDataset):
    """Takes long to save, as a Spark table does, which is computed then."""

    def save(self, data):
        time.sleep(0.3)
        super().save(data)


class FullDisk(MemoryDataset):
    def save(self, data):
        raise DatasetError("the disk is full")


def boil():
    return "egg"


def peel(egg):
    return f"peeled {egg}"


def drop(egg):
    raise ValueError(f"the {egg} fell")


def breakfast(second=peel):
    return Pipeline(
        [
            Node(boil, inputs=None, outputs="egg", name="boil"),
            Node(second, inputs="egg", outputs="peeled", name="second"),
            Node(print, inputs="peeled", outputs=None, name="serve"),
        ]
    )


def statuses(manifest):
    return {node["name"]: node["status"] for node in manifest["nodes"]}


# In a process of its own, since a signal ends it.
WAITING = """
import signal, sys, time
from pathlib import Path
from kedro.pipeline import Node, Pipeline
from kedro.runner import SequentialRunner
from running import catalog_in, run

def wait(egg):
    (folder / "began").touch()
    try:
        time.sleep(60)
    except KeyboardInterrupt:
        if how == "a job is cancelled":  # Spark raises this in its place
            raise RuntimeError("cancelled") from None
        raise

folder, how = Path(sys.argv[1]), sys.argv[2]
signal.signal(signal.SIGINT, signal.default_int_handler)  # whatever started this process
boil = Node(lambda: "egg", inputs=None, outputs="egg", name="boil")
wait = Node(wait, inputs="egg", outputs="boiled", name="wait")
serve = Node(print, inputs="boiled", outputs=None, name="serve")
sys.exit(str(run(Pipeline([boil, wait, serve]), catalog_in(folder), SequentialRunner())))
"""


@pytest.mark.parametrize("runner", RUNNERS)
def test_a_run_that_succeeds_says_so_of_each_node(tmp_path, runner):
    assert run(breakfast(), catalog_in(tmp_path), runner(), tags=["score"]) is None

    manifest = manifest_in(tmp_path)
    assert (manifest["outcome"], manifest["error"]) == ("finished", None)
    assert statuses(manifest) == dict.fromkeys(["boil", "second", "serve"], "finished")
    assert manifest["run"] == {"env": "local", "runner": runner.__name__, "tags": ["score"]}
    assert manifest["started"] <= manifest["ended"]


def test_the_seconds_of_a_node_include_the_save_of_its_outputs(tmp_path):
    catalog = catalog_in(tmp_path)
    catalog["egg"] = SlowDataset()

    run(breakfast(), catalog, SequentialRunner())

    boil, peel, _ = manifest_in(tmp_path)["nodes"]
    assert boil["seconds"] >= 0.3 > peel["seconds"]


def test_the_memory_of_a_node_is_the_most_that_it_held_meanwhile(tmp_path):
    def boil_much():
        water = bytearray(400 << 20)
        time.sleep(1.2)
        return len(water)

    pipeline = Pipeline(
        [
            Node(boil, inputs=None, outputs="egg", name="1"),
            Node(boil_much, inputs=None, outputs="water", name="2"),
        ]
    )
    run(pipeline, catalog_in(tmp_path), SequentialRunner())

    little, much = (node["peak_driver_memory_bytes"] for node in manifest_in(tmp_path)["nodes"])
    assert little > 0
    assert much - little > 300 << 20


def test_a_process_whose_memory_may_not_be_seen_does_not_count():
    class Hidden:
        def children(self, recursive):
            return []

        def memory_info(self):
            raise psutil.AccessDenied(7)

    class Gone(Hidden):
        def children(self, recursive):
            raise psutil.AccessDenied(7)

    assert memory.memory_of(Hidden()) == 0
    assert memory.memory_of(Gone()) == 0


@pytest.mark.parametrize("runner", RUNNERS)
def test_a_run_that_fails_names_the_node_the_error_and_what_is_left(tmp_path, runner):
    error = run(breakfast(drop), catalog_in(tmp_path), runner())

    manifest = manifest_in(tmp_path)
    assert str(error) == "the egg fell"
    assert manifest["outcome"] == "failed"
    assert manifest["error"] == {"type": "ValueError", "text": "the egg fell", "nodes": ["second"]}
    assert statuses(manifest) == {"boil": "finished", "second": "failed", "serve": "not_run"}


def boil_two():
    yield "egg"
    yield "another egg"


@pytest.mark.parametrize("runner", RUNNERS)
def test_a_node_that_yields_shares_ends_with_the_last_one(tmp_path, caplog, runner):
    caplog.set_level(logging.INFO, "customer_behavior.runs.record")
    catalog = catalog_in(tmp_path)
    catalog["egg"] = SlowDataset()
    pipeline = Pipeline([Node(boil_two, inputs=None, outputs="egg", name="boil")])

    assert run(pipeline, catalog, runner()) is None

    (boil,) = manifest_in(tmp_path)["nodes"]
    assert boil["status"] == "finished"
    assert boil["seconds"] >= 0.6
    assert sum("boil finished" in one.getMessage() for one in caplog.records) == 1


def test_a_node_that_fails_after_its_first_share_has_failed(tmp_path):
    def boil_one_and_drop_the_other():
        yield "egg"
        raise ValueError("the second egg fell")

    node = Node(boil_one_and_drop_the_other, inputs=None, outputs="egg", name="boil")
    run(Pipeline([node]), catalog_in(tmp_path), SequentialRunner())

    manifest = manifest_in(tmp_path)
    assert manifest["error"]["nodes"] == ["boil"]
    assert statuses(manifest) == {"boil": "failed"}


def test_a_node_whose_output_cannot_be_saved_has_failed(tmp_path):
    catalog = catalog_in(tmp_path)
    catalog["egg"] = FullDisk()

    run(breakfast(), catalog, SequentialRunner())

    manifest = manifest_in(tmp_path)
    assert manifest["error"]["nodes"] == ["boil"]
    assert "the disk is full" in manifest["error"]["text"]


def test_a_manifest_that_cannot_be_written_does_not_hide_why_the_run_failed(tmp_path):
    catalog = catalog_in(tmp_path)

    def drop_all(egg):
        catalog["run_manifest"] = FullDisk()
        raise ValueError("the table fell")

    assert str(run(breakfast(drop_all), catalog, SequentialRunner())) == "the table fell"


@pytest.mark.parametrize(
    ("name", "how"), [("SIGINT", ""), ("SIGINT", "a job is cancelled"), ("SIGTERM", "")]
)
def test_a_run_that_is_interrupted_says_so(tmp_path, name, how):
    process = subprocess.Popen(
        [sys.executable, "-c", WAITING, str(tmp_path), how],
        env=os.environ | {"PYTHONPATH": str(PROJECT / "tests")},
        stdout=(tmp_path / "printed").open("w"),
        stderr=subprocess.STDOUT,
        preexec_fn=die_with_parent,
    )
    wait_until((tmp_path / "began").exists, process, "the node began", seconds=60)
    process.send_signal(getattr(signal, name))

    assert process.wait(timeout=60) != 0
    manifest = manifest_in(tmp_path)
    assert (manifest["outcome"], manifest["error"]) == ("interrupted", None)
    assert statuses(manifest) == {"boil": "finished", "wait": "interrupted", "serve": "not_run"}
    assert manifest["ended"]
    printed = (tmp_path / "printed").read_text()
    assert "Interrupted after" in printed
    assert "in wait" in printed
    assert "Failed" not in printed


def test_while_a_run_lasts_and_after_it_is_killed_its_outcome_is_running(tmp_path):
    seen = []

    run(
        breakfast(lambda egg: seen.append(manifest_in(tmp_path))),
        catalog_in(tmp_path),
        SequentialRunner(),
    )

    assert [(one["outcome"], one["ended"]) for one in seen] == [("running", None)]


def test_the_source_is_that_of_the_ledger_after_the_run(tmp_path):
    ledger = {"type": "json.JSONDataset", "filepath": str(tmp_path / "ledger.json")}
    file = {"source_file": "2019-Oct.csv", "bytes": 7, "sha256": "ab"}

    def ingest(_):
        return {"source_id": "cd", "files": [file | {"rows": 1}]}

    run(breakfast(), catalog_in(tmp_path, ingestion_ledger=ledger), SequentialRunner())
    assert manifest_in(tmp_path)["source"] is None

    pipeline = Pipeline([Node(ingest, inputs="egg", outputs="ingestion_ledger", name="ingest")])
    catalog = catalog_in(
        tmp_path, ingestion_ledger=ledger, egg={"type": "MemoryDataset", "data": 1}
    )
    run(pipeline, catalog, SequentialRunner())
    assert manifest_in(tmp_path)["source"] == {"source_id": "cd", "files": [file]}


def test_a_password_in_an_address_is_not_written(tmp_path):
    parameters = {"raw_events": "s3://key:pass@bucket/months", "landing": "hdfs://me@host/zone"}

    run(breakfast(), catalog_in(tmp_path), SequentialRunner(), runtime_params=parameters)

    assert manifest_in(tmp_path)["run"]["runtime_params"] == {
        "raw_events": "s3://***@bucket/months",
        "landing": "hdfs://me@host/zone",
    }


@pytest.mark.parametrize("runner", RUNNERS)
def test_the_log_has_two_lines_for_each_node(tmp_path, caplog, runner):
    caplog.set_level(logging.INFO, "customer_behavior.runs.record")
    run(breakfast(drop), catalog_in(tmp_path), runner())

    lines = [one.getMessage() for one in caplog.records if one.name.endswith("runs.record")]
    assert [line.rpartition(" after ")[0] or line for line in lines] == [
        "1/3 boil",
        "1/3 boil finished",
        "2/3 second",
        "2/3 second failed",
        "ValueError: the egg fell",
    ]


def test_the_log_does_not_count_nodes_that_kedro_may_leave_out(tmp_path, caplog):
    caplog.set_level(logging.INFO, "customer_behavior.runs.record")
    run(breakfast(), catalog_in(tmp_path), SequentialRunner(), only_missing_outputs=True)

    lines = [one.getMessage() for one in caplog.records if one.name.endswith("runs.record")]
    assert lines[0] == "1 boil"


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0.04, "0.0 s"), (59.9, "59.9 s"), (252, "4 min 12 s"), (7500, "2 h 05 min")],
)
def test_durations_are_said_as_people_do(seconds, said):
    assert nodes.duration(seconds) == said


def git(folder, *arguments):
    identity = ["-c", "user.name=a", "-c", "user.email=a@example.com"]
    done = subprocess.run(
        ["git", *identity, *arguments], cwd=folder, check=True, capture_output=True, text=True
    )
    return done.stdout.strip()


def test_the_commit_of_the_code_is_known_and_whether_it_was_changed(tmp_path):
    code = tmp_path / "src" / "node.py"
    code.parent.mkdir()
    code.write_text("1")
    assert provenance.code(code) == {"git_commit": None, "git_is_clean": None}

    git(tmp_path, "init", "-q")
    assert provenance.code(code) == {"git_commit": None, "git_is_clean": None}

    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-qm", "first")
    commit = git(tmp_path, "rev-parse", "HEAD")
    assert provenance.code(code) == {"git_commit": commit, "git_is_clean": True}

    (tmp_path / "new.py").write_text("2")
    assert provenance.code(code) == {"git_commit": commit, "git_is_clean": False}


def test_without_git_there_is_no_commit_and_no_error(monkeypatch):
    monkeypatch.setenv("PATH", "")

    assert provenance.code() == {"git_commit": None, "git_is_clean": None}


def test_the_versions_are_those_of_the_packages_that_the_project_names():
    versions = provenance.versions()

    assert {"customer-behavior", "kedro", "pyspark", "psutil"} <= set(versions["packages"])
    assert "ruff" not in versions["packages"]
    assert versions["kedro"].startswith("1.")
