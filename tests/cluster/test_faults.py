import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from customer_behavior.datasets import LandedFilesDataset, SourceFilesDataset, landed_events
from support import finish, wait_until

pytestmark = pytest.mark.cluster

LANDED = "01_raw/_landed_events.json"
WRITING = "02_intermediate/_staged_lines/_temporary"
WRITTEN = "02_intermediate/_staged_lines/_SUCCESS"
UNFINISHED = "03_primary/events/_FINISHED.json"


def kill_a_datanode(cluster):
    cluster.stop_daemon("datanode1", signal.SIGKILL)


def restart_the_namenode(cluster):
    cluster.stop_daemon("namenode", signal.SIGKILL)
    cluster.start_daemon("namenode")


def kill_an_executor(cluster):
    os.kill(executors(cluster)[0], signal.SIGKILL)


def kill_a_nodemanager_and_its_containers(cluster):
    cluster.stop_daemon("nodemanager1", signal.SIGKILL)


FAULTS = {
    "a DataNode is killed while rows are written": (WRITING, kill_a_datanode),
    "the NameNode is restarted between two nodes": (LANDED, restart_the_namenode),
    "the NameNode is restarted while rows are written": (WRITING, restart_the_namenode),
    "an executor is killed": (WRITING, kill_an_executor),
    "a NodeManager and its containers are killed": (WRITING, kill_a_nodemanager_and_its_containers),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_nothing_is_lost_or_doubled_when(fault, cluster, on_cluster, on_this_computer, some_events):
    moment, happen = FAULTS[fault]
    process = on_cluster.start(f"--params=raw_events={some_events}", "--pipelines=ingestion")
    try:
        wait_until(lambda: on_cluster.has(moment), process, fault)
        assert not on_cluster.has(WRITTEN)
        happen(cluster)
    finally:
        code, printed = finish(process)

    assert code == 0, printed
    assert on_cluster.fetch().tables() == on_this_computer.tables()
    cluster.start()
    assert_healthy(cluster, on_cluster)


def test_a_run_whose_driver_was_killed_is_repeated(
    cluster, on_cluster, on_this_computer, some_events
):
    process = on_cluster.start(f"--params=raw_events={some_events}", "--pipelines=ingestion")
    try:
        wait_until(lambda: on_cluster.has(WRITING), process, "it was killed")
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()

    on_cluster.run_well(some_events, "--pipelines=ingestion")

    assert on_cluster.fetch().tables() == on_this_computer.tables()
    assert_healthy(cluster, on_cluster)


def test_a_copy_goes_on_when_a_datanode_is_killed_in_the_middle(
    cluster, hdfs, some_events, monkeypatch
):
    copy_text = landed_events.copy_text

    class Target:
        def __init__(self, file):
            self.file = file

        def write(self, chunk):
            half = len(chunk) // 2
            self.file.write(chunk[:half])
            cluster.stop_daemon("datanode1", signal.SIGKILL)
            self.file.write(chunk[half:])

    monkeypatch.setattr(
        landed_events,
        "copy_text",
        lambda filesystem, path, target, sha256: copy_text(
            filesystem, path, Target(target), sha256
        ),
    )

    files = land(zone_of(hdfs, "datanode"), some_events)

    assert_copied(hdfs, files, some_events)


LAND_AND_BE_KILLED = """
import os, signal, sys
from customer_behavior.datasets import LandedFilesDataset, SourceFilesDataset, landed_events

def copy_half(filesystem, path, target, sha256):
    text = filesystem.cat_file(path)
    target._file = target._create()
    target.write(text[: len(text) // 2])
    target._file.hsync()
    os.kill(os.getpid(), signal.SIGKILL)

landed_events.copy_text = copy_half
raw_events, zone = sys.argv[1:]
dataset = LandedFilesDataset(filepath=f"{zone}/manifest.json", landing_zone=zone)
dataset.save(SourceFilesDataset(filepath=raw_events).load())
"""


def test_half_a_copy_of_a_killed_run_is_completed_and_never_read(cluster, hdfs, some_events):
    zone = zone_of(hdfs, "killed")
    killed = subprocess.run(
        [sys.executable, "-c", LAND_AND_BE_KILLED, str(some_events), zone],
        env=os.environ | cluster.environment(),
        check=False,
    )
    assert killed.returncode == -signal.SIGKILL
    left = names_in(hdfs, zone)
    assert left
    assert all(name.endswith(".unfinished") for name in left)

    files = land(zone, some_events)

    assert_copied(hdfs, files, some_events)
    assert not [name for name in names_in(hdfs, zone) if name.endswith(".unfinished")]


def names_in(hdfs, zone):
    return hdfs.ls(hdfs._strip_protocol(zone), detail=False)


def zone_of(hdfs, name):
    return f"hdfs://{hdfs.host}:{hdfs.port}/tmp/landing_{name}"


def land(zone, raw_events):
    dataset = LandedFilesDataset(filepath=f"{zone}/manifest.json", landing_zone=zone)
    dataset.save(SourceFilesDataset(filepath=str(raw_events)).load())
    return dataset.load()


def assert_copied(hdfs, files, raw_events):
    assert len(files) == 2
    for file in files:
        copied = hdfs.cat_file(hdfs._strip_protocol(file.path))
        assert copied == (raw_events / file.source_file).read_bytes()


def executors(cluster):
    containers = cluster.containers("nodemanager1") + cluster.containers("nodemanager2")
    return [
        pid
        for pid in containers
        if b"CoarseGrainedExecutorBackend" in (command := Path(f"/proc/{pid}/cmdline").read_bytes())
        and b"java" in command.split(b"\0")[0]
    ]


def assert_healthy(cluster, on_cluster):
    """Every block of the project is there, as often as it should be."""
    for _ in range(20):
        found = cluster.run_tool("fsck", on_cluster.home)
        if "Under-replicated blocks:\t0" in found:
            break
        time.sleep(1)
    assert "Status: HEALTHY" in found
    assert "Under-replicated blocks:\t0" in found
