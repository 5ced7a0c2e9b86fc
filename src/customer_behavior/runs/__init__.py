"""What a run says and remembers: hooks of Kedro, none of which starts Spark."""

from customer_behavior.runs.progress import SparkProgress
from customer_behavior.runs.record import RunRecord
from customer_behavior.runs.summary import RunSummary

__all__ = ["RunRecord", "RunSummary", "SparkProgress"]
