"""One Hadoop cluster for all tests here, and the project on it."""

import getpass
import itertools

import fsspec
import pytest
from kedro.framework.project import configure_project
from on_cluster import (
    INSIDE,
    OUTSIDE,
    ProjectOnCluster,
    is_alive,
    processes_of,
    write_events_of_some_customers,
)

from commands import ClusterError
from conftest import make_project_folder
from hadoop import Cluster
from support import Project, learn_from_little

_users = (f"user{number}" for number in itertools.count())


@pytest.fixture(scope="session")
def started_cluster(tmp_path_factory):
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("HADOOP_USER_NAME", getpass.getuser())
        cluster = Cluster(tmp_path_factory.mktemp("cluster"), outlives_us=False)
        try:
            cluster.start()
        except ClusterError as error:
            cluster.stop()
            if "could not fetch" in str(error):
                pytest.skip(str(error))
            raise
        yield cluster
        processes = processes_of(cluster)
        cluster.stop()
        assert len(processes) >= 6
        assert [process for process in processes if is_alive(process)] == []


@pytest.fixture
def cluster(started_cluster):
    """The cluster, with all its daemons up before and after the test."""
    started_cluster.start()
    yield started_cluster
    started_cluster.start()


@pytest.fixture(scope="session")
def hdfs(started_cluster):
    """Its HDFS, seen by the superuser."""
    with pytest.MonkeyPatch.context() as environment:  # else a local Spark would work on it too
        environment.setenv("HADOOP_CONF_DIR", str(started_cluster.configuration))
        filesystem, _ = fsspec.url_to_fs(started_cluster.address("fs.defaultFS"))
        return filesystem


@pytest.fixture
def on_cluster(cluster, hdfs, project_folder):
    """The project of a user who has nothing on the cluster yet."""
    user = next(_users)
    hdfs.client.mkdirs(f"/user/{user}", 0o755, True)
    hdfs.client.set_owner(f"/user/{user}", user)
    return ProjectOnCluster(cluster, hdfs, user, project_folder)


@pytest.fixture(scope="session")
def some_events(sample, tmp_path_factory):
    """The events of a fifth of the sample's customers, and the lines that are nobody's."""
    return write_events_of_some_customers(sample, tmp_path_factory.mktemp("some") / "raw")


@pytest.fixture(scope="session")
def on_this_computer(some_events, tmp_path_factory, spark):
    """The project after a run on some events, without a cluster; its models are small."""
    configure_project("customer_behavior")
    project = Project(make_project_folder(tmp_path_factory.mktemp("local") / "project"))
    learn_from_little(project.folder)
    project.run(some_events, f"{INSIDE},{OUTSIDE}")
    return project
