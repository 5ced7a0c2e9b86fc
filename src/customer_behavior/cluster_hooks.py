"""What a cluster has to offer before a run begins: said in one line, within a minute.

Hadoop's clients try for many minutes to reach what is not there.
"""

import os
import re
import time
from concurrent.futures import Future
from concurrent.futures import TimeoutError as NotInTime
from pathlib import Path
from threading import Thread
from typing import Any

import fsspec
from kedro.framework.context import KedroContext
from kedro.framework.hooks import hook_impl

from customer_behavior.hooks import ConfigurationError

_HDFS = ("hdfs://", "viewfs://")
_ROOTS = ("data_root", "report_root", "landing_zone")
_SECONDS_FOR_HDFS = 30
_SECONDS_FOR_YARN = 30
# What Spark asks for where its settings are silent, in MB.
_SPARK_MEMORY = {"spark.yarn.am.memory": "512m", "spark.executor.memory": "1g"}
_SPARK_OVERHEAD = 384

_FEW_ATTEMPTS = {
    "yarn.resourcemanager.connect.max-wait.ms": "10000",
    "yarn.resourcemanager.connect.retry-interval.ms": "1000",
    "ipc.client.connect.max.retries": "1",
}

_ADVICE = {
    "AccessControlException": "Ask for the rights, or run as another user: HADOOP_USER_NAME, or "
    "on a cluster with Kerberos the one of `kinit`.",
    "SafeModeException": "Wait until HDFS has left its safe mode.",
    "QuotaExceededException": "Make room there, or ask for a larger quota.",
}


class HdfsCheck:
    """Makes the project's folders on HDFS, for its user alone, and sees that a run may write there.

    Only folders that are not there are made, with mode 700: one that was opened to colleagues
    stays open.
    """

    def __init__(self) -> None:
        """Know of no folder yet."""
        self._folders: list[str] = []

    @hook_impl
    def after_context_created(self, context: KedroContext) -> None:
        """Take the folders from the environment's globals.yml.

        Raises:
            ConfigurationError: If they are on a cluster and nothing says which.
        """
        roots = context.config_loader["globals"]
        folders = {str(roots.get(name)): None for name in _ROOTS}
        self._folders = [folder for folder in folders if folder.startswith(_HDFS)]
        if any(folder.startswith("hdfs:///") for folder in self._folders):
            _check_that_the_cluster_is_named()

    @hook_impl
    def before_pipeline_run(self) -> None:
        """Write a small file into each folder, and remove it.

        Raises:
            ConfigurationError: If that fails, or takes longer than half a minute.
        """
        for folder in self._folders:
            try:
                _within(_SECONDS_FOR_HDFS, _write_and_remove, folder)
            except NotInTime:
                raise ConfigurationError(
                    f"HDFS does not answer ({folder}, for {_SECONDS_FOR_HDFS} seconds). Is the "
                    f"cluster that HADOOP_CONF_DIR ({os.environ.get('HADOOP_CONF_DIR')}) names up, "
                    "and reached from here?"
                ) from None
            except (RuntimeError, OSError) as error:
                raise ConfigurationError(f"{folder} can not be written to: {_say(error)}") from None


class YarnCheck:
    """Sees that YARN has room for a run, for which Spark would wait without end."""

    def __init__(self) -> None:
        """Know of no cluster yet."""
        self._settings: dict[str, Any] = {}

    @hook_impl
    def after_context_created(self, context: KedroContext) -> None:
        """Take Spark's settings from the environment's spark.yml."""
        self._settings = context.config_loader.get("spark", {})

    @hook_impl
    def before_pipeline_run(self) -> None:
        """Ask YARN for its nodes, until they have room for Spark's first two containers.

        Raises:
            ConfigurationError: If YARN does not answer, or has no room for half a minute.
        """
        if self._settings.get("spark.master") != "yarn" or "PYSPARK_GATEWAY_PORT" in os.environ:
            return  # another engine, or a run that has its containers already
        yarn = _Yarn()
        needed = yarn.needed_memory()
        deadline = time.monotonic() + _SECONDS_FOR_YARN
        while sum(free := yarn.free_memory()) < sum(needed) or max(free) < max(needed):
            if not free or time.monotonic() > deadline:
                raise ConfigurationError(
                    f"YARN has no room for this run: {sum(free)} MB are free on {len(free)} nodes "
                    f"that run, {max(free, default=0)} MB on one; needed are {sum(needed)} MB for "
                    "Spark's application master and one executor, "
                    f"{max(needed)} MB on one. Try again later, or ask for less: "
                    "spark.executor.memory in conf/cluster/spark.yml."
                )
            time.sleep(1)


