"""The folder of simulated events: a file per month, and the truth behind them in ``_truth``."""

import gzip
import hashlib
import json
import logging
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

from customer_behavior.datasets.addresses import address_of
from customer_behavior.event_schema import HEADER

_PARTS = "_parts"
_PROCESS = "_truth/process.json"
# Says that the folder is a simulation's, and which event files are: their bytes and SHA-256.
_MARK = "_truth/_SIMULATED.json"
_OTHER_TRUTH = ("_truth/defects.json", "_truth/affinities.csv")
_FOLDERS = ("_truth/customers/", "_truth/visits/", f"{_PARTS}/")
_DAY = "event_date="
_ENDINGS = {"none": ".csv", "gzip": ".csv.gz"}
_CHUNK_BYTES = 4 << 20

logger = logging.getLogger(__name__)


class SimulatedProcessDataset(AbstractDataset[dict[str, Any], dict[str, Any]]):
    """The law of a simulation, the first thing to be written into its folder.

    Saving it makes the folder a simulation's: what an earlier one has left is removed.
    """

    def __init__(self, *, filepath: str, metadata: dict[str, Any] | None = None) -> None:
        """Create the dataset.

        Args:
            filepath: The folder of the simulation, local or with a protocol that fsspec knows.
            metadata: For Kedro-Viz.
        """
        self._folder = _Folder(str(filepath))
        self.metadata = metadata

    def save(self, process: dict[str, Any]) -> None:
        """Claim the folder and write the law.

        Raises:
            DatasetError: If it holds files that no simulation made; nothing is removed then.
        """
        try:
            self._folder.claim()
        except OSError as error:
            raise DatasetError(
                f"{self._folder.url} cannot be written ({error.strerror or error}). Name another "
                "folder (parameter simulation.output)."
            ) from None
        self._folder.write(_PROCESS, process)

    def load(self) -> dict[str, Any]:
        """Read the law."""
        return self._folder.read(_PROCESS)

    def _exists(self) -> bool:
        return _PROCESS in self._folder.files()

    def _describe(self) -> dict[str, Any]:
        return {"filepath": self._folder.url}


