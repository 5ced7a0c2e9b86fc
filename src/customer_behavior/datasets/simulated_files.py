"""The folder of simulated events: a file per month, and the truth behind them in ``_truth``."""

import gzip
import hashlib
import json
import posixpath
from collections.abc import Iterator
from datetime import datetime
from pathlib import PurePosixPath
from typing import Any, NoReturn

import fsspec
from fsspec import AbstractFileSystem
from kedro.io import AbstractDataset, DatasetError
from kedro_datasets.spark import SparkDataset
from pyspark.sql import DataFrame

from customer_behavior.event_schema import HEADER

_TRUTH = "_truth"
_PARTS = "_parts"
_MARK = f"{_TRUTH}/_SIMULATED.json"
_DAY = "event_date="
_CHUNK_BYTES = 4 << 20
_ENDINGS = {"none": ".csv", "gzip": ".csv.gz"}


class SimulationFolderDataset(AbstractDataset[None, str]):
    """The folder to write to, which must be empty or an earlier simulation's."""

    def __init__(self, *, filepath: str, metadata: dict[str, Any] | None = None) -> None:
        """Create the dataset.

        Args:
            filepath: The folder, local or with a protocol that fsspec knows.
            metadata: For Kedro-Viz.
        """
        self._folder = _Folder(str(filepath))
        self.metadata = metadata

    def load(self) -> str:
        """Remove what an earlier simulation has left, and mark the folder as a simulation's.

        Returns:
            The address of the folder.

        Raises:
            DatasetError: If it holds files that no simulation made; nothing is removed then.
        """
        self._folder.claim()
        return self._folder.url

    def save(self, data: None) -> NoReturn:
        """Refuse: events are saved as ``simulated_events``."""
        raise DatasetError("The folder of a simulation is only claimed.")

    def _describe(self) -> dict[str, Any]:
        return {"filepath": self._folder.url}


class SimulatedEventsDataset(AbstractDataset[DataFrame, None]):
    """Event files in the format of the real ones: one a month, with header, sorted by time."""

    def __init__(
        self, *, filepath: str, compression: str = "none", metadata: dict[str, Any] | None = None
    ) -> None:
        """Create the dataset.

        Args:
            filepath: The folder, local or with a protocol that fsspec and Spark know.
            compression: ``none`` or ``gzip``.
            metadata: For Kedro-Viz.
        """
        self._folder = _Folder(str(filepath))
        self._compression = compression
        self.metadata = metadata

    def save(self, lines: DataFrame) -> None:
        """Write the lines of each day with Spark, and join the days of each month to a file.

        Args:
            lines: One row per line: ``event_date`` and ``line``, in the order to write them.
        """
        parts = f"{self._folder.url}/{_PARTS}"
        (
            lines.write.partitionBy("event_date")
            .option("compression", self._compression)
            .mode("overwrite")
            .text(parts)
        )
        self._folder.join_days(_ENDINGS[self._compression], self._compression)

    def load(self) -> NoReturn:
        """Refuse: ingestion reads event files, by the parameter raw_events."""
        raise DatasetError(
            f"Read the events by `kedro run --params=raw_events={self._folder.url}`."
        )

    def _describe(self) -> dict[str, Any]:
        return {"filepath": self._folder.url, "compression": self._compression}


class GrowingTableDataset(SparkDataset):
    """A Spark table that a node yields in shares: the first replaces what was there before."""

    def __init__(self, **arguments: Any) -> None:
        """Create the dataset, with the arguments of ``SparkDataset``."""
        super().__init__(**arguments)
        self._has_begun = False

    def save(self, data: DataFrame) -> None:
        """Write the first share, or add another one."""
        self._save_args["mode"] = "append" if self._has_begun else "overwrite"
        super().save(data)
        self._has_begun = True


class _Folder:
    def __init__(self, url: str) -> None:
        self.url = url
        filesystem, path = fsspec.url_to_fs(url)
        self._filesystem: AbstractFileSystem = filesystem
        self._path = posixpath.normpath(path)

    def claim(self) -> None:
        if self._filesystem.isfile(self._path):
            raise DatasetError(
                f"{self.url} is a file. Name a folder (parameter simulation.output)."
            )
        files = self._files()
        if files and _MARK not in files:
            raise DatasetError(
                f"{self.url} holds files that no simulation made, such as {files[0]}. Name another "
                "folder, such as --params=simulation.output=/folder/that/is/empty."
            )
        own = self._read_mark() if files else []
        ours = (f"{_TRUTH}/", f"{_PARTS}/")
        foreign = [name for name in files if name not in own and not name.startswith(ours)]
        if foreign:
            raise DatasetError(
                f"{self.url} holds a file that the simulation did not make: {foreign[0]}. Move it "
                "away, or name another folder (parameter simulation.output)."
            )
        if files:
            self._filesystem.rm(self._path, recursive=True)
        self._filesystem.makedirs(f"{self._path}/{_TRUTH}", exist_ok=True)
        self._write_mark({})

    def join_days(self, ending: str, compression: str) -> None:
        """Join the parts of each month, day by day, to a file with a header."""
        parts = f"{self._path}/{_PARTS}"
        days = sorted(path for path in self._filesystem.ls(parts, detail=False) if _DAY in path)
        months: dict[str, list[str]] = {}
        for day in days:
            month = day.rpartition(_DAY)[2][:7]
            months.setdefault(_file_name(month) + ending, []).append(day)
        self._write_mark(dict.fromkeys(months, ""))
        header = _compress(f"{HEADER}\n".encode(), compression)
        sha256 = {
            name: self._join(f"{self._path}/{name}", header, of_month)
            for name, of_month in months.items()
        }
        self._write_mark(sha256)
        self._filesystem.rm(parts, recursive=True)

    def _join(self, path: str, header: bytes, days: list[str]) -> str:
        """Write a file from its parts; its SHA-256."""
        sha256 = hashlib.sha256(header)
        with self._filesystem.open(path, "wb") as file:
            file.write(header)
            for part in self._part_files(days):
                with self._filesystem.open(part, "rb") as source:
                    while chunk := source.read(_CHUNK_BYTES):
                        sha256.update(chunk)
                        file.write(chunk)
        return sha256.hexdigest()

    def _part_files(self, folders: list[str]) -> Iterator[str]:
        for folder in folders:
            for path in sorted(self._filesystem.ls(folder, detail=False)):
                if PurePosixPath(path).name.startswith("part-"):
                    yield path

    def _files(self) -> list[str]:
        if not self._filesystem.exists(self._path):
            return []
        found = self._filesystem.find(self._path)
        return sorted(path.removeprefix(self._path).lstrip("/") for path in found)

    def _read_mark(self) -> list[str]:
        with self._filesystem.open(f"{self._path}/{_MARK}", "r") as file:
            return list(json.load(file)["event_files"])

    def _write_mark(self, event_files: dict[str, str]) -> None:
        with self._filesystem.open(f"{self._path}/{_MARK}", "w") as file:
            json.dump({"event_files": event_files}, file)


def _file_name(month: str) -> str:
    """Name a month as the real files are named: 2019-10 is 2019-Oct."""
    return datetime.strptime(month, "%Y-%m").strftime("%Y-%b")


def _compress(text: bytes, compression: str) -> bytes:
    return gzip.compress(text, mtime=0) if compression == "gzip" else text
