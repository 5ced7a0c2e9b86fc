"""What a cluster has to offer before a run begins: said in one line, within a minute.

Hadoop's clients try for many minutes to reach what is not there.
"""

import os
import re
import time
from concurrent.futures import Future
from concurrent.futures import TimeoutError as NotInTime
from contextlib import suppress
from pathlib import Path
from threading import Thread
from typing import Any

import fsspec
from kedro.framework.context import KedroContext
from kedro.framework.hooks import hook_impl

from customer_behavior.hooks import ConfigurationError
from customer_behavior.yarn import Yarn, YarnError

_HDFS = "hdfs://"
_ROOTS = ("data_root", "report_root", "landing_zone")
_SECONDS_FOR_HDFS = 30
_SECONDS_FOR_YARN = 50
_SECONDS_FOR_ROOM = 30
_ADVICE = {
    "AccessControlException": "Ask for the rights, or run as another user: HADOOP_USER_NAME, or "
    "on a cluster with Kerberos the one of `kinit`.",
    "SafeModeException": "Wait until HDFS has left its safe mode.",
    "QuotaExceededException": "Make room there, or ask for a larger quota.",
}


class HdfsFolders:
    """Makes the project's folders on HDFS, for its user alone, and sees that a run may write there.

    Only those that are not there are made, with mode 700: one that was opened to colleagues stays
    open.
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
        if self._folders:
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
            except (RuntimeError, OSError, ValueError) as error:
                raise ConfigurationError(
                    f"{folder} can not be written to: {_first_line(error)}"
                ) from None


class YarnRoom:
    """Sees that YARN has room for a run, for which Spark would wait without end."""

    def __init__(self) -> None:
        """Know of no cluster yet."""
        self._is_asked = False

    @hook_impl
    def after_context_created(self, context: KedroContext) -> None:
        """See in the environment's spark.yml whether Spark runs on YARN."""
        settings = context.config_loader.get("spark", {})
        self._is_asked = settings.get("spark.master") == "yarn"

    @hook_impl
    def before_pipeline_run(self) -> None:
        """Ask YARN for its nodes, until they have room for Spark's first two containers.

        Raises:
            ConfigurationError: If YARN does not answer, or has no room for half a minute.
        """
        if not self._is_asked or "PYSPARK_GATEWAY_PORT" in os.environ:
            return  # another engine, or a run that has its containers already
        _check_that_the_cluster_is_named()
        try:
            _within(_SECONDS_FOR_YARN, _wait_for_room)
        except (NotInTime, YarnError) as error:
            raise ConfigurationError(
                f"YARN does not answer ({error or 'not in time'}). Is the cluster that "
                f"HADOOP_CONF_DIR ({os.environ.get('HADOOP_CONF_DIR')}) names up, and reached "
                "from here?"
            ) from None


def _wait_for_room() -> None:
    yarn = Yarn()
    if yarn.is_engine:
        deadline = time.monotonic() + _SECONDS_FOR_ROOM
        needed = yarn.needed_memory()
        while sum(free := yarn.free_memory()) < sum(needed) or max(free) < max(needed):
            if time.monotonic() > deadline:
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
            "HADOOP_CONF_DIR is not set: let it name the one folder with the cluster's "
            "core-site.xml, hdfs-site.xml and yarn-site.xml. (`make cluster-run` does for the "
            "cluster of `make cluster-up`.)"
        )
    if not (Path(folder) / "core-site.xml").exists():
        raise ConfigurationError(f"HADOOP_CONF_DIR is {folder}, where there is no core-site.xml.")


def _write_and_remove(folder: str) -> None:
    filesystem, path = fsspec.url_to_fs(folder)
    client = filesystem.client  # which knows no patience
    try:
        client.get_file_info(path)
    except FileNotFoundError:
        client.mkdirs(path, 0o700, True)
    probe = f"{path}/_may_write_{os.getpid()}"
    try:
        with client.create(probe) as file:
            file.write(b"yes")
    finally:
        with suppress(RuntimeError, OSError):
            client.delete(probe)


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


def _first_line(error: Exception) -> str:
    """The first line of what HDFS said, and what to do.

    It comes as the text of ``RPCError("java.class.Name", "message, with a stack trace")``.
    """
    match = re.match(r'RPCError\("[\w.]*?(\w+)", "(.*?)(?:\\n|"\)$)', str(error))
    if not match:
        return str(error)
    name, said = match.group(1), match.group(2).replace('\\"', "'")
    advice = [text for kind, text in _ADVICE.items() if name.endswith(kind)]
    return " ".join([f"{name}: {said.rstrip('.')}.", *advice])
