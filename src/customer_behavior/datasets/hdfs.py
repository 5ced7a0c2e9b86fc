"""HDFS for fsspec, through hdfs-native, with the patience of Hadoop's own client.

hdfs-native 0.14 gives up where the first DataNode of a new block does not answer, and a NameNode
sends writers to a DataNode that has died until it counts as dead: ten minutes, by default.
https://github.com/Kimahriman/hdfs-native/issues/154
"""

import errno
import io
import logging
import re
from collections.abc import Callable
from functools import partial
from typing import Any
from urllib.parse import urlsplit

import fsspec
from hdfs_native import FileWriter
from hdfs_native.fsspec import HdfsFileSystem
from tenacity import (
    RetryCallState,
    Retrying,
    retry,
    retry_if_exception,
    stop_after_attempt,
    wait_exponential,
)

logger = logging.getLogger(__name__)

# Files up to this size are kept in memory until they are written; larger ones are written as they
# come, and who writes them has to begin again.
_KEPT_BYTES = 16 << 20
# Waits of 2, 4, 8, 16 and then 30 seconds: two minutes in all.
_ATTEMPTS = 8

# What hdfs-native says where a DataNode, a restart of the NameNode or the network is to blame.
_PASSING = re.compile(
    r'(OperationFailed|DataTransferError|IOError|BlocksNotFound|RPCError\("'
    r"(java\.io\.IOException|[\w.]*(SafeMode|Retriable|Standby)Exception))"
)


def _may_pass(error: BaseException) -> bool:
    if type(error) is OSError:
        return error.errno in (None, errno.EIO)
    return type(error) is RuntimeError and bool(_PASSING.match(str(error)))


def _tell(state: RetryCallState) -> None:
    assert state.outcome is not None
    said = str(state.outcome.exception()).split("\\n")[0]
    logger.warning("HDFS is not ready (%s); trying again", said)


_PATIENCE: dict[str, Any] = {
    "retry": retry_if_exception(_may_pass),
    "stop": stop_after_attempt(_ATTEMPTS),
    "wait": wait_exponential(multiplier=2, max=30),
    "before_sleep": _tell,
    "reraise": True,
}
# Calls a function again when it fails for a reason that may pass.
with_patience = retry(**_PATIENCE)


class PatientHdfsFileSystem(HdfsFileSystem):
    """HDFS; what fails is tried again for two minutes, but not the middle of a large file."""

    protocol = "hdfs"

    @staticmethod
    def _get_kwargs_from_urls(path: str) -> dict[str, Any]:
        # Of a nameservice, capital letters matter; `hostname` would lose them.
        url = urlsplit(path)
        host = url.netloc.rpartition("@")[2].partition(":")[0]
        return {"host": host or None, "port": url.port}

    @with_patience
    def info(self, path: str, **options: Any) -> dict[str, Any]:
        """Describe a file or folder."""
        return dict(super().info(path, **options))

    @with_patience
    def ls(self, path: str, detail: bool = True, **options: Any) -> list[Any]:
        """List a folder."""
        return list(super().ls(path, detail, **options))

    @with_patience
    def mkdir(self, path: str, create_parents: bool = True, **options: Any) -> None:
        """Make a folder."""
        super().mkdir(path, create_parents, **options)

    def mv(self, path1: str, path2: str, **options: Any) -> None:
        """Move a file or folder."""
        for attempt in Retrying(**_PATIENCE):
            with attempt:
                try:
                    super().mv(path1, path2, **options)
                except FileNotFoundError:
                    # A NameNode that dies may have moved it and not have come to say so.
                    is_first = attempt.retry_state.attempt_number == 1
                    if is_first or not self.exists(path2):
                        raise

    @with_patience
    def rm(self, path: str, recursive: bool = False, maxdepth: int | None = None) -> None:
        """Remove a file or folder."""
        super().rm(path, recursive, maxdepth)

    def _open(self, path: str, mode: str = "rb", **options: Any) -> Any:
        create = partial(super()._open, path, mode, **options)
        return _PatientFile(create) if mode == "wb" else with_patience(create)()


class _PatientFile(io.RawIOBase):
    def __init__(self, create: Callable[[], FileWriter]) -> None:
        self._create = create
        self._kept = io.BytesIO()
        self._file: FileWriter | None = None

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        size = memoryview(data).nbytes
        if self._file is None and self._kept.tell() + size <= _KEPT_BYTES:
            return self._kept.write(data)
        if self._file is None:
            self._file = self._create()
            self._file.write(self._kept.getvalue())
        return self._file.write(data)

    def __exit__(self, kind: Any, error: Any, traceback: Any) -> None:
        if error is not None and self._file is None:
            super().close()  # half a file is not written
        self.close()

    def close(self) -> None:
        if self.closed:
            return
        super().close()
        if self._file is None:
            with_patience(self._write_kept)()
        else:
            self._file.close()

    def _write_kept(self) -> None:
        with self._create() as file:
            file.write(self._kept.getvalue())


fsspec.register_implementation("hdfs", PatientHdfsFileSystem, clobber=True)
