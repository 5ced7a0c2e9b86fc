"""Run `kedro run --env=cluster` on the cluster of hadoop.py, and copy the reports to this computer.

What a real cluster's administrator has set stands here: where Java, Python and Spark's jars are in
the containers, and how small they are.
"""

import os
import subprocess
import sys
from pathlib import Path

import fsspec
import pyspark

from configuration import HOST
from customer_behavior.hooks import submit_options
from hadoop import HERE, Cluster

PROJECT = HERE.parent
REPORTS = "data/08_reporting"

_SMALL_JVM = "-XX:+UseSerialGC -XX:TieredStopAtLevel=1 -XX:ReservedCodeCacheSize=240m"


def spark_settings(cluster: Cluster) -> dict[str, str]:
    """Settings of Spark that belong to the cluster and not to the project."""
    variables = {
        "PYSPARK_PYTHON": sys.executable,
        "SPARK_LOCAL_IP": HOST,
        "HADOOP_USER_NAME": cluster.user,
    }
    if java_home := os.environ.get("JAVA_HOME"):
        variables["JAVA_HOME"] = java_home
    return {
        # Else 400 MB of jars would be copied to HDFS for each run.
        "spark.yarn.jars": f"local:{Path(pyspark.__file__).parent}/jars/*",
        "spark.driver.host": HOST,
        "spark.driver.bindAddress": HOST,
        "spark.driver.extraJavaOptions": _SMALL_JVM,
        "spark.executor.extraJavaOptions": _SMALL_JVM,
        "spark.yarn.am.extraJavaOptions": _SMALL_JVM,
        "spark.executor.instances": "2",
        "spark.executor.memory": "768m",
        "spark.yarn.am.memory": "512m",
        **{f"spark.executorEnv.{name}": value for name, value in variables.items()},
        **{f"spark.yarn.appMasterEnv.{name}": value for name, value in variables.items()},
    }


def client_environment(cluster: Cluster) -> dict[str, str]:
    """Environment of a `kedro run --env=cluster` on the cluster."""
    return cluster.environment() | {
        "PYSPARK_PYTHON": sys.executable,
        "PYSPARK_SUBMIT_ARGS": f"{submit_options(spark_settings(cluster))} pyspark-shell",
    }


def copy_reports(cluster: Cluster, folder: Path) -> None:
    """Copy the reports from HDFS to a folder of this computer."""
    os.environ.update(cluster.environment())
    reports = (
        f"{cluster.address('fs.defaultFS')}/user/{cluster.user}/customer_behavior/08_reporting"
    )
    filesystem, path = fsspec.url_to_fs(reports)
    folder.mkdir(parents=True, exist_ok=True)
    filesystem.get(f"{path}/", f"{folder}/", recursive=True)


def main() -> None:
    """Run with the arguments of `kedro run`."""
    cluster = Cluster()
    if len(cluster.running()) == 0:
        sys.exit("The cluster does not run: start it with `make cluster-up`.")
    command = [sys.executable, "-m", "kedro", "run", "--env=cluster", *sys.argv[1:]]
    code = subprocess.run(command, cwd=PROJECT, env=client_environment(cluster), check=False)
    if code.returncode == 0:
        copy_reports(cluster, PROJECT / REPORTS)
        print(f"The reports are in {REPORTS}.")
    sys.exit(code.returncode)


if __name__ == "__main__":
    main()
