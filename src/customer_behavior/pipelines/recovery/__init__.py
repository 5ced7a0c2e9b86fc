"""Compares what was found in simulated events with what was planted."""

from customer_behavior.pipelines.recovery.pipeline import create_pipeline

__all__ = ["create_pipeline"]
