from typing import Any

import pytest
from kedro.framework.project import configure_project, pipelines
from kedro.io import DataCatalog, DatasetError, MemoryDataset
from kedro.pipeline import Node, Pipeline
from kedro.runner import SequentialRunner
from kedro_datasets.json import JSONDataset

from customer_behavior.hooks import ConfigurationError
from customer_behavior.runs import DatasetSources, RunInputs
from customer_behavior.runs.inputs import optional_inputs
from support import HEADER, PURCHASE, VIEW, write_lines


def can_do_without(given: int, extra: dict[str, Any] | None) -> dict[str, Any]:
    return {"given": given, "extra": extra}


def needs(extra: dict[str, Any]) -> dict[str, Any]:
    return extra


def run(pipeline, catalog):
    sources = DatasetSources()
    sources.before_pipeline_run(pipeline, catalog)
    RunInputs(sources).before_pipeline_run(pipeline, catalog)
    return SequentialRunner().run(pipeline, catalog)


@pytest.fixture
def catalog(tmp_path):
    configure_project("customer_behavior")
    return DataCatalog(
        {
            "one": MemoryDataset(1),
            "two": JSONDataset(filepath=str(tmp_path / "two.json")),
            "result": MemoryDataset(),
        }
    )


@pytest.mark.parametrize("inputs", [["one", "two"], {"given": "one", "extra": "two"}])
def test_an_input_that_does_not_exist_is_none_where_the_node_takes_none(catalog, inputs):
    pipeline = Pipeline([Node(can_do_without, inputs, "result", name="a")])

    assert run(pipeline, catalog)["result"].load() == {"given": 1, "extra": None}


def test_an_input_that_exists_is_loaded(catalog):
    catalog.save("two", {"there": True})

    found = run(Pipeline([Node(can_do_without, ["one", "two"], "result", name="a")]), catalog)

    assert found["result"].load() == {"given": 1, "extra": {"there": True}}


def test_an_input_that_a_node_needs_fails_as_it_does_in_kedro(catalog):
    pipeline = Pipeline([Node(needs, "two", "result", name="a")])

    with pytest.raises(DatasetError, match=r"two\.json"):
        run(pipeline, catalog)


@pytest.mark.parametrize(
    ("ledger", "first"), [(None, "ingestion"), ({"source_id": "a"}, "feature_engineering")]
)
def test_what_another_pipeline_has_to_make_first_is_said_before_anything_runs(
    catalog, tmp_path, ledger, first
):
    for name in ("ingestion_ledger", "imputation_values"):
        catalog[name] = JSONDataset(filepath=str(tmp_path / f"{name}.json"))
    if ledger:
        catalog.save("ingestion_ledger", ledger)
    pipeline = Pipeline([Node(needs, "imputation_values", "result", name="a")])

    with pytest.raises(ConfigurationError, match=f"kedro run --pipelines={first}"):
        run(pipeline, catalog)


def test_all_nodes_that_take_an_input_must_allow_it():
    allows = Node(can_do_without, ["one", "two"], "result", name="a")
    needing = Node(needs, "two", "other", name="b")

    assert optional_inputs(Pipeline([allows])) == {"two"}
    assert optional_inputs(Pipeline([allows, needing])) == set()


def test_what_a_node_of_the_run_makes_is_no_missing_input():
    makes = Node(needs, "one", "two", name="a")
    takes = Node(can_do_without, ["one", "two"], "result", name="b")

    assert optional_inputs(Pipeline([makes, takes])) == set()


def test_reporting_can_do_without_every_pipeline_but_ingestion():
    configure_project("customer_behavior")

    needed = pipelines["reporting"].inputs() - optional_inputs(pipelines["reporting"])

    assert {name for name in needed if not name.startswith("params:")} == {
        "ingestion_ledger",
        "purchase_outages",
    }


@pytest.mark.slow
@pytest.mark.default_line
def test_after_ingestion_alone_reporting_says_what_was_not_run(project, tmp_path):
    project.run(write_lines(tmp_path / "a.csv", HEADER, VIEW, PURCHASE), "ingestion")
    project.run(tmp_path / "a.csv", "reporting")

    summary = project.load("customer_360_summary")
    assert (summary["status"], summary["customers"]) == ("not_run", 0)
    assert "kedro run --pipelines=feature_engineering" in summary["reason"]
    assert project.load("customer_360").columns[0] == "user_id"
    assert [h["dataset"] for h in project.load("headlines")["headlines"]] == ["ingestion_ledger"]
