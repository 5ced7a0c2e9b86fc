"""The Spark session of the project's datasets."""

import os

from fsspec import AbstractFileSystem
from pyspark.sql import SparkSession

_kept: set[AbstractFileSystem] = set()


def get_session() -> SparkSession:
    """Get the session, in UTC whatever started it: the times of raw events are parsed in it."""
    session = SparkSession.builder.getOrCreate()
    session.conf.set("spark.sql.session.timeZone", "UTC")
    return session


def _keep_file_systems() -> None:
    """Hold all file systems that fsspec has in its caches, which it empties in a forked child.

    pyspark forks to start Java. In the child the end of an hdfs-native file system would wait for
    threads that were not forked, and Spark would never start.
    """
    classes = [AbstractFileSystem]
    while classes:
        cls = classes.pop()
        classes.extend(cls.__subclasses__())
        _kept.update(cls._cache.values())


os.register_at_fork(before=_keep_file_systems)
