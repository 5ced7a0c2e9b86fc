"""Runs of the project on a cluster."""

import contextlib
import gzip
import shutil
import zlib
from pathlib import Path

import psutil

from hadoop import Cluster
from run import client_environment
from support import Project, finish, run_notebooks, start_command

#: What runs inside the cluster, and outside of it. The other models are compared by a long test,
#: which runs all pipelines.
INSIDE, OUTSIDE = "ingestion,feature_engineering,clustering", "exploration,reporting"


class ProjectOnCluster:
    """The project of one user of a cluster."""

    def __init__(self, cluster, hdfs, user, folder):
        self.user = user
        self.home = f"/user/{user}/customer_behavior"
        self.cluster = Cluster(cluster.folder, user=user)
        self._hdfs = hdfs
        self.folder = folder

    def start(self, *arguments, **environment):
        settings = client_environment(self.cluster) | environment
        return start_command(self.folder, "--env=cluster", *arguments, **settings)

    def run(self, *arguments, **environment):
        """Run to the end; the exit code and what was printed."""
        return finish(self.start(*arguments, **environment))

    def run_well(self, raw_events, *arguments):
        code, printed = self.run(f"--params=raw_events={raw_events}", *arguments)
        assert code == 0, printed

    def run_notebook(self, name):
        """Run it on what a run has left; the exit code and what was printed."""
        settings = client_environment(self.cluster) | {"KEDRO_ENV": "cluster"}
        return run_notebooks(self.folder, name, **settings)

    def fetch(self):
        """Copy everything from HDFS to a project on this computer."""
        folder = Path(f"{self.folder}_from_hdfs")
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(self.folder, folder)
        (folder / "data").mkdir()
        self._hdfs.get(f"{self.home}/", f"{folder}/data/", recursive=True)
        return Project(folder)

    def has(self, path):
        return self._hdfs.exists(f"{self.home}/{path}")

    def is_writing_rows(self):
        """Whether a task of the job that writes the tables has a file open."""
        folder = f"{self.home}/02_intermediate/_staged_lines/_temporary/0/_temporary"
        if not self._hdfs.exists(folder):
            return False
        try:
            files = self._hdfs.client.list_status(folder, True)
            return any("part-" in file.path for file in files)
        except FileNotFoundError:  # between the question and the answer
            return False


def processes_of(cluster):
    """Daemons, and what runs in containers."""
    containers = cluster.containers("nodemanager1") + cluster.containers("nodemanager2")
    found = []
    for pid in [*cluster.running().values(), *containers]:
        with contextlib.suppress(psutil.NoSuchProcess):  # a container begins with short commands
            found.append(psutil.Process(pid))
    return found


def is_alive(process):
    return process.is_running() and process.status() != psutil.STATUS_ZOMBIE


def write_events_of_some_customers(sample, folder):
    """Copy the events of a fifth of the customers, always the same, and damaged lines."""
    folder.mkdir(parents=True)
    for file in sorted(sample.glob("*.csv.gz")):
        header, *lines = gzip.decompress(file.read_bytes()).splitlines(keepends=True)
        kept = [line for line in lines if zlib.crc32(line.split(b",")[-2:][0]) % 5 == 0]
        (folder / file.stem).write_bytes(header + b"".join(kept))
    return folder
