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
    reporting,
    simulation,
)

# Dots in the names of datasets are those of namespaces: pipelines outside of them take such, too.
warnings.filterwarnings("ignore", message="One or more dataset names contain")


def register_pipelines() -> dict[str, Pipeline]:
    """Map each name that ``kedro run --pipelines`` takes to its pipeline.

    ``kedro run`` alone runs all of them but ``simulation``, which makes an input.
    """
    analysis = {
        "ingestion": ingestion.create_pipeline(),
        "feature_engineering": feature_engineering.create_pipeline(),
        "exploration": exploration.create_pipeline(),
        "classification": classification.create_pipeline(),
        "regression": regression.create_pipeline(),
        "clustering": clustering.create_pipeline(),
        "association": association.create_pipeline(),
        "recovery": recovery.create_pipeline(),
        "reporting": reporting.create_pipeline(),
    }
    pipelines = _in_namespaces(analysis | {"simulation": simulation.create_pipeline()})
    return pipelines | {
        "__default__": sum((pipelines[name] for name in analysis), start=Pipeline([])),
    }


def _in_namespaces(pipelines: dict[str, Pipeline]) -> dict[str, Pipeline]:
    """Put each pipeline's name before those of its nodes: Kedro-Viz shows it as one box.

    Datasets keep their names: they are what pipelines, people and notebooks share.
    """
    return {
        name: Pipeline(pipeline, namespace=name, prefix_datasets_with_namespace=False)
        for name, pipeline in pipelines.items()
    }
