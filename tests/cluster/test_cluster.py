"""The cluster itself."""

import itertools
import os
import subprocess
import sys

import psutil
import pytest
from on_cluster import is_alive, processes_of

from commands import ClusterError
from hadoop import HERE, Cluster
from support import wait_until

pytestmark = pytest.mark.cluster


def test_starting_it_again_is_harmless(cluster):
    before = cluster.running()

    cluster.start()

    assert cluster.running() == before


def test_another_user_neither_reads_nor_writes_the_projects_folder(
    cluster, on_cluster, some_events, tmp_path
):
    on_cluster.run_well(some_events, "--nodes=ingestion.land_source_files")
    other = Cluster(cluster.folder, user="bob")
    (tmp_path / "a").touch()

    for command in (
        ["-ls", on_cluster.home],
        ["-cat", f"{on_cluster.home}/01_raw/_landed_events.json"],
        ["-put", str(tmp_path / "a"), f"{on_cluster.home}/01_raw/landing_zone/a"],
        ["-rm", "-r", on_cluster.home],
    ):
        with pytest.raises(ClusterError, match="Permission denied"):
            other.run_tool("fs", *command)


START_A_RUN = """
import json, sys, time
from pathlib import Path
from hadoop import Cluster
from run import client_environment
from support import start_command

folder, project, raw_events = sys.argv[1:]
cluster = Cluster(Path(folder), outlives_us=False)
cluster.start()
options = ["--env=cluster", f"--params=raw_events={raw_events}"]
run = start_command(Path(project), *options, **client_environment(cluster))
print("started", run.pid, flush=True)
time.sleep(600)
"""


def test_a_second_cluster_can_run_and_nothing_of_it_outlives_killed_tests(
    cluster, project_folder, some_events, tmp_path
):
    second = Cluster(tmp_path / "second")
    tests = subprocess.Popen(
        [sys.executable, "-c", START_A_RUN, second.folder, project_folder, some_events],
        env=os.environ | {"PYTHONPATH": f"{HERE}:{HERE.parent}/tests"},
        stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        (started,) = itertools.islice((line for line in tests.stdout if "started" in line), 1)
        run = psutil.Process(int(started.split()[-1]))
        wait_until(lambda: containers(second), tests, "the run had containers")
        processes = [run, *processes_of(second)]
    finally:
        tests.kill()
        tests.communicate()

    _, alive = psutil.wait_procs([p for p in processes if is_alive(p)], timeout=30)
    assert [process for process in alive if is_alive(process)] == []
    assert containers(second) == []
    assert len(processes) > 7
    assert len(cluster.running()) == 6


def containers(cluster):
    return cluster.containers("nodemanager1") + cluster.containers("nodemanager2")
