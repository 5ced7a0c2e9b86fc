"""The cluster itself."""

import json
import subprocess
import sys
import time

import pytest

from commands import ClusterError
from hadoop import HERE, Cluster

pytestmark = pytest.mark.cluster


def test_starting_it_again_is_harmless(cluster):
    before = cluster.running()

    cluster.start()

    assert cluster.running() == before


def test_another_user_neither_reads_nor_writes_the_projects_folder(
    cluster, on_cluster, some_events, tmp_path
):
    on_cluster.run_well(some_events, "--pipelines=ingestion")
    other = Cluster(cluster.folder)
    other.user = "bob"
    (tmp_path / "a").touch()

    for command in (
        ["-ls", on_cluster.home],
        ["-cat", f"{on_cluster.home}/08_reporting/ingestion_ledger.json"],
        ["-put", str(tmp_path / "a"), f"{on_cluster.home}/03_primary/events/a"],
        ["-rm", "-r", on_cluster.home],
    ):
        with pytest.raises(ClusterError, match="Permission denied"):
            other.run_tool("fs", *command)


def test_a_second_cluster_can_run_and_nothing_of_it_outlives_a_killed_test_run(cluster, tmp_path):
    second = tmp_path / "second"
    second.mkdir()
    for made in ("jars", "webapps"):
        (second / made).symlink_to(cluster.folder / made)
    starts = (
        "import json, pathlib, time; from hadoop import Cluster;"
        f"cluster = Cluster(pathlib.Path({str(second)!r}), outlives_us=False); cluster.start();"
        "print(json.dumps(cluster.running()), flush=True); time.sleep(600)"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", starts], cwd=HERE, stdout=subprocess.PIPE, text=True
    )
    try:
        daemons = json.loads(process.stdout.readline())
        assert len(daemons) == len(cluster.running()) == 6
    finally:
        process.kill()
        process.wait()

    deadline = time.monotonic() + 10
    while Cluster(second).running() and time.monotonic() < deadline:
        time.sleep(0.1)
    assert Cluster(second).running() == {}
    assert len(cluster.running()) == 6
