"""Months of events in the format of the real ones, with the truth behind them."""

from customer_behavior.pipelines.simulation.pipeline import create_pipeline

__all__ = ["create_pipeline"]
