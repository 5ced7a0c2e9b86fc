"""Brings months of raw event files in, and loses no row."""

from customer_behavior.pipelines.ingestion.pipeline import create_pipeline

__all__ = ["create_pipeline"]
