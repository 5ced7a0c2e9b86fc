"""How likely a purchase is: of a customer in the next days, and of a visit that goes on."""

from customer_behavior.pipelines.classification.pipeline import create_pipeline

__all__ = ["create_pipeline"]
