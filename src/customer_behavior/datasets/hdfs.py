"""HDFS for fsspec, through hdfs-native, which writes again what a lost DataNode did not take.

hdfs-native gives up a write whose DataNode does not answer, and a NameNode sends writers to a
DataNode that has died until it counts as dead: ten minutes, by default.
https://github.com/Kimahriman/hdfs-native/issues/154
"""

import io
import logging
from collections.abc import Callable
from functools import partial
from typing import Any

import fsspec
from hdfs_native import FileWriter
from hdfs_native.fsspec import HdfsFileSystem
from tenacity import RetryCallState, retry, retry_if_exception, stop_after_delay, wait_fixed

logger = logging.getLogger(__name__)

# Files up to this size are kept in memory until they are written; larger ones are written as they
# come, and who writes them has to begin again.
_KEPT_BYTES = 16 << 20
_SECONDS_OF_PATIENCE = 120


def _may_go_better(error: BaseException) -> bool:
    """Whether a DataNode or the network is to blame, and not what was asked for."""
    if type(error) is RuntimeError and str(error).startswith("RPCError"):
        return "java.io.IOException" in str(error)
    return type(error) in (OSError, RuntimeError)


def _tell(state: RetryCallState) -> None:
    assert state.outcome is not None
    logger.warning("HDFS did not take a file (%s); trying again", state.outcome.exception())


# Calls a function again, for two minutes, when it fails for a reason that may pass.
with_patience = retry(
    retry=retry_if_exception(_may_go_better),
    stop=stop_after_delay(_SECONDS_OF_PATIENCE),
    wait=wait_fixed(2),
    before_sleep=_tell,
    reraise=True,
)


class PatientHdfsFileSystem(HdfsFileSystem):
    """HDFS; a small file that can not be written is tried again for two minutes."""

    protocol = "hdfs"

    def _open(self, path: str, mode: str = "rb", **options: Any) -> Any:
        if mode != "wb":
            return super()._open(path, mode, **options)
        return _PatientFile(partial(super()._open, path, mode, **options))


class _PatientFile(io.RawIOBase):
    def __init__(self, create: Callable[[], FileWriter]) -> None:
        self._create = create
        self._kept = io.BytesIO()
        self._file: FileWriter | None = None

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        if self._file is None and self._kept.tell() + len(data) <= _KEPT_BYTES:
            return self._kept.write(data)
        if self._file is None:
            self._file = self._create()
            self._file.write(self._kept.getvalue())
        return self._file.write(data)

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
