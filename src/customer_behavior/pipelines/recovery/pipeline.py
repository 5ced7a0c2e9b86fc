"""Wiring of the comparison with the planted truth."""

from collections.abc import Callable

from kedro.pipeline import Node, Pipeline
from pyspark.sql import DataFrame

from customer_behavior.pipelines.recovery.defects import measure_ingestion_recovery
from customer_behavior.pipelines.recovery.known_rows import (
    predict_test_customers,
    predict_test_sessions,
)
from customer_behavior.pipelines.recovery.rules import measure_rule_recovery
from customer_behavior.pipelines.recovery.segments import measure_segment_recovery
from customer_behavior.pipelines.recovery.shares import (
    combine_recovery,
    measure_share_of_achievable,
    measure_share_of_achievable_spend,
)

_TRUTH = ["simulation_truth_process", "simulation_truth_customers"]


def create_pipeline() -> Pipeline:
    """From the truth behind simulated events, and what was found in them, to their comparison."""
    return Pipeline(
        [
            Node(
                measure_ingestion_recovery,
                inputs=[
                    "simulation_truth_files",
                    "simulation_truth_defects",
                    "ingestion_ledger",
                    "events",
                    "purchase_outages",
                ],
                outputs="ingestion_recovery",
                name="measure_ingestion_recovery",
            ),
            _of_classification(
                "customer_propensity",
                predict_test_customers,
                ["params:feature_engineering", "params:recovery"],
            ),
            _of_classification("session_intent", predict_test_sessions, ["params:recovery"]),
            Node(
                measure_share_of_achievable_spend,
                inputs=[
                    "ingestion_recovery",
                    "customer_spend_evaluation",
                    "customer_spend_test_scores",
                    "customer_propensity.known_rows",
                    "params:classification.customer_propensity",
                ],
                outputs="customer_spend_recovery",
                name="measure_share_of_achievable_spend",
            ),
            Node(
                measure_segment_recovery,
                inputs=[
                    "ingestion_recovery",
                    "segment_evaluation",
                    "customer_segments",
                    "customer_months",
                    "events",
                    *_TRUTH,
                    "params:recovery",
                    "params:clustering",
                ],
                outputs="segment_recovery",
                name="measure_segment_recovery",
            ),
            Node(
                measure_rule_recovery,
                inputs=[
                    "ingestion_recovery",
                    "rule_evaluation",
                    "measured_rules",
                    "category_rules",
                    "simulation_truth_affinities",
                    "params:association",
                    "params:feature_engineering",
                ],
                outputs="rule_recovery",
                name="measure_rule_recovery",
            ),
            Node(
                combine_recovery,
                inputs=[
                    "ingestion_recovery",
                    "customer_propensity_recovery",
                    "session_intent_recovery",
                    "customer_spend_recovery",
                    "segment_recovery",
                    "rule_recovery",
                ],
                outputs="recovery",
                name="combine_recovery",
            ),
        ],
        tags=["recovery", "evaluate"],
    )


def _of_classification(
    task: str, predict: Callable[..., DataFrame], parameters: list[str]
) -> Pipeline:
    """What a use of the classification pipeline has reached; its datasets have its prefix."""
    return Pipeline(
        [
            Node(
                predict,
                inputs=[
                    "ingestion_recovery", "evaluation", "test_scores", "events", *_TRUTH,
                    *parameters,
                ],
                outputs="known_rows",
                name="predict_known_rows",
            ),
            Node(
                measure_share_of_achievable,
                inputs=[
                    "ingestion_recovery", "evaluation", "test_scores", "known_rows",
                    "params:settings",
                ],
                outputs="recovery",
                name="measure_share_of_achievable",
            ),
        ],
        inputs={"ingestion_recovery", "events", *_TRUTH},
        outputs={"recovery": f"{task}_recovery"},
        parameters={
            "params:settings": f"params:classification.{task}",
            **{name: name for name in parameters},
        },
        namespace=task,
    )  # fmt: skip
