"""Wiring of ingestion."""

from kedro.pipeline import Node, Pipeline

from customer_behavior.pipelines.ingestion.classification import classify_lines
from customer_behavior.pipelines.ingestion.landing import land_source_files
from customer_behavior.pipelines.ingestion.ledger import build_ingestion_ledger
from customer_behavior.pipelines.ingestion.outages import detect_purchase_outages


def create_pipeline() -> Pipeline:
    """From raw event files to the table of events, its ledger and the outages in it."""
    return Pipeline(
        [
            Node(
                land_source_files,
                inputs="source_files",
                outputs="landed_events@files",
                name="land_source_files",
            ),
            Node(
                classify_lines,
                inputs=["landed_events@lines", "params:ingestion"],
                outputs=["events", "duplicate_events", "quarantined_events"],
                name="classify_lines",
            ),
            Node(
                build_ingestion_ledger,
                inputs=[
                    "landed_events@files",
                    "landed_events@lines",
                    "events",
                    "duplicate_events",
                    "quarantined_events",
                    "params:ingestion",
                ],
                outputs="ingestion_ledger",
                name="build_ingestion_ledger",
            ),
            Node(
                detect_purchase_outages,
                inputs=["events", "params:ingestion"],
                outputs="purchase_outages",
                name="detect_purchase_outages",
            ),
        ],
        tags=["ingestion", "score"],
    )
