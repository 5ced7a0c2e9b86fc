"""What a run needs, says and remembers: hooks of Kedro, none of which starts Spark."""

from customer_behavior.runs.inputs import RunInputs
from customer_behavior.runs.progress import SparkProgress
from customer_behavior.runs.record import RunRecord
from customer_behavior.runs.sources import DatasetSources
from customer_behavior.runs.summary import RunSummary

__all__ = ["DatasetSources", "RunInputs", "RunRecord", "RunSummary", "SparkProgress"]
