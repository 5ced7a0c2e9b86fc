"""What is bought together, and what to show to whom."""

from customer_behavior.pipelines.association.pipeline import create_pipeline

__all__ = ["create_pipeline"]
