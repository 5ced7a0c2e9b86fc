"""Raw event files brought to where Spark reads them, and their lines."""

import hashlib
import json
import logging
import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, replace
from pathlib import PurePosixPath
from typing import Any, NoReturn
from urllib.parse import unquote

import fsspec
from kedro.io import AbstractDataset, DatasetError
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from customer_behavior.datasets.addresses import address_of
from customer_behavior.datasets.hdfs import with_patience
from customer_behavior.datasets.raw_text import copy_text, take_fingerprint
from customer_behavior.datasets.session import get_session
from customer_behavior.datasets.source_files import SourceFile
from customer_behavior.event_schema import HEADER_LINES

logger = logging.getLogger(__name__)

_FILES_AT_ONCE = 4


@dataclass(frozen=True)
class LandedFile:
    """A raw event file that was read to its end and lies where Spark reads it.

    Attributes:
        source_file: Path relative to the folder that ``raw_events`` names.
        path: Address of what Spark reads: the copy, or the source itself.
        path_bytes: Size of what Spark reads.
        bytes: Size of the source as found.
        sha256: Of the source as found, before it was unpacked.
        rows: Lines of its text, header lines left out.
        has_header: Whether its first line names the columns.
        is_current: False for a file of an earlier run whose months may still be in the tables.
    """

    source_file: str
    path: str
    path_bytes: int
    bytes: int
    sha256: str
    rows: int
    has_header: bool
    is_current: bool = True


class LandedFilesDataset(AbstractDataset[list[SourceFile], list[LandedFile]]):
    """Lands source files: saving reads each to its end and, with a zone, copies it there.

    A copy is unpacked text, named after the source's path and SHA-256. It is written under a
    temporary name, verified by length and SHA-256, and renamed; so whatever carries the final name
    is whole, and an unchanged file is not copied again. What was landed stands in a manifest, which
    is replaced last.
    """

    def __init__(
        self,
        *,
        filepath: str,
        landing_zone: str | None = None,
        months: str = "",
        metadata: dict[str, Any] | None = None,
    ) -> None:
        """Create the dataset.

        Args:
            filepath: The manifest, a JSON file.
            landing_zone: Folder for the copies; None to read the files where they are.
            months: The months that a run replaces; where it names some, files of earlier runs
                stay in the manifest, marked as not current.
            metadata: For Kedro-Viz.
        """
        self._manifest = _Manifest(filepath)
        self._landing_zone = landing_zone
        self._months = months
        self.metadata = metadata

    def save(self, source_files: list[SourceFile]) -> None:
        """Land the files, and report those of the last run that are no longer there."""
        before = self._manifest.read() if self._manifest.exists() else []
        with ThreadPoolExecutor(_FILES_AT_ONCE) as threads:
            landed = list(threads.map(self._land, source_files))
        names = {file.source_file for file in landed}
        for file in before:
            if file.is_current and file.source_file not in names:
                logger.info("%s is not among the source files any more", file.source_file)
        contents = {(file.source_file, file.sha256) for file in landed}
        earlier = [
            replace(file, is_current=False)
            for file in before
            if self._months and (file.source_file, file.sha256) not in contents
        ]
        self._manifest.write(landed + earlier)

    def load(self) -> list[LandedFile]:
        """Read the manifest."""
        return self._manifest.read()

    def _land(self, source: SourceFile) -> LandedFile:
        filesystem, path = fsspec.url_to_fs(source.path)
        fingerprint = take_fingerprint(filesystem, path)
        landed = LandedFile(
            source_file=source.source_file,
            path=source.path,
            path_bytes=fingerprint.bytes,
            bytes=fingerprint.bytes,
            sha256=fingerprint.sha256,
            rows=fingerprint.rows,
            has_header=source.has_header,
        )
        if self._landing_zone:
            landed = self._copy(landed, self._landing_zone)
        logger.info("%s: %s rows, %s bytes", landed.source_file, landed.rows, landed.bytes)
        return landed

    @staticmethod
    def _copy(source: LandedFile, landing_zone: str) -> LandedFile:
        filesystem, folder = fsspec.url_to_fs(landing_zone)
        name = _copy_name(source)
        copy = f"{folder}/{name}"
        if not filesystem.exists(copy):
            filesystem.makedirs(folder, exist_ok=True)
            unfinished = f"{folder}/_{name}.unfinished"
            _write_copy(source, filesystem, unfinished)
            filesystem.mv(unfinished, copy, overwrite=True)
        path = address_of(copy, filesystem, like=landing_zone)
        return replace(source, path=path, path_bytes=filesystem.size(copy))

    def _exists(self) -> bool:
        return self._manifest.exists()

    def _describe(self) -> dict[str, Any]:
        return {"manifest": self._manifest.url, "landing_zone": self._landing_zone}