def _check_that_the_cluster_is_named() -> None:
    folder = os.environ.get("HADOOP_CONF_DIR")
    if not folder:
        raise ConfigurationError(
            "HADOOP_CONF_DIR is not set: let it name the folder with the cluster's core-site.xml, "
            "hdfs-site.xml and yarn-site.xml. (`make cluster-run` does for the cluster of "
            "`make cluster-up`.)"
        )
    if not (Path(folder) / "core-site.xml").exists():
        raise ConfigurationError(f"HADOOP_CONF_DIR is {folder}, where there is no core-site.xml.")


def _write_and_remove(folder: str) -> None:
    filesystem, path = fsspec.url_to_fs(folder)
    if not filesystem.exists(path):
        filesystem.mkdir(path, create_parents=True, permission=0o700)
    probe = f"{path}/_may_write_{os.getpid()}"
    with filesystem.open(probe, "wb") as file:
        file.write(b"yes")
    filesystem.rm(probe)


def _within(seconds: float, function: Any, *arguments: Any) -> None:
    """Call a function, but wait no longer; a thread that hangs does not keep the process alive."""
    outcome: Future[None] = Future()

    def call() -> None:
        try:
            outcome.set_result(function(*arguments))
        except Exception as error:
            outcome.set_exception(error)

    Thread(target=call, daemon=True).start()
    outcome.result(timeout=seconds)


class _Yarn:
    """YARN's own client, in the JVM that Spark will run in."""

    def __init__(self) -> None:
        from pyspark import SparkConf, SparkContext

        SparkContext._ensure_initialized()
        self._jvm = SparkContext._jvm
        self._settings = SparkConf(_jvm=self._jvm)
        configuration = self._jvm.org.apache.hadoop.yarn.conf.YarnConfiguration()
        for name, value in _FEW_ATTEMPTS.items():
            configuration.set(name, value)
        self._client = self._jvm.org.apache.hadoop.yarn.client.api.YarnClient.createYarnClient()
        self._client.init(configuration)
        self._client.start()

    def needed_memory(self) -> list[int]:
        """Sizes in MB of the containers of Spark's application master and of one executor."""
        to_mb = self._jvm.org.apache.spark.network.util.JavaUtils.byteStringAsMb
        sizes = [to_mb(self._settings.get(*setting)) for setting in _SPARK_MEMORY.items()]
        return [size + max(_SPARK_OVERHEAD, size // 10) for size in sizes]

    def free_memory(self) -> list[int]:
        """MB that are free, by node that runs."""
        from py4j.protocol import Py4JJavaError

        try:
            nodes = self._client.getNodeReports(self._running())
        except Py4JJavaError as error:
            raise ConfigurationError(
                "YARN does not answer: "
                f"{error.java_exception.getMessage()}. Is the cluster that HADOOP_CONF_DIR "
                f"({os.environ.get('HADOOP_CONF_DIR')}) names up, and reached from here?"
            ) from None
        return [
            node.getCapability().getMemorySize() - node.getUsed().getMemorySize() for node in nodes
        ]

    def _running(self) -> Any:
        """The state of nodes to ask for, as Java's variable arguments."""
        from pyspark import SparkContext

        states = self._jvm.org.apache.hadoop.yarn.api.records.NodeState
        array = SparkContext._gateway.new_array(states, 1)
        array[0] = states.RUNNING
        return array


def _say(error: Exception) -> str:
    """The first line of what HDFS said, and what to do.

    It comes as the text of ``RPCError("java.class.Name", "message, with a stack trace")``.
    """
    match = re.match(r'RPCError\("[\w.]*?(\w+)", "(.*?)(?:\\n|"\)$)', str(error))
    if not match:
        return str(error)
    name, said = match.group(1), match.group(2).replace('\\"', "'")
    advice = [text for kind, text in _ADVICE.items() if name.endswith(kind)]
    return " ".join([f"{name}: {said.rstrip('.')}.", *advice])
