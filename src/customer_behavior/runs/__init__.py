"""What a run says and remembers: hooks of Kedro, none of which starts Spark."""

from customer_behavior.runs.record import RunRecord

__all__ = ["RunRecord"]
