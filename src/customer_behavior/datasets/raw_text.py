"""Reading raw event files once, from their first byte to the last."""

import bz2
import errno
import gzip
import hashlib
import io
import logging
import time
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO, Any

from fsspec import AbstractFileSystem
from kedro.io import DatasetError

from customer_behavior.event_schema import BYTE_ORDER_MARK, HEADER, HEADER_LINES

logger = logging.getLogger(__name__)

_SECONDS_BETWEEN_REPORTS = 10
_CHUNK_BYTES = 4 << 20
# Longer than any line of events; a first line that is longer is not a line of events.
_FIRST_LINE_BYTES = 10_000

# By their first bytes: the ending that Spark knows them by, and how they are unpacked here.
_COMPRESSIONS: dict[bytes, tuple[str, Callable[[Any], IO[bytes]]]] = {
    b"\x1f\x8b": (".gz", lambda file: gzip.GzipFile(fileobj=file)),
    b"BZh": (".bz2", bz2.BZ2File),
}
_ARCHIVES = {b"PK\x03\x04": "zip", b"7z\xbc\xaf": "7z", b"\x28\xb5\x2f\xfd": "zstd"}

_HEADER = HEADER.encode()
_HEADER_LINES = {line.encode() for line in HEADER_LINES}


@dataclass(frozen=True)
class Fingerprint:
    """What was read: the SHA-256 and size of the file as found, the data rows in its text."""

    sha256: str
    bytes: int
    rows: int


def read_first_line(filesystem: AbstractFileSystem, path: str) -> str:
    """Read the first line, without byte order mark and line end."""
    with _open(filesystem, path, "reading") as (_, text):
        line = text.readline(_FIRST_LINE_BYTES)
    return line.decode("utf-8", "replace").removeprefix(BYTE_ORDER_MARK).rstrip("\r\n")


def take_fingerprint(filesystem: AbstractFileSystem, path: str) -> Fingerprint:
    """Read a file to its end and count its lines, header lines left out.

    Raises:
        DatasetError: If it is a truncated or damaged archive.
    """
    with _open(filesystem, path, "reading") as (file, text):
        rows = sum(_count_rows(chunk) for chunk in _chunks_of_lines(text))
        return Fingerprint(file.sha256.hexdigest(), file.size, rows)


def copy_text(filesystem: AbstractFileSystem, path: str, target: IO[bytes], sha256: str) -> str:
    """Copy a file's unpacked text, and give the SHA-256 of what was written.

    Raises:
        DatasetError: If the file has not the SHA-256 that it had.
    """
    written = hashlib.sha256()
    with _open(filesystem, path, "copying") as (file, text):
        while chunk := text.read(_CHUNK_BYTES):
            written.update(chunk)
            target.write(chunk)
        if file.sha256.hexdigest() != sha256:
            raise DatasetError(f"{path} changed while it was copied: run again.")
    return written.hexdigest()


class _HashingReader(io.RawIOBase):
    """A file whose size and SHA-256 are known once it was read to the end.

    A long time of reading is reported, every ten seconds.
    """

    def __init__(self, file: IO[bytes], report: str, whole_size: int) -> None:
        self._file = file
        self._report = report
        self._whole_size = whole_size
        self._reported = time.monotonic()
        self.sha256 = hashlib.sha256()
        self.size = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        data = self._read(len(buffer))
        self.sha256.update(data)
        self.size += len(data)
        buffer[: len(data)] = data
        if time.monotonic() - self._reported > _SECONDS_BETWEEN_REPORTS:
            self._reported = time.monotonic()
            logger.info("%s: %d of %d MB", self._report, self.size >> 20, self._whole_size >> 20)
        return len(data)

    def _read(self, size: int) -> bytes:
        try:
            return self._file.read(size)
        except OSError as error:
            if error.errno:
                raise
            # With a number it is told from what is wrong with an archive.
            raise OSError(errno.EIO, str(error)) from error


class _Text:
    """The text of a file; says so where an archive is damaged."""

    def __init__(self, text: IO[bytes], path: str) -> None:
        self._text = text
        self._path = path

    def read(self, size: int) -> bytes:
        return self._checked(self._text.read, size)

    def readline(self, size: int = -1) -> bytes:
        return self._checked(self._text.readline, size)

    def _checked(self, read: Callable[[int], bytes], size: int) -> bytes:
        try:
            return read(size)
        except (EOFError, zlib.error, OSError) as error:
            if getattr(error, "errno", None):  # the file system's error, not the archive's
                raise
            raise DatasetError(
                f"{self._path} is truncated or damaged ({error}). Nothing was ingested: fetch it "
                "again."
            ) from None


@contextmanager
def _open(
    filesystem: AbstractFileSystem, path: str, activity: str
) -> Iterator[tuple[_HashingReader, _Text]]:
    """Open a file and its text, unpacked where it is compressed."""
    with filesystem.open(path, "rb") as raw:
        file = _HashingReader(raw, f"{activity} {path}", filesystem.size(path))
        yield file, _Text(_unpack(io.BufferedReader(file, _CHUNK_BYTES), path), path)


def _unpack(file: io.BufferedReader, path: str) -> IO[bytes]:
    start = file.peek(4)
    for magic, kind in _ARCHIVES.items():
        if start.startswith(magic):
            raise DatasetError(f"{path} is a {kind} archive. Unpack it, or compress it with gzip.")
    for magic, (ending, decompress) in _COMPRESSIONS.items():
        if start.startswith(magic):
            if not path.endswith(ending):
                raise DatasetError(f"{path} is compressed. Let its name end in '{ending}'.")
            return decompress(file)
    if path.endswith((".gz", ".bz2")):
        raise DatasetError(f"{path} is not compressed, as its name says. Rename or compress it.")
    return file


def _chunks_of_lines(text: _Text) -> Iterator[bytes]:
    while chunk := text.read(_CHUNK_BYTES):
        yield chunk + text.readline()


def _count_rows(lines: bytes) -> int:
    rows = lines.count(b"\n") + (not lines.endswith(b"\n"))
    if _HEADER in lines:
        rows -= sum(line in _HEADER_LINES for line in lines.split(b"\n"))
    return rows
