"""A small Hadoop cluster on this computer: HDFS and YARN, each daemon a process of its own.

For development and tests: `python cluster/hadoop.py up`, `status`, `down`, and commands of Hadoop:
`fs -ls /`, `dfsadmin -report`, `fsck /`. Everything it makes lies in one folder.
"""

import argparse
import contextlib
import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
import xml.etree.ElementTree as ElementTree
from pathlib import Path
from typing import Any

from commands import ClusterError, run_command
from configuration import HOST, write_configuration
from jars import fetch_jars

HERE = Path(__file__).resolve().parent
DEFAULT_FOLDER = HERE.parent / ".cluster"

_NAMENODE = "org.apache.hadoop.hdfs.server.namenode.NameNode"
_DAEMONS = {
    "namenode": _NAMENODE,
    "datanode1": "org.apache.hadoop.hdfs.server.datanode.DataNode",
    "datanode2": "org.apache.hadoop.hdfs.server.datanode.DataNode",
    "resourcemanager": "org.apache.hadoop.yarn.server.resourcemanager.ResourceManager",
    "nodemanager1": "org.apache.hadoop.yarn.server.nodemanager.NodeManager",
    "nodemanager2": "org.apache.hadoop.yarn.server.nodemanager.NodeManager",
}
_TOOLS = {
    "fs": "org.apache.hadoop.fs.FsShell",
    "dfsadmin": "org.apache.hadoop.hdfs.tools.DFSAdmin",
    "fsck": "org.apache.hadoop.hdfs.tools.DFSck",
}
# Small and quick to start; these daemons serve one user.
_JVM = (
    "-Xmx160m", "-Xss512k", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1",
    "-XX:MaxMetaspaceSize=160m", "-Djava.net.preferIPv4Stack=true",
)  # fmt: skip
_SECONDS_TO_START = 180


