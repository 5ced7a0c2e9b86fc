"""A cluster that is not there, or gives nothing, is said in one line within a minute."""

import shutil
import signal
import socket
import time

import pytest

pytestmark = pytest.mark.cluster

SECONDS = 60


@pytest.fixture
def said(on_cluster, some_events):
    """What a run that can not begin says last."""

    def run(*arguments, **environment):
        began = time.monotonic()
        code, printed = on_cluster.run(f"--params=raw_events={some_events}", **environment)
        assert time.monotonic() - began < SECONDS
        assert code == 1, printed
        assert "Traceback" not in printed
        return printed.splitlines()[-1]

    return run


def test_no_configuration(said, tmp_path):
    assert "HADOOP_CONF_DIR is not set" in said(HADOOP_CONF_DIR="")
    assert f"HADOOP_CONF_DIR is {tmp_path}, where there is no" in said(
        HADOOP_CONF_DIR=str(tmp_path)
    )


def test_no_right_to_write(said):
    assert "Permission denied: user=bob, access=WRITE, inode='/user'" in said(
        HADOOP_USER_NAME="bob"
    )


def test_a_quota_that_is_used_up(cluster, on_cluster, hdfs, said):
    cluster.run_tool("dfsadmin", "-setSpaceQuota", "1000", f"/user/{on_cluster.user}")

    assert "quota of" in (line := said())
    assert line.endswith("Make room there, or ask for a larger quota.")
    assert hdfs.ls(on_cluster.home, detail=False) == []


def test_safe_mode(cluster, said):
    cluster.run_tool("dfsadmin", "-safemode", "enter")
    try:
        assert "Name node is in safe mode" in said()
    finally:
        cluster.run_tool("dfsadmin", "-safemode", "leave")


def test_no_namenode(cluster, said):
    cluster.stop_daemon("namenode", signal.SIGKILL)

    assert "HDFS does not answer" in said()


def test_no_datanodes(cluster, on_cluster, said):
    for name in ("datanode1", "datanode2"):
        cluster.stop_daemon(name, signal.SIGKILL)

    assert f"hdfs:///user/{on_cluster.user}/customer_behavior can not be written to" in said()


@pytest.mark.long
def test_a_resourcemanager_that_says_nothing(cluster, said, tmp_path):
    shutil.copytree(cluster.configuration, tmp_path / "conf")
    file = tmp_path / "conf/yarn-site.xml"
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = "{}:{}".format(*silent.getsockname())
        named = cluster.address("yarn.resourcemanager.address")
        file.write_text(file.read_text().replace(named, address))

        assert "YARN does not answer" in said(HADOOP_CONF_DIR=str(tmp_path / "conf"))


def test_no_resourcemanager(cluster, said):
    cluster.stop_daemon("resourcemanager", signal.SIGKILL)

    assert "YARN does not answer" in said()


def test_no_room_in_yarn(said):
    too_much = "--conf spark.executor.memory=100g pyspark-shell"

    assert "YARN has no room for this run" in said(PYSPARK_SUBMIT_ARGS=too_much)
