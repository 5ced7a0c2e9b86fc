"""Segments of customers by what they do, with names that mean the same next month."""

from customer_behavior.pipelines.clustering.pipeline import create_pipeline

__all__ = ["create_pipeline"]
