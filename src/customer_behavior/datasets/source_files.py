"""The raw event files as they were found."""

import posixpath
import re
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any, NoReturn

import fsspec
from kedro.io import AbstractDataset, DatasetError

from customer_behavior.datasets.addresses import address_of
from customer_behavior.datasets.raw_text import read_first_line
from customer_behavior.event_schema import HEADER

_WILDCARD = re.compile(r"[*?\[]")
_ENDINGS_OF_OTHER_CODECS = (".deflate", ".snappy", ".lz4", ".zst", ".zstd", "._COPYING_")
_STARTS_WITH_A_DATE = re.compile(r"\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}")


@dataclass(frozen=True)
class SourceFile:
    """A raw event file.

    Attributes:
        source_file: Path relative to the folder that ``raw_events`` names.
        path: The whole address, with its protocol.
        bytes: Size as found, compressed where it is compressed.
        first_line: First line of the text, without byte order mark and line end.
    """

    source_file: str
    path: str
    bytes: int
    first_line: str

    @property
    def has_header(self) -> bool:
        """Whether the first line names the columns."""
        return self.first_line == HEADER


class SourceFilesDataset(AbstractDataset[None, list[SourceFile]]):
    """Lists the event files that a file, a folder (searched recursively) or a glob names.

    Files and folders whose names begin with ``_`` or ``.`` are left out. Loading fails where
    there are no files, and at a file that does not begin with events.
    """

    def __init__(self, *, filepath: str, metadata: dict[str, Any] | None = None) -> None:
        """Create the dataset.

        Args:
            filepath: A file, a folder or a glob, local or with a protocol that fsspec knows.
            metadata: For Kedro-Viz.
        """
        self._filepath = str(filepath)
        self._filesystem, path = fsspec.url_to_fs(self._filepath)
        self._path = posixpath.normpath(path)
        self.metadata = metadata

    def load(self) -> list[SourceFile]:
        """List the files, sorted by ``source_file``."""
        files = self._find()
        if not files:
            raise DatasetError(
                f"No event files in '{self._filepath}' (parameter raw_events): "
                "give a file, a folder or a glob of CSV files, such as "
                "--params=raw_events=/folder/with/2019-Oct.csv. Names that begin with '_' or '.' "
                "are left out."
            )
        return [self._describe_file(name, path) for name, path in sorted(files.items())]

    def save(self, data: None) -> NoReturn:
        """Refuse: raw files are never written."""
        raise DatasetError("Raw event files are only read.")

    def _find(self) -> dict[str, str]:
        """Map each relative name to its path."""
        if self._filesystem.isdir(self._path):
            root, named = self._path, [self._path]
        elif self._filesystem.isfile(self._path):
            root, named = str(PurePosixPath(self._path).parent), [self._path]
        else:
            root = _WILDCARD.split(self._path)[0].rpartition("/")[0]
            named = self._filesystem.glob(self._path)
        names = {path.removeprefix(root).lstrip("/"): path for path in self._files_below(named)}
        return {name: path for name, path in names.items() if not _is_hidden(name)}

    def _files_below(self, paths: list[str]) -> list[str]:
        """Take files as they are, and all files of folders."""
        isdir, find = self._filesystem.isdir, self._filesystem.find
        return [file for path in paths for file in (find(path) if isdir(path) else [path])]

    def _describe_file(self, name: str, path: str) -> SourceFile:
        if not self._filesystem.isfile(path):
            raise DatasetError(f"{path} is a link that leads to no file. Name its target instead.")
        if ":" in PurePosixPath(name).name or not _is_utf8(name):
            raise DatasetError(
                f"{path!r}: Hadoop reads no name with ':', or that is not UTF-8. Rename the file."
            )
        if name.endswith(_ENDINGS_OF_OTHER_CODECS):
            raise DatasetError(
                f"{path}: Hadoop goes by the ending, and would unpack this file. Rename it, or "
                "compress it with gzip."
            )
        size = self._filesystem.size(path)
        if size == 0:
            raise DatasetError(
                f"{path} is empty. Was its download interrupted? Fetch it again, or put '_' before "
                "its name to leave it out."
            )
        first_line = read_first_line(self._filesystem, path)
        if first_line != HEADER and not _STARTS_WITH_A_DATE.match(first_line):
            raise DatasetError(
                f"{path} does not begin with events. Its first line is {first_line[:200]!r}; "
                f"expected are a row of events or the header '{HEADER}', with the columns in "
                "this order."
            )
        address = address_of(path, self._filesystem, like=self._filepath)
        return SourceFile(name, address, size, first_line)

    def _exists(self) -> bool:
        return bool(self._find())

    def _describe(self) -> dict[str, Any]:
        return {"filepath": self._filepath}


def _is_utf8(name: str) -> bool:
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


def _is_hidden(name: str) -> bool:
    return any(part.startswith(("_", ".")) for part in PurePosixPath(name).parts)
