"""No result of one input is made from what another has left."""

import json

import pytest
from kedro.framework.project import configure_project
from kedro.io import DatasetError
from kedro.pipeline import Node, Pipeline
from kedro.runner import SequentialRunner, ThreadRunner
from kedro_datasets.json import JSONDataset

from customer_behavior.hooks import ConfigurationError
from customer_behavior.runs import DatasetSources, RunInputs
from running import catalog_in, run

RUNNERS = [SequentialRunner, ThreadRunner]
OUTPUTS = [
    "dataset_sources", "ingestion_ledger", "purchase_outages", "event_counts", "event_features",
    "sessions", "segment_model", "customer_segments", "events_by_day",
]  # fmt: skip
OCTOBER = {"source_id": "ab", "total": {"rows_kept": 7}}
OTHER = {"source_id": "cd", "total": {"rows_kept": 7}}


class Events(JSONDataset):
    """As the table of events: its ledger is removed before it changes."""

    def save(self, data):
        if data == "damaged":
            raise DatasetError("nothing was replaced")
        self._ledger.unlink(missing_ok=True)
        super().save(data)


class Killed(BaseException):
    pass


def be_killed(*_):
    raise Killed


def make(name, *inputs, does=lambda *_: 1):
    return Node(does, list(inputs), name, name=name)


def ingest(ledger, events="events"):
    return [
        make("events", does=lambda: events),
        make("ingestion_ledger", "events", does=lambda _: ledger),
        make("purchase_outages", "events"),
    ]


FEATURES = [make("event_features", "events"), make("sessions", "event_features")]
FIT = make("segment_model", "event_features")
APPLY = make("customer_segments", "segment_model", "event_features")


@pytest.fixture
def go(tmp_path):
    """Runs nodes, and gives what is known of the datasets then."""
    configure_project("customer_behavior")

    def go(*nodes, runner=SequentialRunner):
        entries = {
            name: {"type": "json.JSONDataset", "filepath": str(tmp_path / f"{name}.json")}
            for name in OUTPUTS
        }
        catalog = catalog_in(tmp_path, **entries)
        catalog["events"] = Events(filepath=str(tmp_path / "events.json"))
        catalog["events"]._ledger = tmp_path / "ingestion_ledger.json"
        sources = DatasetSources()
        error = run(Pipeline(nodes), catalog, runner(), hooks=(RunInputs(sources), sources))
        if error:
            raise error
        return json.loads((tmp_path / "dataset_sources.json").read_text())

    return go


def test_what_is_made_from_the_current_events_is_taken(go):
    go(*ingest(OCTOBER), *FEATURES)
    go(FIT)

    known = go(APPLY)

    assert set(known) == {
        "customer_segments", "event_features", "purchase_outages", "segment_model", "sessions",
    }  # fmt: skip
    assert len(set(known.values())) == 1


def test_what_is_made_from_other_events_is_refused(go):
    go(*ingest(OCTOBER), *FEATURES, FIT)
    go(*ingest(OTHER))

    with pytest.raises(ConfigurationError) as error:
        go(APPLY)

    assert str(error.value) == (
        "'event_features' was made from other events than those that were ingested last. "
        "Let the same run make it anew (`--pipelines=feature_engineering,…`), or run all of them "
        "(`kedro run`)."
    )


def test_all_that_has_to_be_made_anew_is_named(go):
    go(*ingest(OCTOBER), *FEATURES, make("event_counts", "events"), FIT, APPLY)
    go(*ingest(OTHER))

    with pytest.raises(ConfigurationError, match="=feature_engineering,clustering,…"):
        go(make("segment_evaluation", "customer_segments"))


def test_other_months_of_the_same_files_are_other_events(go):
    go(*ingest(OCTOBER), *FEATURES)
    go(*ingest(OCTOBER | {"total": {"rows_kept": 9}}))

    with pytest.raises(ConfigurationError, match="'event_features' was made from other events"):
        go(FIT)


