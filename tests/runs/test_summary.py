import json
import logging

import pandas as pd
import pytest
from kedro.io import DatasetError
from kedro.pipeline import Node, Pipeline
from kedro.runner import SequentialRunner

from running import catalog_in, run

HEADLINES = [
    {"label": "events", "text": "214,303", "baseline": None},
    {"label": "buyers", "text": "235", "baseline": None, "note": "1.44 times as many as bought"},
    {"label": "buys next week", "text": ".383 [.370, .397]", "baseline": "best baseline .242"},
]


@pytest.fixture
def summary(tmp_path, caplog, monkeypatch):
    """Runs a pipeline: the lines of the table."""

    def summary(pipeline, catalog, runner=None, **parameters):
        caplog.set_level(logging.INFO, "customer_behavior.runs.summary")
        run(pipeline, catalog, runner or SequentialRunner(), **parameters)
        (said,) = [one for one in caplog.records if one.name.endswith("runs.summary")]
        return said.getMessage().splitlines()

    monkeypatch.chdir(tmp_path)
    return summary


def nothing_to_do(name="rest"):
    return Node(lambda: 1, inputs=None, outputs=name, name=name)


def small_files(folder, **contents):
    """Entries of a catalog, and the files of those that have contents."""
    entries = {}
    for name, content in contents.items():
        ending = "html" if name == "report" else "json"
        path = folder / "08_reporting" / f"{name}.{ending}"
        path.parent.mkdir(exist_ok=True)
        if content is not None:
            path.write_text(json.dumps(content))
        entries[name] = {"type": "json.JSONDataset", "filepath": str(path)}
    return entries


def test_a_run_ends_with_its_numbers_and_where_its_results_lie(tmp_path, summary):
    (tmp_path / "Makefile").touch()
    files = small_files(
        tmp_path,
        ingestion_ledger={"source_id": "a", "files": []},
        headlines=None,
        report=None,
        customer_360="of an earlier run",
    )
    report = Node(
        lambda: ({"headlines": HEADLINES}, "a page"),
        inputs=None,
        outputs=["headlines", "report"],
        name="report",
    )

    title, *table = summary(
        Pipeline([report]), catalog_in(tmp_path, **files), project_path=str(tmp_path)
    )

    assert title.startswith("Finished: 1 of 1 nodes in ")
    assert table == [
        "  events            214,303",
        "  buyers            235                1.44 times as many as bought",
        "  buys next week    .383 [.370, .397]  best baseline .242",
        f"  report            file://{tmp_path}/08_reporting/report.html",
        "  ingestion_ledger  08_reporting/ingestion_ledger.json",
        "  run_manifest      run_manifest.json",
        "  lineage           make viz",
    ]


def test_tables_without_customers_are_said_to_be_empty(tmp_path, summary):
    files = small_files(
        tmp_path, headlines=None, customer_360="of Spark", customer_360_summary=None
    )
    campaign = tmp_path / "campaign_customers.csv"
    files["campaign_customers"] = {"type": "pandas.CSVDataset", "filepath": str(campaign)}
    report = Node(
        lambda: ({"headlines": []}, "a table", {"customers": 0}, pd.DataFrame(columns=["place"])),
        inputs=None,
        outputs=["headlines", "customer_360", "customer_360_summary", "campaign_customers"],
        name="report",
    )

    _, *table = summary(Pipeline([report]), catalog_in(tmp_path, **files))

    places = dict(line.split(maxsplit=1) for line in table)
    assert places["customer_360"] == "08_reporting/customer_360.json (empty)"
    assert places["campaign_customers"] == "campaign_customers.csv (empty)"


def test_numbers_of_an_earlier_run_are_not_shown(tmp_path, summary):
    files = small_files(tmp_path, headlines={"headlines": HEADLINES}, report="a page")

    table = summary(Pipeline([nothing_to_do()]), catalog_in(tmp_path, **files))[1:]

    assert table == [
        "  report        is of an earlier run; anew: kedro run --pipelines=reporting",
        "  run_manifest  run_manifest.json",
    ]


def fail():
    raise ValueError("it rained")


def test_a_run_that_fails_says_what_failed_and_how_to_go_on(tmp_path, summary):
    pipeline = Pipeline(
        [
            nothing_to_do("a"),
            Node(fail, inputs=None, outputs="x", name="b"),
            Node(print, inputs="x", outputs=None, name="c"),
            nothing_to_do("d"),
        ]
    )

    title, *table = summary(pipeline, catalog_in(tmp_path))

    assert title.startswith("Failed after ")
    assert title.endswith(": b.")
    assert table == [
        "  run_manifest  run_manifest.json",
        "  to go on      the same command with --from-nodes=b,d",
    ]


def test_an_error_behind_the_last_node_is_not_hidden(tmp_path, summary):
    class Last(SequentialRunner):
        def run(self, *arguments, **named):
            super().run(*arguments, **named)
            raise OSError("the light went out")

    title, *table = summary(Pipeline([nothing_to_do()]), catalog_in(tmp_path), runner=Last())

    assert title.endswith(": outside of a node.")
    assert table[-1] == "  to go on      the same command again"


def test_where_no_node_finished_the_same_command_is_right(tmp_path, summary):
    pipeline = Pipeline([Node(fail, inputs=None, outputs="x", name="b")])

    assert summary(pipeline, catalog_in(tmp_path))[-1].endswith("the same command again")


def test_an_error_that_says_what_to_do_is_not_to_be_repeated(tmp_path, summary):
    def find_no_files():
        raise DatasetError("No event files")

    pipeline = Pipeline(
        [nothing_to_do("a"), Node(find_no_files, inputs=None, outputs="x", name="b")]
    )

    assert summary(pipeline, catalog_in(tmp_path))[1:] == ["  run_manifest  run_manifest.json"]
