"""Wiring of reporting."""

from kedro.pipeline import Node, Pipeline

from customer_behavior.pipelines.reporting.customer_360 import build_customer_360
from customer_behavior.pipelines.reporting.customer_tables import check_customer_tables

_SETTINGS = "params:reporting"
_CUSTOMER_RESULTS = {
    "customer_days": "customer_days",
    "customer_segments": "customer_segments",
    "propensity_predictions": "customer_propensity.predictions",
    "spend_predictions": "customer_spend_predictions",
    "recommendations": "recommendations",
}


def create_pipeline() -> Pipeline:
    """From the results of all pipelines to what a person takes from them.

    Inputs of the other pipelines may be missing: nodes that allow it get None.
    """
    return Pipeline([_customers()], tags="reporting")


def _customers() -> Pipeline:
    return Pipeline(
        [
            Node(
                check_customer_tables,
                inputs={
                    "ingestion_ledger": "ingestion_ledger",
                    "snapshot_calendar": "snapshot_calendar",
                    "sessions": "sessions",
                    **_CUSTOMER_RESULTS,
                },
                outputs="customer_tables",
                name="check_customer_tables",
            ),
            Node(
                build_customer_360,
                inputs={
                    "customer_tables": "customer_tables",
                    "parameters": _SETTINGS,
                    **_CUSTOMER_RESULTS,
                },
                outputs="customer_360",
                name="build_customer_360",
            ),
        ],
        tags="score",
    )