def test_after_the_same_events_nothing_has_to_be_made_anew(go):
    go(*ingest(OCTOBER), *FEATURES)
    go(*ingest(OTHER))
    go(*ingest(OCTOBER))

    assert "segment_model" in go(FIT)


def test_what_training_has_fitted_is_applied_to_other_events(go):
    go(*ingest(OCTOBER), *FEATURES, FIT)

    known = go(*ingest(OTHER), *FEATURES, APPLY)

    assert known["customer_segments"] == known["event_features"] != known["segment_model"]


def test_a_run_that_ingests_makes_itself_what_it_reads(go):
    go(*ingest(OCTOBER), *FEATURES)

    with pytest.raises(ConfigurationError, match="'event_features' was made from other events"):
        go(*ingest(OTHER), FIT)


@pytest.mark.parametrize("runner", RUNNERS)
def test_a_dataset_that_a_killed_run_was_saving_is_missing(go, runner):
    go(*ingest(OCTOBER), *FEATURES)
    go(*ingest(OTHER))
    features, sessions = FEATURES

    with pytest.raises(Killed):
        go(features, make("sessions", "event_features", does=be_killed), runner=runner)
    known = go(make("event_counts", "events"))

    # The old sessions were not touched yet.
    assert known["event_features"] == known["event_counts"] != known["sessions"]
    with pytest.raises(ConfigurationError, match="'sessions' was made from other events"):
        go(make("customer_segments", "sessions"))
    go(sessions)
    go(make("customer_segments", "sessions"))


def test_a_dataset_that_was_not_saved_to_its_end_is_missing(go, tmp_path):
    go(*ingest(OCTOBER), *FEATURES)
    cannot_be_saved = make("sessions", "event_features", does=lambda _: object())

    with pytest.raises(DatasetError):
        go(cannot_be_saved)

    assert (tmp_path / "sessions.json").exists()
    with pytest.raises(ConfigurationError, match="'sessions' is missing: the pipeline feature_en"):
        go(make("customer_segments", "sessions"))


def test_an_ingestion_that_fails_in_front_of_its_tables_changes_nothing(go):
    go(*ingest(OCTOBER), *FEATURES)

    with pytest.raises(DatasetError, match="nothing was replaced"):
        go(*ingest(OTHER, events="damaged"))

    assert "segment_model" in go(FIT)


def test_after_an_ingestion_without_a_ledger_nothing_can_be_made(go):
    go(*ingest(OCTOBER), *FEATURES)
    events, _, outages = ingest(OTHER)
    with pytest.raises(Killed):
        go(events, make("ingestion_ledger", "events", does=be_killed), outages)

    for node in (FIT, make("event_counts", "events")):
        with pytest.raises(ConfigurationError, match="'ingestion_ledger' is missing"):
            go(node)


@pytest.mark.parametrize("runner", RUNNERS)
def test_what_was_made_before_the_ledger_is_taken_when_the_run_is_resumed(go, runner):
    events, ledger, outages = ingest(OCTOBER)
    by_day = make("events_by_day", "event_counts", "purchase_outages")
    go(events, outages, make("event_counts", "events"), runner=runner)

    known = go(ledger, by_day, runner=runner)

    assert set(known) == {"event_counts", "events_by_day", "purchase_outages"}
    assert len(set(known.values())) == 1
    assert None not in known.values()


def test_what_was_made_before_a_ledger_that_never_came_is_of_no_later_input(go):
    go(ingest(OCTOBER)[0], make("event_counts", "events"))

    assert "event_counts" not in go(*ingest(OTHER))
    with pytest.raises(ConfigurationError, match="'event_counts' is missing"):
        go(make("events_by_day", "event_counts"))


def test_notes_that_cannot_be_read_are_none(go, tmp_path):
    go(*ingest(OCTOBER), *FEATURES)
    (tmp_path / "dataset_sources.json").write_text('{"event_features": ')

    with pytest.raises(ConfigurationError, match="'event_features' is missing"):
        go(FIT)
