"""The Spark session of the project's datasets."""

from pyspark.sql import SparkSession


def get_session() -> SparkSession:
    """Get the session, in UTC whatever started it: the times of raw events are parsed in it."""
    session = SparkSession.builder.getOrCreate()
    session.conf.set("spark.sql.session.timeZone", "UTC")
    return session
