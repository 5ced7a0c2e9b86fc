import inspect
import os

import pytest
from kedro.framework.project import configure_project, pipelines
from kedro.framework.session import KedroSession
from kedro.io import MemoryDataset

from conftest import PROJECT
from customer_behavior.pipelines.classification.pipeline import EXAMPLES

ENVIRONMENTS = ["base", "local", "cluster"]
# From first to last.
LAYERS = (
    "raw", "intermediate", "primary", "feature", "model_input", "models", "model_output",
    "reporting",
)  # fmt: skip


@pytest.fixture(scope="module", autouse=True)
def unchanged_submit_arguments():
    before = os.environ.get("PYSPARK_SUBMIT_ARGS")
    yield
    if before is None:
        os.environ.pop("PYSPARK_SUBMIT_ARGS", None)
    else:
        os.environ["PYSPARK_SUBMIT_ARGS"] = before


@pytest.fixture(scope="module", params=ENVIRONMENTS)
def context(request, hadoop_configuration):
    configure_project("customer_behavior")
    with KedroSession.create(PROJECT, env=request.param) as session:
        yield session.load_context()


def everything():
    return pipelines["__default__"] + pipelines["simulation"]


def persisted(context):
    catalog = context.catalog
    names = {name for name in everything().datasets() if not name.startswith("params:")}
    return {name: catalog.get(name) for name in names}


def test_every_input_is_in_the_catalog_or_made_by_a_node(context):
    configured = set(context.config_loader["catalog"])

    assert everything().inputs() <= configured | set(context.catalog.keys())


def test_every_parameter_that_a_node_reads_exists(context):
    read = {name for name in everything().datasets() if name.startswith("params:")}

    assert read
    assert all(context.catalog.exists(name) for name in read)


def test_every_dataset_is_persisted_in_a_known_layer(context):
    for name, dataset in persisted(context).items():
        assert not isinstance(dataset, MemoryDataset), name
        assert dataset.metadata["kedro-viz"]["layer"] in LAYERS, name


def test_no_node_goes_back_to_an_earlier_layer(context):
    # Kedro-Viz shows no layers at all where one does.
    layers = {
        name: LAYERS.index(dataset.metadata["kedro-viz"]["layer"])
        for name, dataset in persisted(context).items()
    }

    for node in everything().nodes:
        read = [name for name in node.inputs if name in layers]
        back = [(a, b) for a in read for b in node.outputs if layers[a] > layers[b]]
        assert back == [], node.name


def test_every_catalog_entry_is_used(context):
    # All of the truth can be loaded, for people to look at it.
    truth = {name for name in context.config_loader["catalog"] if "simulation_truth" in name}

    resolver = context.catalog.config_resolver
    used = {resolver.match_dataset_pattern(name) or name for name in persisted(context)}
    written_by_hooks = {"run_manifest", "dataset_sources"}

    assert set(context.config_loader["catalog"]) == used | truth | written_by_hooks


def test_nodes_fill_all_parameters_of_their_functions():
    # By their order runs/inputs.py tells which input may be None.
    configure_project("customer_behavior")
    for node in everything().nodes:
        parameters = inspect.signature(node.func).parameters.values()
        if not any(parameter.kind is parameter.VAR_POSITIONAL for parameter in parameters):
            assert len(node.inputs) == len(parameters), node.name


def test_spark_tables_are_overwritten(context):
    for name, entry in context.config_loader["catalog"].items():
        if entry["type"].startswith("spark."):
            assert entry["save_args"]["mode"] == "overwrite", name


def test_all_pipelines_but_the_simulation_run_by_default():
    names = set(pipelines) - {"__default__", "simulation"}

    assert set(pipelines["__default__"].nodes) == {
        n for name in names for n in pipelines[name].nodes
    }


def test_every_output_lies_below_the_roots_of_its_environment(context):
    roots = {context.config_loader["globals"][root] for root in ("data_root", "report_root")}
    resolver = context.catalog.config_resolver

    for name in pipelines["__default__"].all_outputs():
        entry = resolver.resolve_pattern(name)
        place = entry.get("dataset", entry)["filepath"].removeprefix(f"{PROJECT}/")
        assert any(place.startswith(f"{root}/") for root in roots), name
    assert context.env != "cluster" or all(root.startswith("hdfs:///user/") for root in roots)


def test_scoring_draws_anew_what_the_report_shows_of_the_tables_that_it_makes():
    configure_project("customer_behavior")
    scored = pipelines["__default__"].only_nodes_with_tags("score")
    shown = scored.filter(node_namespaces=["reporting"]).inputs()
    outdated = {
        node.name
        for node in pipelines["__default__"].nodes
        if "score" not in node.tags
        and set(node.outputs) & shown
        and set(node.inputs) <= scored.all_outputs()
    }

    assert outdated == set()


def test_nodes_are_named_after_their_pipeline_and_describe_themselves():
    for name in set(pipelines) - {"__default__"}:
        for node in pipelines[name].nodes:
            assert node._name, node
            assert node.name.startswith(f"{name}."), node
            assert node.func.__doc__, node


def test_only_the_uses_of_classification_make_dots_in_the_names_of_datasets(context):
    for name in persisted(context):
        *namespace, _ = name.split(".")
        assert namespace == [] or namespace[0] in EXAMPLES, name


def test_an_environment_says_where_data_lies_and_where_spark_runs_and_nothing_else():
    assert {path.name for path in (PROJECT / "conf/cluster").iterdir()} == {
        "globals.yml",
        "spark.yml",
    }
    assert "spark.master" not in (PROJECT / "conf/base/spark.yml").read_text()
