"""Wiring of clustering."""

from kedro.pipeline import Node, Pipeline

from customer_behavior.pipelines.clustering.customer_months import build_customer_months
from customer_behavior.pipelines.clustering.evaluation import evaluate_segments
from customer_behavior.pipelines.clustering.figures import (
    draw_centroids,
    draw_customers,
    draw_migration,
    draw_number_of_segments,
    draw_segment_sizes,
)
from customer_behavior.pipelines.clustering.profiles import count_migration, describe_segments
from customer_behavior.pipelines.clustering.segment_model import assign_segments, fit_segments

_SETTINGS = "params:clustering"


def create_pipeline() -> Pipeline:
    """From what customers did in each month to segments, and what they are good for."""
    return Pipeline([_segments(), _figures()], tags="clustering")


def _segments() -> Pipeline:
    return Pipeline(
        [
            Node(
                build_customer_months,
                inputs=["event_features", "sessions", "customer_days", _SETTINGS],
                outputs="customer_months",
                name="build_customer_months",
                tags=["train", "score"],
            ),
            Node(
                fit_segments,
                inputs=["customer_months", "ingestion_ledger", _SETTINGS],
                outputs=["segment_model", "segment_selection"],
                name="fit_segments",
                tags="train",
            ),
            Node(
                assign_segments,
                inputs=["segment_model", "customer_months"],
                outputs="customer_segments",
                name="assign_segments",
                tags="score",
            ),
            Node(
                describe_segments,
                inputs=["customer_segments", "customer_months"],
                outputs="segment_profiles",
                name="describe_segments",
                tags=["score", "evaluate"],
            ),
            Node(
                count_migration,
                inputs="customer_segments",
                outputs="segment_migration",
                name="count_migration",
                tags=["score", "evaluate"],
            ),
            Node(
                evaluate_segments,
                inputs=[
                    "segment_selection",
                    "customer_segments",
                    "customer_months",
                    "segment_profiles",
                    "ingestion_ledger",
                    _SETTINGS,
                ],
                outputs="segment_evaluation",
                name="evaluate_segments",
                tags="evaluate",
            ),
        ]
    )


def _figures() -> Pipeline:
    return Pipeline(
        [
            Node(
                draw_number_of_segments,
                inputs="segment_evaluation",
                outputs="segment_number_figure",
                name="draw_number_of_segments",
            ),
            Node(
                draw_centroids,
                inputs="segment_evaluation",
                outputs="segment_centroids_figure",
                name="draw_centroids",
            ),
            Node(
                draw_segment_sizes,
                inputs="segment_profiles",
                outputs="segment_sizes_figure",
                name="draw_segment_sizes",
                tags="score",
            ),
            Node(
                draw_migration,
                inputs="segment_migration",
                outputs="segment_migration_figure",
                name="draw_migration",
                tags="score",
            ),
            Node(
                draw_customers,
                inputs=["segment_model", "customer_months", "segment_selection"],
                outputs="segment_customers_figure",
                name="draw_customers",
            ),
        ],
        tags="evaluate",
    )
