"""Which events each dataset was made from: the dataset ``dataset_sources``."""

import hashlib
import json
import logging
from threading import Lock

from kedro.framework.hooks import hook_impl
from kedro.framework.project import pipelines
from kedro.io import CatalogProtocol, DatasetError
from kedro.pipeline import Pipeline

from customer_behavior.runs.places import is_there
from customer_behavior.runs.record import LEDGER

logger = logging.getLogger(__name__)

SOURCES = "dataset_sources"


class DatasetSources:
    """Notes of each dataset that a run saves which events it was made from.

    Events are named by the SHA-256 of their ledger, which changes with them; their ``source_id``
    does not where other months of the same files are taken. What is saved between the events and
    their ledger is noted as null, and named when the ledger is there. What the ledger accounts for
    needs no note: the ledger is removed before the events change.

    A note is removed before its dataset is saved and written afterwards, so that a run that is
    killed leaves only true ones.
    """

    def __init__(self) -> None:
        """Know of no dataset."""
        self._lock = Lock()
        self._of_events: set[str] = set()
        self._notes: dict[str, str | None] = {}
        self._current: str | None = None
        self._expected: str | None = None
        self.accounted: set[str] = set()

    @hook_impl
    def before_pipeline_run(self, pipeline: Pipeline, catalog: CatalogProtocol) -> None:
        """Read the notes, and which events are there."""
        self._catalog = catalog
        self._of_events = pipelines["__default__"].all_outputs()
        self.accounted = {LEDGER, *_inputs_of_the_ledger()}
        self._notes, self._current = self._read(), self._events()
        made = pipeline.all_outputs() & self.accounted
        if made - {LEDGER}:
            # What an earlier run made of events without a ledger is not of those that come now.
            self._notes = {name: events for name, events in self._notes.items() if events}
        self._expected = None if made else self._current

    @hook_impl
    def before_dataset_saved(self, dataset_name: str) -> None:
        """Forget what the dataset was made from."""
        with self._lock:
            if dataset_name in self._notes:
                del self._notes[dataset_name]
                self._write()

    @hook_impl
    def after_dataset_saved(self, dataset_name: str) -> None:
        """Note what the dataset was made from."""
        if dataset_name not in self._of_events:
            return
        with self._lock:
            if dataset_name in self.accounted:
                self._current = self._events()
                for name, events in self._notes.items():
                    self._notes[name] = events or self._current
            else:
                self._notes[dataset_name] = self._current
            self._write()

    def has(self, name: str) -> bool:
        """Whether a dataset is there, and whole as far as a run can know."""
        is_noted = name in self._notes or name in self.accounted or name not in self._of_events
        return is_noted and is_there(self._catalog, name)

    def is_current(self, name: str) -> bool:
        """Whether a dataset is of the events that the run is about."""
        return name in self.accounted or self._notes.get(name, "") == self._expected

    def _events(self) -> str | None:
        """The SHA-256 of the ledger; None where there is none, since ingestion did not finish."""
        if not is_there(self._catalog, LEDGER):
            return None
        ledger = json.dumps(self._catalog.load(LEDGER), sort_keys=True)
        return hashlib.sha256(ledger.encode()).hexdigest()

    def _read(self) -> dict[str, str | None]:
        try:
            return self._catalog.load(SOURCES) if is_there(self._catalog, SOURCES) else {}
        except DatasetError as error:  # a run was killed while it wrote
            logger.warning("%s can not be read, and begins anew: %s", SOURCES, error)
            return {}

    def _write(self) -> None:
        self._catalog.save(SOURCES, dict(sorted(self._notes.items())))


def _inputs_of_the_ledger() -> list[str]:
    (ledger,) = (node for node in pipelines["__default__"].nodes if LEDGER in node.outputs)
    return ledger.inputs