class LandedLinesDataset(AbstractDataset[None, DataFrame]):
    """Loads the lines of exactly the landed files that the manifest names.

    Returns one row per line: ``source_file`` and ``line`` without its line feed (a carriage return
    before it stays). Lines that repeat the header are left out, wherever they stand.
    """

    def __init__(self, *, filepath: str, metadata: dict[str, Any] | None = None) -> None:
        """Create the dataset.

        Args:
            filepath: The manifest that ``LandedFilesDataset`` writes.
            metadata: For Kedro-Viz.
        """
        self._manifest = _Manifest(filepath)
        self.metadata = metadata

    def load(self) -> DataFrame:
        """Read the lines, lazily.

        Raises:
            DatasetError: If a file has changed since it was landed.
        """
        files = [file for file in self._manifest.read() if file.is_current]
        for file in files:
            _check_unchanged(file)
        spark = get_session()
        text = spark.read.text([_escape(file.path) for file in files], lineSep="\n")
        source_files = {_plain_path(file.path): file.source_file for file in files}
        names = spark.createDataFrame(
            [(url, source_files[_plain_path(unquote(url))]) for url in text.inputFiles()],
            "url string, source_file string",
        )
        return (
            text.filter(~F.col("value").isin(*HEADER_LINES))
            .select(F.input_file_name().alias("url"), F.col("value").alias("line"))
            .join(F.broadcast(names), on="url", how="inner")
            .select("source_file", "line")
        )

    def save(self, data: None) -> NoReturn:
        """Refuse: files are landed by ``LandedFilesDataset``."""
        raise DatasetError("Lines are only read; save to the list of landed files.")

    def _exists(self) -> bool:
        return self._manifest.exists()

    def _describe(self) -> dict[str, Any]:
        return {"manifest": self._manifest.url}


class _Manifest:
    """The list of landed files, as JSON."""

    def __init__(self, url: str) -> None:
        self.url = str(url)
        self._filesystem, self._path = fsspec.url_to_fs(self.url)

    def exists(self) -> bool:
        return bool(self._filesystem.exists(self._path))

    def read(self) -> list[LandedFile]:
        if not self.exists():
            raise DatasetError(f"No files were landed ({self.url} is missing): run ingestion.")
        with self._filesystem.open(self._path, "r") as file:
            return [LandedFile(**entry) for entry in json.load(file)]

    def write(self, files: list[LandedFile]) -> None:
        self._filesystem.makedirs(self._filesystem._parent(self._path), exist_ok=True)
        unfinished = f"{self._path}.unfinished"
        with self._filesystem.open(unfinished, "w") as file:
            json.dump([asdict(landed) for landed in files], file, indent=2)
        self._filesystem.mv(unfinished, self._path, overwrite=True)


@with_patience
def _write_copy(source: LandedFile, filesystem: fsspec.AbstractFileSystem, path: str) -> None:
    with filesystem.open(path, "wb") as target:
        written = copy_text(*fsspec.url_to_fs(source.path), target, source.sha256)
    if take_fingerprint(filesystem, path).sha256 != written:
        raise DatasetError(f"The copy {path} differs from {source.path}: run again.")


def _copy_name(source: LandedFile) -> str:
    """Name a copy after its source and content, in characters that mean nothing to Hadoop."""
    stem = re.sub(r"[^A-Za-z0-9]+", "-", PurePosixPath(source.source_file).name.split(".")[0])
    identity = hashlib.sha256(f"{source.source_file}\n{source.sha256}".encode()).hexdigest()
    return f"{stem.strip('-')[:50] or 'events'}-{identity[:16]}.csv"


def _check_unchanged(file: LandedFile) -> None:
    filesystem, path = fsspec.url_to_fs(file.path)
    if not filesystem.exists(path) or filesystem.size(path) != file.path_bytes:
        raise DatasetError(
            f"{file.path} has changed since it was landed: run ingestion from its first node."
        )


def _escape(path: str) -> str:
    """Keep Spark from taking the characters of a name for a pattern."""
    return re.sub(r"([\[\]{}*?\\])", r"\\\1", path)


def _plain_path(url: str) -> str:
    """Drop protocol and host, which Spark and fsspec spell differently."""
    return "/" + re.sub(r"^\w+:(//[^/]*)?/*", "", url)
