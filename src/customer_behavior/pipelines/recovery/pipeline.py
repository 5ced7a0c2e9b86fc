"""Wiring of the comparison with the planted truth."""

from kedro.pipeline import Node, Pipeline

from customer_behavior.pipelines.recovery.defects import measure_recovery


def create_pipeline() -> Pipeline:
    """From the truth behind simulated events, and what was found in them, to their comparison."""
    return Pipeline(
        [
            Node(
                measure_recovery,
                inputs=[
                    "simulation_truth_files",
                    "simulation_truth_defects",
                    "ingestion_ledger",
                    "events",
                    "purchase_outages",
                ],
                outputs="recovery",
                name="measure_recovery",
            ),
        ],
        tags=["recovery", "evaluate"],
    )
