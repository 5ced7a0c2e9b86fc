import subprocess
import sys

import pytest

from commands import ClusterError
from hadoop import Cluster
from run import client_environment

pytestmark = pytest.mark.cluster


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    cluster = Cluster(tmp_path_factory.mktemp("cluster"))
    try:
        cluster.start()
    except ClusterError as error:
        cluster.stop()
        if "could not fetch" in str(error):
            pytest.skip(str(error))
        raise
    yield cluster
    cluster.stop()
    assert cluster.running() == {}
    assert cluster.containers("nodemanager1") + cluster.containers("nodemanager2") == []


@pytest.fixture
def run_on_cluster(cluster, project):
    def run(raw_events):
        done = subprocess.run(
            [sys.executable, "-m", "customer_behavior", "--env=cluster",
             f"--params=raw_events={raw_events}"],
            cwd=project.folder, env=client_environment(cluster), capture_output=True, text=True,
            timeout=300, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr

    return run


def test_the_events_on_hdfs_are_those_on_local_disk(
    cluster, run_on_cluster, project, few_events, tmp_path, spark
):
    run_on_cluster(few_events)
    project.run(few_events)

    home = f"/user/{cluster.user}/customer_behavior"
    cluster.run_shell("-get", f"{home}/03_primary/events", str(tmp_path / "events"))
    cluster.run_shell("-get", f"{home}/08_reporting", str(tmp_path / "reports"))
    events = spark.read.parquet(str(tmp_path / "events"))
    columns = [name for name in project.load("events").columns if name != "event_month"]
    on_hdfs = sorted(map(tuple, events.select(columns).collect()), key=repr)
    local = sorted(map(tuple, project.load("events").select(columns).collect()), key=repr)
    assert on_hdfs == local
    ledger = (tmp_path / "reports/ingestion_ledger.json").read_text()
    assert ledger == (project.folder / "data/08_reporting/ingestion_ledger.json").read_text()


def test_starting_a_running_cluster_again_is_harmless(cluster):
    before = cluster.running()

    cluster.start()

    assert cluster.running() == before


def test_another_user_can_not_look_into_the_project(cluster, monkeypatch):
    other = Cluster(cluster.folder)
    other.user = "bob"

    with pytest.raises(ClusterError, match="Permission denied"):
        other.run_shell("-ls", f"/user/{cluster.user}")
