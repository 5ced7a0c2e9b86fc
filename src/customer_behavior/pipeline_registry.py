"""The pipelines, by name.

One explicit dict: ``find_pipelines`` does not load pipelines that are sums of others.
"""

from kedro.pipeline import Pipeline

from customer_behavior.pipelines import ingestion


def register_pipelines() -> dict[str, Pipeline]:
    """Map each name that ``kedro run --pipelines`` takes to its pipeline."""
    pipelines = {"ingestion": ingestion.create_pipeline()}
    return pipelines | {"__default__": sum(pipelines.values(), start=Pipeline([]))}
