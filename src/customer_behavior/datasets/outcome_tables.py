"""The tables that the lines of raw event files end in: kept, duplicate or quarantined.

All three are written in one pass over the lines, which costs as much as writing one of them. Saving
``events`` writes every line into a staging folder, parted by outcome and month, and then moves the
parts with outcome ``kept`` to their place; the other two tables move theirs. So a table changes
within a moment, at the end of the work, and a killed run leaves the tables as they were.
"""

import json
from pathlib import PurePosixPath
from typing import Any

import fsspec
from kedro.io import AbstractDataset, DatasetError
from pyspark.sql import DataFrame, SparkSession

from customer_behavior.event_schema import OUTCOME_SCHEMAS

_MONTH = "event_month="


class OutcomeDataset(AbstractDataset[DataFrame, DataFrame]):
    """A Parquet table of the lines with one outcome, partitioned by ``event_month``."""

    def __init__(
        self,
        *,
        filepath: str,
        staging: dict[str, str],
        outcome: str,
        months: str = "",
        metadata: dict[str, Any] | None = None,
    ) -> None:
        """Create the dataset.

        Args:
            filepath: Folder of the table.
            staging: ``filepath`` of the folder that the lines of all outcomes are written to, on
                the same file system.
            outcome: ``kept``, ``duplicate`` or ``quarantined``.
            months: The months to replace, separated by blanks; empty for the whole table.
            metadata: For Kedro-Viz.
        """
        self._url = str(filepath)
        self._staging_url = str(staging["filepath"])
        self._filesystem, self._path = fsspec.url_to_fs(self._url)
        self._staging = fsspec.url_to_fs(self._staging_url)[1]
        self._outcome = outcome
        self._months = months.split()
        self.metadata = metadata

    def save(self, classified_lines: DataFrame) -> None:
        """Move this outcome's months out of the staging folder.

        Args:
            classified_lines: The same rows that ``events`` was saved with.
        """
        if not self._filesystem.exists(f"{self._staging}/_SUCCESS"):
            raise DatasetError(f"{self._url} is saved after `events`, which writes its rows.")
        self._filesystem.makedirs(self._path, exist_ok=True)
        staged = self._month_folders(f"{self._staging}/outcome={self._outcome}")
        for month, folder in self._month_folders(self._path).items():
            if month in staged or not self._months or month in self._months:
                self._filesystem.rm(folder, recursive=True)
        for month, folder in staged.items():
            self._filesystem.mv(folder, f"{self._path}/{_MONTH}{month}", recursive=True)

    def load(self) -> DataFrame:
        """Read the table, lazily."""
        if not self._filesystem.exists(self._path):
            raise DatasetError(f"{self._url} does not exist: run ingestion.")
        schema = OUTCOME_SCHEMAS[self._outcome]
        spark = SparkSession.builder.getOrCreate()
        return spark.read.schema(schema).parquet(self._url).select(schema.names)

    def _month_folders(self, table: str) -> dict[str, str]:
        if not self._filesystem.exists(table):
            return {}
        folders = self._filesystem.ls(table, detail=False)
        names = {PurePosixPath(folder).name: folder for folder in folders}
        return {
            name.removeprefix(_MONTH): folder
            for name, folder in sorted(names.items())
            if name.startswith(_MONTH)
        }

    def _exists(self) -> bool:
        return bool(self._filesystem.exists(self._path))

    def _describe(self) -> dict[str, Any]:
        return {"filepath": self._url, "outcome": self._outcome, "months": self._months}


class EventsDataset(OutcomeDataset):
    """The table of distinct good events, which is either whole or not there.

    Its files are listed in ``_FINISHED.json``, removed before the first of them changes and
    written after the last; what is not listed there is not loaded.
    """

    def __init__(
        self,
        *,
        filepath: str,
        staging: dict[str, str],
        ledger: dict[str, str],
        months: str = "",
        metadata: dict[str, Any] | None = None,
    ) -> None:
        """Create the dataset.

        Args:
            filepath: Folder of the table.
            staging: ``filepath`` of the folder that the lines of all outcomes are written to, on
                the same file system.
            ledger: ``filepath`` of the file that accounts for the table, removed before the table
                changes.
            months: The months to replace, separated by blanks; empty for the whole table.
            metadata: For Kedro-Viz.
        """
        super().__init__(
            filepath=filepath, staging=staging, outcome="kept", months=months, metadata=metadata
        )
        self._ledger = str(ledger["filepath"])
        self._finished = f"{self._path}/_FINISHED.json"

    def save(self, classified_lines: DataFrame) -> None:
        """Write the lines of all outcomes, and move the kept ones to their place.

        Args:
            classified_lines: One row per line, with ``outcome`` and ``event_month``.
        """
        if self._filesystem.exists(self._staging):
            self._filesystem.rm(self._staging, recursive=True)
        classified_lines.write.partitionBy("outcome", "event_month").parquet(self._staging_url)
        for filesystem, path in (
            fsspec.url_to_fs(self._ledger),
            (self._filesystem, self._finished),
        ):
            if filesystem.exists(path):
                filesystem.rm(path)
        super().save(classified_lines)
        with self._filesystem.open(self._finished, "w") as file:
            json.dump(self._files(), file, indent=2)

    def load(self) -> DataFrame:
        """Read the table, lazily.

        Raises:
            DatasetError: If its files are not those that were written last.
        """
        if not self._filesystem.exists(self._finished):
            raise DatasetError(f"Ingestion into {self._url} did not finish: run it again.")
        with self._filesystem.open(self._finished, "r") as file:
            if json.load(file) != self._files():
                raise DatasetError(
                    f"The files in {self._url} are not those that ingestion wrote: run it again."
                )
        return super().load()

    def _files(self) -> dict[str, dict[str, int]]:
        """Map each month to its files and their sizes in bytes."""
        return {
            month: {
                PurePosixPath(entry["name"]).name: entry["size"]
                for entry in self._filesystem.ls(folder, detail=True)
                if not PurePosixPath(entry["name"]).name.startswith((".", "_"))
            }
            for month, folder in self._month_folders(self._path).items()
        }

    def _exists(self) -> bool:
        return bool(self._filesystem.exists(self._finished))
