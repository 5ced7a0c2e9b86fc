import os
import sys

import pytest
from kedro.framework.project import configure_project
from kedro.framework.session import KedroSession

from conftest import PROJECT
from customer_behavior import hooks


@pytest.fixture
def load_context(monkeypatch, hadoop_configuration):
    def load_context(env="local", **parameters):
        configure_project("customer_behavior")
        with KedroSession.create(PROJECT, env=env, runtime_params=parameters) as session:
            return session.load_context()

    monkeypatch.setenv("PYSPARK_SUBMIT_ARGS", "pyspark-shell")
    return load_context


def test_spark_settings_reach_the_session_and_those_of_the_user_win(monkeypatch):
    monkeypatch.setenv("PYSPARK_SUBMIT_ARGS", "--conf spark.master=local[1] pyspark-shell")
    hook = hooks.SparkConfiguration()

    class Context:
        config_loader = {"spark": {"spark.master": "local[*]", "spark.x": "a b"}}  # noqa: RUF012

    hook.after_context_created(Context())
    hook.after_context_created(Context())

    assert os.environ["PYSPARK_SUBMIT_ARGS"] == (
        "--conf 'spark.master=local[*]' --conf 'spark.x=a b' "
        "--conf spark.master=local[1] pyspark-shell"
    )


@pytest.mark.parametrize(("env", "master"), [("local", "local[*]"), ("cluster", "yarn")])
def test_the_environment_says_where_spark_runs(load_context, env, master):
    load_context(env)

    assert f"spark.master={master}" in os.environ["PYSPARK_SUBMIT_ARGS"]
    assert "spark.sql.session.timeZone=UTC" in os.environ["PYSPARK_SUBMIT_ARGS"]


def test_sparks_python_is_the_one_that_runs_unless_the_user_says_otherwise(
    load_context, monkeypatch
):
    monkeypatch.delenv("PYSPARK_PYTHON", raising=False)
    load_context("local")
    assert os.environ["PYSPARK_PYTHON"] == sys.executable

    monkeypatch.setenv("PYSPARK_PYTHON", "/another/python3")
    load_context("local")
    assert os.environ["PYSPARK_PYTHON"] == "/another/python3"


def test_on_a_laptop_spark_listens_on_no_network(load_context, monkeypatch):
    monkeypatch.setenv("SPARK_LOCAL_IP", "")
    monkeypatch.delenv("SPARK_LOCAL_IP")

    load_context("local")

    assert os.environ["SPARK_LOCAL_IP"] == "127.0.0.1"


@pytest.mark.parametrize("env", ["local", "cluster"])
def test_known_parameters_are_taken(load_context, env):
    context = load_context(env, raw_events="/x", ingestion={"months": "2019-10"})

    assert context.params["ingestion"].months == "2019-10"


@pytest.mark.parametrize(
    ("parameters", "hint"),
    [
        ({"raw_event": "/x"}, "'raw_event'. Did you mean raw_events?"),
        ({"ingestion": {"month": "2019-10"}}, "'ingestion.month'. Did you mean ingestion.months?"),
        ({"zzz": 1}, "'zzz'."),
        ({"data_root": "/x"}, "'data_root'."),
    ],
)
def test_a_parameter_that_nothing_reads_is_refused(load_context, parameters, hint):
    with pytest.raises(hooks.ConfigurationError) as error:
        load_context(**parameters)

    assert str(error.value).endswith(f"there is no parameter {hint}")


def fake_java(folder, version):
    java = folder / "bin" / "java"
    java.parent.mkdir()
    java.write_text(f"#!/bin/sh\necho 'openjdk version \"{version}\" 2020-01-01' >&2\n")
    java.chmod(0o755)
    return java


@pytest.mark.parametrize(
    ("told", "version"),
    [("1.8.0_292", 8), ("11.0.13", 11), ("17", 17), ("25-ea", 25), ("nonsense", 0)],
)
def test_the_version_of_java_is_understood(tmp_path, told, version):
    assert hooks.java_version(str(fake_java(tmp_path, told))) == version


def test_java_that_is_too_old_or_missing_is_said_in_one_line(tmp_path, monkeypatch):
    monkeypatch.delenv("PYSPARK_GATEWAY_PORT", raising=False)
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    with pytest.raises(hooks.ConfigurationError, match=r"needs Java, and there is none.*JAVA_HOME"):
        hooks.JavaCheck().before_pipeline_run()
    fake_java(tmp_path, "1.7.0_80")

    with pytest.raises(hooks.ConfigurationError, match=r"is Java 7\. Install OpenJDK"):
        hooks.JavaCheck().before_pipeline_run()
