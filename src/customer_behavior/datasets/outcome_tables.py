"""The tables that the lines of raw event files end in: kept, duplicate or quarantined.

All three are written in one pass over the lines, which costs as much as writing one of them. Saving
``events`` writes every line into a staging folder, parted by outcome and month, and then moves the
parts to their tables. So the tables change within a moment, at the end of the work; a run that is
killed before leaves them as they were, and one that is killed in that moment leaves tables that
are not loaded.
"""

import json
from pathlib import PurePosixPath
from typing import Any

import fsspec
from kedro.io import AbstractDataset, DatasetError
from pyspark.sql import DataFrame

from customer_behavior.datasets.session import get_session
from customer_behavior.event_schema import OUTCOME_SCHEMAS

_MONTH = "event_month="
_RUN_AGAIN = "run ingestion again, without ingestion.months"


class EventsDataset(AbstractDataset[DataFrame, DataFrame]):
    """The table of distinct good events, saved together with the lines that were set aside.

    The files of all three tables are listed in ``_FINISHED.json``, removed before the first of them
    changes and written after the last; what is not listed there is not loaded.
    """

    def __init__(
        self,
        *,
        filepath: str,
        set_aside: dict[str, dict[str, str]],
        staging: dict[str, str],
        ledger: dict[str, str],
        months: str = "",
        metadata: dict[str, Any] | None = None,
    ) -> None:
        """Create the dataset.

        Args:
            filepath: Folder of the table.
            set_aside: ``filepath`` of the other tables, by the outcome of their lines.
            staging: ``filepath`` of a folder to write to, on the same file system.
            ledger: ``filepath`` of the account of the tables, removed before they change.
            months: The months to replace, separated by blanks; empty for the whole tables.
            metadata: For Kedro-Viz.
        """
        self._tables = {"kept": _Table(str(filepath))}
        for outcome, table in set_aside.items():
            self._tables[outcome] = _Table(table["filepath"])
        self._staging = _Table(staging["filepath"])
        self._finished = _Finished(f"{filepath}/_FINISHED.json")
        self._ledger = ledger["filepath"]
        self._months = months.split()
        self.metadata = metadata

    def save(self, classified_lines: DataFrame) -> None:
        """Write the lines of all outcomes, and move them to their tables.

        Args:
            classified_lines: One row per line, with ``outcome`` and ``event_month``.

        Raises:
            DatasetError: If months are to be replaced in tables that are not whole, or have no
                row in the input.
        """
        if self._months:
            self._check_that_tables_are_whole()
        self._staging.remove()
        classified_lines.write.partitionBy("outcome", "event_month").parquet(self._staging.url)
        staged = {outcome: self._staging.months(f"/outcome={outcome}") for outcome in self._tables}
        self._check_that_months_have_rows(staged)
        _remove_file(self._ledger)
        self._finished.remove()
        for outcome, table in self._tables.items():
            table.replace(staged[outcome], self._months)
        self._finished.write({outcome: table.files() for outcome, table in self._tables.items()})
        self._staging.remove()

    def load(self) -> DataFrame:
        """Read the table, lazily.

        Raises:
            DatasetError: If its files are not those that were written last.
        """
        self._finished.check("kept", self._tables["kept"])
        return self._tables["kept"].read(OUTCOME_SCHEMAS["kept"])

    def _check_that_tables_are_whole(self) -> None:
        if not any(table.months() for table in self._tables.values()):
            return
        for outcome, table in self._tables.items():
            self._finished.check(outcome, table)
        filesystem, path = fsspec.url_to_fs(self._ledger)
        if not filesystem.exists(path):
            raise DatasetError(f"The last ingestion did not end with a ledger: {_RUN_AGAIN}.")

    def _check_that_months_have_rows(self, staged: dict[str, dict[str, str]]) -> None:
        empty = set(self._months) - {month for months in staged.values() for month in months}
        if empty:
            raise DatasetError(
                f"raw_events has no row of {', '.join(sorted(empty))} (parameter "
                "ingestion.months). Nothing was replaced: name files or months that fit."
            )

    def _exists(self) -> bool:
        return self._finished.exists()

    def _describe(self) -> dict[str, Any]:
        return {"filepath": self._tables["kept"].url, "months": self._months}


