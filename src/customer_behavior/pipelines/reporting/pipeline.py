"""Wiring of reporting."""

from kedro.pipeline import Node, Pipeline

from customer_behavior.pipelines.reporting.campaign import choose_campaign_customers
from customer_behavior.pipelines.reporting.customer_360 import build_customer_360
from customer_behavior.pipelines.reporting.customer_360_inputs import check_customer_360_inputs
from customer_behavior.pipelines.reporting.customer_360_summary import summarise_customer_360
from customer_behavior.pipelines.reporting.headlines import choose_headlines
from customer_behavior.pipelines.reporting.report_pipeline import create_report_pipeline

_SETTINGS = "params:reporting"
# By parameter of the nodes that read them.
_OF_CUSTOMERS = {
    "customer_days": "customer_days",
    "customer_segments": "customer_segments",
    "propensity_predictions": "customer_propensity.predictions",
    "spend_predictions": "customer_spend_predictions",
    "recommendations": "recommendations",
}


def create_pipeline() -> Pipeline:
    """From the results of all pipelines to what a person takes from them.

    Results of pipelines that have not been run are None: see ``runs/inputs.py``.
    """
    return Pipeline(
        [_customers(), _report(), create_report_pipeline()], tags=["reporting", "score"]
    )


def _customers() -> Pipeline:
    return Pipeline(
        [
            Node(
                check_customer_360_inputs,
                inputs={
                    "ingestion_ledger": "ingestion_ledger",
                    "least_days": "params:clustering.least_days",
                    "snapshot_calendar": "snapshot_calendar",
                    "sessions": "sessions",
                    **_OF_CUSTOMERS,
                },
                outputs="customer_360_inputs",
                name="check_customer_360_inputs",
            ),
            Node(
                build_customer_360,
                inputs={
                    "customer_360_inputs": "customer_360_inputs",
                    "parameters": _SETTINGS,
                    **_OF_CUSTOMERS,
                },
                outputs="customer_360",
                name="build_customer_360",
            ),
            Node(
                summarise_customer_360,
                inputs=["customer_360", "customer_360_inputs"],
                outputs="customer_360_summary",
                name="summarise_customer_360",
            ),
            Node(
                choose_campaign_customers,
                inputs=["customer_360", _SETTINGS],
                outputs="campaign_customers",
                name="choose_campaign_customers",
            ),
        ]
    )


def _report() -> Pipeline:
    return Pipeline(
        [
            Node(
                choose_headlines,
                inputs={
                    "ingestion_ledger": "ingestion_ledger",
                    "report_rows": "report_rows",
                    "customer_360_summary": "customer_360_summary",
                    "exploration_summary": "exploration_summary",
                    "propensity_evaluation": "customer_propensity.evaluation",
                    "intent_evaluation": "session_intent.evaluation",
                    "spend_evaluation": "customer_spend_evaluation",
                    "forecast_evaluation": "revenue_forecast_evaluation",
                    "recommendation_evaluation": "recommendation_evaluation",
                    "rule_evaluation": "rule_evaluation",
                    "segment_evaluation": "segment_evaluation",
                },
                outputs="headlines",
                name="choose_headlines",
            ),
        ],
        tags="evaluate",
    )
