"""From events to what models and analysts work with."""

from customer_behavior.pipelines.feature_engineering.pipeline import create_pipeline

__all__ = ["create_pipeline"]