class SetAsideDataset(AbstractDataset[DataFrame, DataFrame]):
    """A table of lines that did not become events; it is written when ``events`` is saved."""

    def __init__(
        self,
        *,
        filepath: str,
        outcome: str,
        events: dict[str, str],
        metadata: dict[str, Any] | None = None,
    ) -> None:
        """Create the dataset.

        Args:
            filepath: Folder of the table.
            outcome: ``duplicate`` or ``quarantined``.
            events: ``filepath`` of the table of events, which the list of files lies in.
            metadata: For Kedro-Viz.
        """
        self._table = _Table(str(filepath))
        self._outcome = outcome
        self._finished = _Finished(f"{events['filepath']}/_FINISHED.json")
        self.metadata = metadata

    def save(self, classified_lines: DataFrame) -> None:
        """See that the rows are there; ``events`` has written them, in its pass over all lines.

        Args:
            classified_lines: The rows that ``events`` was saved with; not used again.

        Raises:
            DatasetError: If ``events`` was not saved before.
        """
        self._finished.check(self._outcome, self._table)

    def load(self) -> DataFrame:
        """Read the table, lazily.

        Raises:
            DatasetError: If its files are not those that were written last.
        """
        self._finished.check(self._outcome, self._table)
        return self._table.read(OUTCOME_SCHEMAS[self._outcome])

    def _exists(self) -> bool:
        return self._finished.exists()

    def _describe(self) -> dict[str, Any]:
        return {"filepath": self._table.url, "outcome": self._outcome}


class _Table:
    """A folder of Parquet files, partitioned by month."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._filesystem, self._path = fsspec.url_to_fs(url)

    def months(self, below: str = "") -> dict[str, str]:
        """Map each month to its folder."""
        if not self._filesystem.exists(self._path + below):
            return {}
        folders = self._filesystem.ls(self._path + below, detail=False)
        names = {PurePosixPath(folder).name: folder for folder in folders}
        return {
            name.removeprefix(_MONTH): folder
            for name, folder in sorted(names.items())
            if name.startswith(_MONTH)
        }

    def files(self) -> dict[str, dict[str, int]]:
        """Map each month to its files and their sizes in bytes."""
        return {
            month: {
                PurePosixPath(entry["name"]).name: entry["size"]
                for entry in self._filesystem.ls(folder, detail=True)
                if not PurePosixPath(entry["name"]).name.startswith((".", "_"))
            }
            for month, folder in self.months().items()
        }

    def replace(self, staged: dict[str, str], months: list[str]) -> None:
        """Put the staged months in the place of those named, or of all."""
        self._filesystem.makedirs(self._path, exist_ok=True)
        for month, folder in self.months().items():
            if not months or month in months:
                self._filesystem.rm(folder, recursive=True)
        for month, folder in staged.items():
            self._filesystem.mv(folder, f"{self._path}/{_MONTH}{month}", recursive=True)

    def read(self, schema: Any) -> DataFrame:
        return get_session().read.schema(schema).parquet(self.url).select(schema.names)

    def remove(self) -> None:
        if self._filesystem.exists(self._path):
            self._filesystem.rm(self._path, recursive=True)


class _Finished:
    """The list of the files of all tables."""

    def __init__(self, url: str) -> None:
        self._filesystem, self._path = fsspec.url_to_fs(url)

    def exists(self) -> bool:
        return bool(self._filesystem.exists(self._path))

    def remove(self) -> None:
        if self.exists():
            self._filesystem.rm(self._path)

    def write(self, files: dict[str, Any]) -> None:
        unfinished = f"{self._path}.unfinished"
        with self._filesystem.open(unfinished, "w") as file:
            json.dump(files, file, indent=2)
        self._filesystem.mv(unfinished, self._path, overwrite=True)

    def check(self, outcome: str, table: _Table) -> None:
        if not self.exists():
            raise DatasetError(f"Ingestion into {table.url} did not finish: {_RUN_AGAIN}.")
        with self._filesystem.open(self._path, "r") as file:
            listed = json.load(file)
        if listed[outcome] != table.files():
            raise DatasetError(
                f"The files in {table.url} are not those that ingestion wrote: {_RUN_AGAIN}."
            )


def _remove_file(url: str) -> None:
    filesystem, path = fsspec.url_to_fs(url)
    if filesystem.exists(path):
        filesystem.rm(path)
