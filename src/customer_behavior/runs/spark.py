"""The Spark that runs, for those who only look at it: nothing here starts one."""

import sys
from typing import Any


def running_context() -> Any | None:
    """The SparkContext of this process, or None where there is none."""
    if "pyspark" not in sys.modules:
        return None
    from pyspark.errors import PySparkException
    from pyspark.sql import SparkSession

    try:
        return SparkSession.active().sparkContext
    except PySparkException:
        return None


def describe_spark() -> dict[str, Any] | None:
    """Version, Java, master and application of the Spark that runs; None where none does."""
    try:
        if (context := running_context()) is None:
            return None
        return {
            "version": context.version,
            "java": context._jvm.java.lang.System.getProperty("java.version"),
            "master": context.master,
            "application_id": context.applicationId,
        }
    except Exception:  # whatever a JVM that has just died leads to
        return None
