import contextlib
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

NODEMANAGERS = ("nodemanager1", "nodemanager2")


def are_landed(on_cluster):
    return on_cluster.has("01_raw/_landed_events.json")


def are_being_written(on_cluster):
    return on_cluster.is_writing_rows()


def are_written(on_cluster):
    return on_cluster.has("02_intermediate/_staged_lines/_SUCCESS")


def kill_a_datanode(cluster):
    cluster.stop_daemon("datanode1", signal.SIGKILL)


def restart_the_namenode(cluster):
    cluster.stop_daemon("namenode", signal.SIGKILL)
    cluster.start_daemon("namenode")


def kill_an_executor(cluster):
    os.kill(next(pid for node in NODEMANAGERS for pid in executors(cluster, node)), signal.SIGKILL)


def kill_a_nodemanager_and_its_containers(cluster):
    node = next(node for node in NODEMANAGERS if executors(cluster, node))
    cluster.stop_daemon(node, signal.SIGKILL)


def kill_a_datanode_a_nodemanager_and_its_containers(cluster):
    kill_a_datanode(cluster)
    kill_a_nodemanager_and_its_containers(cluster)


# What happens, when, and what the run has to say of it. (Of a lost node it says nothing unless it
# takes 15 seconds more: then YARN counts the node as lost.)
FAULTS = {
    "a DataNode is killed while rows are written": (are_being_written, kill_a_datanode, ""),
    "the NameNode is restarted between two nodes": (are_landed, restart_the_namenode, ""),
    "the NameNode is restarted while rows are written": (
        are_being_written,
        restart_the_namenode,
        "",
    ),
    "the NameNode is restarted while tables are replaced": (are_written, restart_the_namenode, ""),
    "an executor is killed": (are_being_written, kill_an_executor, "Lost executor"),
    "a NodeManager and its containers are killed": (
        are_being_written,
        kill_a_nodemanager_and_its_containers,
        "",
    ),
    "a whole node is lost while rows are written": (
        are_being_written,
        kill_a_datanode_a_nodemanager_and_its_containers,
        "",
    ),
}


# Each takes a minute: those that others have in them, or make likely, are left to make test-all.
LONG = {
    "a DataNode is killed while rows are written",
    "the NameNode is restarted between two nodes",
    "the NameNode is restarted while tables are replaced",
    "an executor is killed",
    "a NodeManager and its containers are killed",
}


@pytest.mark.parametrize(
    "fault", [pytest.param(f, marks=[pytest.mark.long] if f in LONG else []) for f in FAULTS]
)
def test_nothing_is_lost_or_doubled_when(fault, cluster, on_cluster, on_this_computer, some_events):
    is_time, happen, said = FAULTS[fault]
    process = on_cluster.start(f"--params=raw_events={some_events}", "--pipelines=ingestion")
    try:
        wait_until(lambda: is_time(on_cluster), process, fault)
        assert is_time is are_written or not are_written(on_cluster)
        happen(cluster)
    finally:
        code, printed = finish(process)

    assert code == 0, printed
    assert said in printed
    assert on_cluster.fetch().tables() == on_this_computer.tables()
    cluster.start()
    assert_healthy(cluster, on_cluster)


def test_a_run_whose_driver_was_killed_is_repeated(
    cluster, on_cluster, on_this_computer, some_events
):
    process = on_cluster.start(f"--params=raw_events={some_events}", "--pipelines=ingestion")
    try:
        wait_until(on_cluster.is_writing_rows, process, "it was killed")
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()

    on_cluster.run_well(some_events, "--pipelines=ingestion")

    assert on_cluster.fetch().tables() == on_this_computer.tables()
    assert_healthy(cluster, on_cluster)


def test_a_large_copy_goes_on_when_a_datanode_is_killed_in_the_middle(
    cluster, hdfs, some_events, tmp_path, monkeypatch
):
    october = (some_events / "2019-Oct.csv").read_bytes()
    (tmp_path / "raw").mkdir()
    (tmp_path / "raw/large.csv").write_bytes(october * 20)  # more than five blocks
    zone = zone_of(hdfs, "datanode")
    copy_text = landed_events.copy_text

    class Target:
        """Hands on what is written, and kills the DataNode when half of it is on HDFS."""

        def __init__(self, file):
            self.file = file
            self.written = 0

        def write(self, chunk):
            self.written += self.file.write(chunk)
            if self.written > 10 * len(october) and "datanode1" in cluster.running():
                assert names_in(hdfs, zone)[0].endswith(".unfinished")
                cluster.stop_daemon("datanode1", signal.SIGKILL)

    monkeypatch.setattr(
        landed_events,
        "copy_text",
        lambda filesystem, path, target, sha256: copy_text(
            filesystem, path, Target(target), sha256
        ),
    )

    files = land(zone, tmp_path / "raw")

    assert "datanode1" not in cluster.running()
    assert_copied(hdfs, files, tmp_path / "raw")


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
    assert files
    for file in files:
        copied = hdfs.cat_file(hdfs._strip_protocol(file.path))
        assert copied == (raw_events / file.source_file).read_bytes()


def executors(cluster, nodemanager):
    """Processes of the executors on a node: their JVMs, not the shells that started them."""
    found = []
    for pid in cluster.containers(nodemanager):
        with contextlib.suppress(OSError):
            command = Path(f"/proc/{pid}/cmdline").read_bytes()
            if b"CoarseGrainedExecutorBackend" in command and b"java" in command.split(b"\0")[0]:
                found.append(pid)
    return found


def assert_healthy(cluster, on_cluster):
    """Every block of the project is there, as often as it should be."""
    for _ in range(20):
        found = cluster.run_tool("fsck", on_cluster.home)
        if "Under-replicated blocks:\t0" in found:
            break
        time.sleep(1)
    assert "Status: HEALTHY" in found
    assert "Under-replicated blocks:\t0" in found
