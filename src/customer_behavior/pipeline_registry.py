"""The pipelines, by name.

One explicit dict: ``find_pipelines`` does not load pipelines that are sums of others.
"""

import warnings

from kedro.pipeline import Pipeline

from customer_behavior.pipelines import (
    association,
    classification,
    clustering,
    exploration,
    feature_engineering,
    ingestion,
    recovery,
    regression,
    simulation,
)

# Dots in the names of datasets are those of namespaces: pipelines outside of them take such, too.
warnings.filterwarnings("ignore", message="One or more dataset names contain")


def register_pipelines() -> dict[str, Pipeline]:
    """Map each name that ``kedro run --pipelines`` takes to its pipeline.

    ``kedro run`` alone runs all of them but ``simulation``, which makes an input.
    """
    pipelines = {
        name: _in_namespace(name, module.create_pipeline())
        for name, module in {
            "ingestion": ingestion,
            "feature_engineering": feature_engineering,
            "exploration": exploration,
            "classification": classification,
            "regression": regression,
            "clustering": clustering,
            "association": association,
            "recovery": recovery,
            "simulation": simulation,
        }.items()
    }
    analysis = [pipeline for name, pipeline in pipelines.items() if name != "simulation"]
    return pipelines | {"__default__": sum(analysis, start=Pipeline([]))}


def _in_namespace(name: str, pipeline: Pipeline) -> Pipeline:
    """Put a pipeline's name before those of its nodes, so that Kedro-Viz shows it as one box.

    Datasets keep their names: they are what pipelines, people and notebooks share.
    """
    return Pipeline(pipeline, namespace=name, prefix_datasets_with_namespace=False)
