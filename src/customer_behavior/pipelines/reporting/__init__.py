"""Customers, campaign and headlines: what a person takes from the results of all pipelines."""

from customer_behavior.pipelines.reporting.pipeline import create_pipeline

__all__ = ["create_pipeline"]
