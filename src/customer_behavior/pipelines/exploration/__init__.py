"""Answers an analyst's first questions: what happens when, what changes, who comes back."""

from customer_behavior.pipelines.exploration.pipeline import create_pipeline

__all__ = ["create_pipeline"]