class SimulatedEventsDataset(AbstractDataset[DataFrame, None]):
    """Event files in the format of the real ones: one a month, with header, sorted by time."""

    def __init__(
        self, *, filepath: str, compression: str = "none", metadata: dict[str, Any] | None = None
    ) -> None:
        """Create the dataset.

        Args:
            filepath: The folder of the simulation, local or with a protocol that fsspec and Spark
                know.
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
        (
            lines.write.partitionBy("event_date")
            .option("compression", self._compression)
            .mode("overwrite")
            .text(f"{self._folder.url}/{_PARTS}")
        )
        self._folder.join_days(self._compression)

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

    def _release(self) -> None:
        """End the table: a runner does so when nobody needs it any more."""
        super()._release()
        self._has_begun = False


class _Folder:
    def __init__(self, url: str) -> None:
        filesystem, path = fsspec.url_to_fs(url)
        self._filesystem: AbstractFileSystem = filesystem
        self._path = posixpath.normpath(path)
        #: With its protocol, so that Spark does not take it for a path on another file system.
        self.url = address_of(self._path, filesystem, like=url)

    def claim(self) -> None:
        """Mark the folder as a simulation's and remove what an earlier one has left.

        Its own place stays: it may be a link to another disk.
        """
        if self._filesystem.isfile(self._path):
            raise DatasetError(
                f"{self.url} is a file. Name a folder (parameter simulation.output)."
            )
        files = self.files()
        self._check_that_all_are_own(files)
        self._filesystem.makedirs(f"{self._path}/_truth", exist_ok=True)
        for name in files:
            if name != _MARK and not name.startswith(_FOLDERS):
                self._filesystem.rm(f"{self._path}/{name}")
        for folder in _FOLDERS:
            if self._filesystem.exists(f"{self._path}/{folder}".rstrip("/")):
                self._filesystem.rm(f"{self._path}/{folder}".rstrip("/"), recursive=True)
        self.write(_MARK, {"event_files": {}})

    def join_days(self, compression: str) -> None:
        """Join the parts of each month, day by day, to a file with a header."""
        months: dict[str, list[str]] = {}
        for day in sorted(self._filesystem.ls(f"{self._path}/{_PARTS}", detail=False)):
            if _DAY in day:
                month = day.rpartition(_DAY)[2][:7]
                months.setdefault(_file_name(month) + _ENDINGS[compression], []).append(day)
        header = f"{HEADER}\n".encode()
        header = gzip.compress(header, mtime=0) if compression == "gzip" else header
        written = {name: self._join(name, header, days) for name, days in months.items()}
        # The mark comes first, so that no file is ever there that it does not know.
        self.write(_MARK, {"event_files": written})
        for name in months:
            self._filesystem.mv(f"{self._path}/{_PARTS}/{name}", f"{self._path}/{name}")
        self._filesystem.rm(f"{self._path}/{_PARTS}", recursive=True)
        logger.info("Wrote %s into %s", ", ".join(months), self.url)

    def files(self) -> dict[str, int]:
        """Map the names of all files to their sizes."""
        if not self._filesystem.exists(self._path):
            return {}
        found = self._filesystem.find(self._path, detail=True)
        return {
            path.removeprefix(self._path).lstrip("/"): entry["size"]
            for path, entry in sorted(found.items())
        }

    def read(self, name: str) -> dict[str, Any]:
        with self._filesystem.open(f"{self._path}/{name}", "r") as file:
            return dict(json.load(file))

    def write(self, name: str, content: dict[str, Any]) -> None:
        with self._filesystem.open(f"{self._path}/{name}", "w") as file:
            json.dump(content, file, indent=2)

    def _check_that_all_are_own(self, files: dict[str, int]) -> None:
        advice = "Move it away, or name another folder (parameter simulation.output)."
        if files and _MARK not in files:
            raise DatasetError(
                f"{self.url} holds files that no simulation made, such as {next(iter(files))}. "
                "Name another folder, such as --params=simulation.output=/folder/that/is/empty."
            )
        event_files = self._marked_files() if files else {}
        for name, size in files.items():
            if name in (_MARK, _PROCESS, *_OTHER_TRUTH) or _is_written_by_spark(name):
                continue
            if name not in event_files:
                raise DatasetError(
                    f"{self.url} holds a file that the simulation did not make: {name}. {advice}"
                )
            known = event_files[name]
            if (known["bytes"], known["sha256"]) != (size, self._sha256(name)):
                raise DatasetError(
                    f"{self.url}: {name} was changed after the simulation made it. {advice}"
                )

    def _marked_files(self) -> dict[str, dict[str, Any]]:
        try:
            marked = self.read(_MARK)["event_files"].items()
            return {name: {key: file[key] for key in ("bytes", "sha256")} for name, file in marked}
        except (ValueError, KeyError, AttributeError, TypeError):
            raise DatasetError(
                f"{self.url}/{_MARK} is damaged, so that nobody knows which files a simulation "
                "made. Remove the folder, or name another one (parameter simulation.output)."
            ) from None

    def _sha256(self, name: str) -> str:
        with self._filesystem.open(f"{self._path}/{name}", "rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()

    def _join(self, name: str, header: bytes, days: list[str]) -> dict[str, Any]:
        """Join a file from its parts, beside them; its size and SHA-256."""
        sha256, size = hashlib.sha256(), 0
        with self._filesystem.open(f"{self._path}/{_PARTS}/{name}", "wb") as file:
            for chunk in self._chunks(header, days):
                sha256.update(chunk)
                size += file.write(chunk)
        return {"bytes": size, "sha256": sha256.hexdigest()}

    def _chunks(self, header: bytes, days: list[str]) -> Iterator[bytes]:
        yield header
        for day in days:
            for path in sorted(self._filesystem.ls(day, detail=False)):
                if PurePosixPath(path).name.startswith("part-"):
                    with self._filesystem.open(path, "rb") as part:
                        while chunk := part.read(_CHUNK_BYTES):
                            yield chunk


def _is_written_by_spark(name: str) -> bool:
    """Whether it is a part of a table or of the unjoined lines, and not a file of a user."""
    base = PurePosixPath(name).name
    is_part = (
        base.startswith(("part-", ".part-", "_SUCCESS", "._SUCCESS")) or "/_temporary/" in name
    )
    is_joined = name.startswith(f"{_PARTS}/") and base.endswith(tuple(_ENDINGS.values()))
    return name.startswith(_FOLDERS) and (is_part or is_joined)


def _file_name(month: str) -> str:
    """Name a month as the real files are named: 2019-10 is 2019-Oct."""
    return datetime.strptime(month, "%Y-%m").strftime("%Y-%b")
