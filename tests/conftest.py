"""What the tests share: one Spark session, a project folder, the real rows where they are."""

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml
from kedro.framework.project import configure_project

from simulated import simulate, simulation_parameters, write_months
from support import Project, learn_from_little

PROJECT = Path(__file__).parents[1]
# A compiler that takes less than half the time, for code that is not run for long. By itself it has
# room for a fifth of what it compiles here, and compiles the same again and again.
QUICK_COMPILER = {
    "spark.driver.extraJavaOptions": "-XX:TieredStopAtLevel=1 -XX:ReservedCodeCacheSize=240m "
    "-XX:+UseSerialGC"
}
FEW_ROWS = QUICK_COMPILER | {
    "spark.driver.memory": "2g",
    # More would only cost time.
    "spark.sql.shuffle.partitions": 1,
    # Many tests have the same queries: what is compiled for one serves the next.
    "spark.sql.codegen.cache.maxEntries": 5000,
    # Each column would look up, over several calls to Java, the line that made it.
    "spark.python.sql.dataFrameDebugging.enabled": "false",
    # No port is needed for anybody to look at.
    "spark.ui.enabled": "false",
}
REAL_DATA = PROJECT.parent / "shared" / "data"


@pytest.fixture(scope="session")
def spark():
    from pyspark.sql import SparkSession

    os.environ["SPARK_LOCAL_IP"] = "127.0.0.1"
    os.environ["PYSPARK_PYTHON"] = sys.executable
    builder = SparkSession.builder.master("local[2]")
    for key, value in yaml.safe_load((PROJECT / "conf/base/spark.yml").read_text()).items():
        builder = builder.config(key, value)
    for key, value in FEW_ROWS.items():
        builder = builder.config(key, value)
    session = builder.getOrCreate()
    yield session
    session.stop()


@pytest.fixture
def project(tmp_path, spark):
    """An empty project folder, whose pipelines run in this process."""
    configure_project("customer_behavior")
    return Project(make_project_folder(tmp_path / "project"))


@pytest.fixture(scope="module")
def module_project(tmp_path_factory, spark):
    """A project folder that the tests of a file share."""
    configure_project("customer_behavior")
    return Project(make_project_folder(tmp_path_factory.mktemp("shared") / "project"))


def make_project_folder(folder, spark_settings=QUICK_COMPILER):
    """Make a folder that commands of Kedro find; the package is installed."""
    shutil.copytree(PROJECT / "conf", folder / "conf")
    file = folder / "conf/local/spark.yml"
    settings = yaml.safe_load(file.read_text()) | spark_settings
    file.write_text(yaml.safe_dump(settings))
    for name in (".telemetry", "pyproject.toml"):
        shutil.copy(PROJECT / name, folder)
    (folder / "src").mkdir()
    return folder


@pytest.fixture
def project_folder(tmp_path):
    """An empty project folder, for commands in processes of their own."""
    return make_project_folder(tmp_path / "project")


@pytest.fixture(scope="module")
def hadoop_configuration(tmp_path_factory):
    """What says where the cluster is; there is none at that address.

    Only while it is asked for: a Spark that started meanwhile would look for that cluster.
    """
    folder = tmp_path_factory.mktemp("hadoop")
    (folder / "core-site.xml").write_text(
        "<configuration><property><name>fs.defaultFS</name><value>hdfs://127.0.0.1:9</value>"
        "</property></configuration>"
    )
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("HADOOP_CONF_DIR", str(folder))
        yield folder


@pytest.fixture(scope="session")
def real_events():
    """5,019 real rows, the head of October 2019."""
    path = REAL_DATA / "2019-Oct-head-5k.csv"
    if not path.exists():
        pytest.skip("the real rows are not here")
    return path


@pytest.fixture(scope="session")
def few_events(tmp_path_factory):
    """A folder with two months of about 3,000 simulated events, more damaged than most."""
    lines = simulate(simulation_parameters(events=3000, defects={"malformed_lines": 0.01}))
    return write_months(lines, tmp_path_factory.mktemp("simulated") / "raw")


@pytest.fixture(scope="session")
def sample():
    """The committed sample, about 200,000 simulated events."""
    return PROJECT / "data/01_raw/sample"


@dataclass(frozen=True)
class Package:
    """What `kedro package` makes; its configuration has small models."""

    wheel: Path
    configuration: Path


@pytest.fixture(scope="session")
def package(tmp_path_factory):
    project = tmp_path_factory.mktemp("package") / "project"
    ignore = shutil.ignore_patterns(
        ".venv*", ".git", ".cluster", "data", "build", "dist", "*.egg-info"
    )
    shutil.copytree(PROJECT, project, ignore=ignore)
    learn_from_little(project)
    subprocess.run(
        [sys.executable, "-m", "kedro", "package"],
        cwd=project,
        env=os.environ | {"DO_NOT_TRACK": "1"},
        check=True,
        capture_output=True,
    )
    (wheel,) = (project / "dist").glob("*.whl")
    return Package(wheel, project / "dist/conf-customer_behavior.tar.gz")