class Cluster:
    """The cluster in a folder, running or not."""

    def __init__(
        self, folder: Path = DEFAULT_FOLDER, *, user: str | None = None, outlives_us: bool = True
    ) -> None:
        """Name the cluster by its folder.

        Args:
            folder: For all that it makes.
            user: Who uses it; who starts it is the superuser of HDFS.
            outlives_us: Whether it runs on when the process that started it ends.
        """
        self.folder = folder.resolve()
        self.configuration = self.folder / "conf"
        self.logs = self.folder / "logs"
        self.user = user or os.environ.get("HADOOP_USER_NAME") or os.environ.get("USER") or "hadoop"
        self._outlives_us = outlives_us
        self._data = self.folder / "data"
        self._jars = DEFAULT_FOLDER / "jars"  # one set for all clusters
        self._processes = self.folder / "processes.json"
        self._watcher: subprocess.Popen[bytes] | None = None

    # What is there

    def running(self) -> dict[str, int]:
        """Ids of the daemons that run, by name."""
        if not self._processes.exists():
            return {}
        known = json.loads(self._processes.read_text())
        return {name: pid for name, (pid, mark) in known.items() if _mark_of(pid) == mark}

    def address(self, name: str) -> str:
        """Value of a property of the configuration."""
        for file in ("core-site.xml", "hdfs-site.xml", "yarn-site.xml"):
            for entry in ElementTree.parse(self.configuration / file).getroot():
                if entry.findtext("name") == name:
                    return str(entry.findtext("value"))
        raise KeyError(name)

    def describe(self) -> str:
        """Addresses, processes, and how to use and stop it."""
        running = self.running()
        lines = [f"{name:<16} {running.get(name, 'not running')}" for name in _DAEMONS]
        if self.configuration.exists():
            lines += [
                f"HDFS             {self.address('fs.defaultFS')}",
                f"NameNode         http://{self.address('dfs.namenode.http-address')}/jmx",
                f"ResourceManager  http://{self.address('yarn.resourcemanager.webapp.address')}/ws/v1/cluster",
                f"HADOOP_CONF_DIR  {self.configuration}",
                f"logs             {self.logs}",
            ]
        return "\n".join(lines)

    # Starting and stopping

    def start(self) -> None:
        """Start every daemon that does not run, and wait until all are ready.

        Raises:
            ClusterError: If one is not ready in time.
        """
        fetch_jars(self._jars)
        if not self._outlives_us:
            self._watch()
        write_configuration(self.configuration, self._data, self.user)
        self.logs.mkdir(parents=True, exist_ok=True)
        if not (self._data / "namenode/current/VERSION").exists():
            self._run_java(_NAMENODE, "-format", "-nonInteractive", "-force")
        for name in _DAEMONS:
            self.start_daemon(name)
        self.wait_until_ready()
        self._make_home()

    def start_daemon(self, name: str) -> None:
        """Start a daemon, unless it runs."""
        running = self.running()
        if name in running:
            return
        with (self.logs / f"{name}.log").open("ab") as log:
            process = subprocess.Popen(
                self._command(_DAEMONS[name], *self._own_settings(name)),
                env=self.environment(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        running[name] = process.pid
        self._remember(running)

    def wait_until_ready(self) -> None:
        """Wait until HDFS has left its safe mode and all nodes have reported.

        Raises:
            ClusterError: If they do not, or a daemon has ended.
        """
        deadline = time.monotonic() + _SECONDS_TO_START
        while not (self._hdfs_is_ready() and self._yarn_is_ready()):
            missing = sorted(set(_DAEMONS) - set(self.running()))
            if missing or time.monotonic() > deadline:
                what = f"{missing[0]} has ended" if missing else "it is not ready in time"
                name = missing[0] if missing else "namenode"
                raise ClusterError(f"The cluster did not start: {what}. See {self.logs}/{name}.log")
            time.sleep(0.3)

    def stop(self) -> None:
        """End all daemons and containers, by their ids; the files stay."""
        for name in reversed(_DAEMONS):
            self.stop_daemon(name)
        if not self.running():
            self._processes.unlink(missing_ok=True)

    def stop_daemon(self, name: str, how: signal.Signals = signal.SIGTERM) -> None:
        """End a daemon, a NodeManager with its containers.

        Args:
            name: The daemon.
            how: SIGTERM lets it finish, as far as it does so within seconds; SIGKILL does not.
        """
        pid = self.running().get(name)
        if pid is not None:
            _send(pid, how)
            if not _wait_for_end(pid, seconds=3):
                _send(pid, signal.SIGKILL)
                _wait_for_end(pid, seconds=10)
        if name.startswith("nodemanager"):
            for container in self.containers(name):
                _send(container, signal.SIGKILL)

    def containers(self, name: str) -> list[int]:
        """Ids of the processes in the containers of a NodeManager."""
        mark = f"LOCAL_DIRS={self._data / name}".encode()
        found = []
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                if mark in (folder / "environ").read_bytes():
                    found.append(int(folder.name))
            except OSError:
                continue
        return found

    # Using it

    def environment(self) -> dict[str, str]:
        """Environment of daemons and clients."""
        return os.environ | {
            "HADOOP_CONF_DIR": str(self.configuration),
            "HADOOP_USER_NAME": self.user,
            "SPARK_LOCAL_IP": HOST,
        }

    def run_tool(self, tool: str, *arguments: str) -> str:
        """Run one of Hadoop's commands: fs, dfsadmin or fsck; what it prints.

        Raises:
            ClusterError: If it fails.
        """
        return self._run_java(_TOOLS[tool], *arguments)

    # How

    def _watch(self) -> None:
        """Have another process stop the cluster when this one ends, however that happens."""
        if self._watcher is None:
            self._watcher = subprocess.Popen(
                [sys.executable, __file__, "watch", str(self.folder)],
                stdin=subprocess.PIPE,  # which ends with this process
                start_new_session=True,
            )

    def _make_home(self) -> None:
        """Make the user's folder, which nobody else may enter, and the place for staged jobs."""
        home = f"/user/{self.user}"
        self.run_tool("fs", "-mkdir", "-p", home)
        self.run_tool("fs", "-chmod", "700", home)

    def _command(
        self, java_class: str, *settings: str, arguments: tuple[str, ...] = ()
    ) -> list[str]:
        home = os.environ.get("JAVA_HOME")
        java = f"{home}/bin/java" if home else "java"
        classpath = f"{self.configuration}:{self._jars / 'webapps'}:{self._jars}/*"
        temporary = f"-Djava.io.tmpdir={self._data / 'tmp'}"
        (self._data / "tmp").mkdir(parents=True, exist_ok=True)
        return [java, *_JVM, temporary, "-cp", classpath, java_class, *settings, *arguments]

    def _own_settings(self, name: str) -> list[str]:
        """What differs between the two nodes of a kind: where they keep their files."""
        folder = self._data / name
        if name.startswith("datanode"):
            return ["-D", f"dfs.datanode.data.dir=file://{folder}"]
        if name.startswith("nodemanager"):
            return [
                "-D", f"yarn.nodemanager.local-dirs={folder}/local",
                "-D", f"yarn.nodemanager.log-dirs={folder}/logs",
            ]  # fmt: skip
        return []

    def _run_java(self, java_class: str, *arguments: str) -> str:
        command = self._command(java_class, arguments=arguments)
        return run_command(command, f"{java_class.rpartition('.')[2]} failed", self.environment())

    def _remember(self, running: dict[str, int]) -> None:
        """Write down ids, each with a mark of its process: ids are used again."""
        known = {name: (pid, _mark_of(pid)) for name, pid in running.items()}
        self._processes.write_text(json.dumps(known))

    def _hdfs_is_ready(self) -> bool:
        state = _get(f"http://{self.address('dfs.namenode.http-address')}/jmx?qry="
                     "Hadoop:service=NameNode,name=FSNamesystemState")  # fmt: skip
        beans = (state or {}).get("beans") or [{}]
        return beans[0].get("NumLiveDataNodes") == 2 and beans[0].get("FSState") == "Operational"

    def _yarn_is_ready(self) -> bool:
        address = self.address("yarn.resourcemanager.webapp.address")
        metrics = _get(f"http://{address}/ws/v1/cluster/metrics") or {}
        return metrics.get("clusterMetrics", {}).get("activeNodes") == 2


def _get(address: str) -> dict[str, Any] | None:
    try:
        with urllib.request.urlopen(address, timeout=5) as answer:
            return dict(json.load(answer))
    except (OSError, urllib.error.URLError, ValueError):
        return None


def _mark_of(pid: int) -> str | None:
    """When a process was started, in ticks since the computer was; None where there is none."""
    try:
        state, *rest = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
    return None if state == "Z" else rest[18]


def _send(pid: int, how: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, how)


def _wait_for_end(pid: int, seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        with contextlib.suppress(ChildProcessError):  # it need not be a child of this process
            os.waitpid(pid, os.WNOHANG)
        if _mark_of(pid) is None:
            return True
        time.sleep(0.05)
    return False


def main() -> None:
    """Run a command."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("command", choices=["up", "status", "down", *_TOOLS, "watch"])
    parser.add_argument("arguments", nargs=argparse.REMAINDER)
    given = parser.parse_args()
    if given.command == "watch":
        sys.stdin.read()
        Cluster(Path(given.arguments[0])).stop()
        return
    cluster = Cluster()
    try:
        if given.command == "up":
            cluster.start()
        if given.command == "down":
            cluster.stop()
        if given.command in _TOOLS:
            print(cluster.run_tool(given.command, *given.arguments), end="")
        else:
            print(cluster.describe())
    except ClusterError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
