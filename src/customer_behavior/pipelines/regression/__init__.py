"""What customers will spend, and where revenue is going."""

from customer_behavior.pipelines.regression.pipeline import create_pipeline

__all__ = ["create_pipeline"]
