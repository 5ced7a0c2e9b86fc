"""What happens around a run. Nothing here starts Spark, so that the command line stays fast."""

import difflib
import os
import re
import shlex
import shutil
import subprocess
import sys
import warnings
from collections.abc import Collection
from pathlib import Path
from typing import Any

from kedro.config import MissingConfigException, OmegaConfigLoader
from kedro.framework.context import KedroContext
from kedro.framework.hooks import hook_impl
from kedro.framework.project import settings

# The oldest Java that each line of Spark runs on.
_OLDEST_JAVA = {3: 8, 4: 17}

# What the catalog takes from --params and no node does.
_READ_BY_THE_CATALOG = {"raw_events"}


class ConfigurationError(Exception):
    """Something that the user has to set right before a run can begin."""


class SparkConfiguration:
    """Hands spark.yml to the Spark session, which starts with the first table that is read.

    The settings stand in ``PYSPARK_SUBMIT_ARGS``, where the first ``getOrCreate`` picks them up; in
    notebooks too. What the user has put there comes last, and wins. Started by
    spark-submit, a session has the settings of that command instead.
    """

    def __init__(self) -> None:
        """Remember what the user has set."""
        self._given = os.environ.get("PYSPARK_SUBMIT_ARGS", "pyspark-shell")

    @hook_impl
    def after_context_created(self, context: KedroContext) -> None:
        """Put the environment's Spark settings where pyspark looks for them."""
        try:
            spark_settings = context.config_loader["spark"]
        except MissingConfigException:
            return
        # It holds the whole error, which is raised behind it.
        warnings.filterwarnings("ignore", message="toPandas attempted Arrow optimization")
        options = submit_options(spark_settings)
        os.environ["PYSPARK_SUBMIT_ARGS"] = f"{options} {self._given}"
        # Spark's Python processes need what this one has; by themselves they run any python3.
        os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
        if address := spark_settings.get("spark.driver.bindAddress"):
            # Spark's web pages listen there too, instead of on every network.
            os.environ.setdefault("SPARK_LOCAL_IP", address)


class RuntimeParameterCheck:
    """Refuses a ``--params`` name that nothing reads, instead of running without it."""

    @hook_impl
    def after_context_created(self, context: KedroContext) -> None:
        """Compare the names with those that parameters and catalog read.

        Raises:
            ConfigurationError: If a name is unknown, or a path is missing or one that only a shell
                knows.
        """
        given = context._runtime_params or {}
        if not given:
            return
        loader = context.config_loader
        assert isinstance(loader, OmegaConfigLoader)
        in_files = OmegaConfigLoader(loader.conf_source, loader.env, **settings.CONFIG_LOADER_ARGS)
        known = _names(in_files["parameters"]) | _READ_BY_THE_CATALOG
        for name, value in _paths(given):
            if value is None:
                raise ConfigurationError(f"--params={name}=: there is no path behind it.")
            if str(value).startswith("~"):
                raise ConfigurationError(f"--params={name}={value}: write the path without '~'.")
        for name in sorted(_names(given) - known):
            hint = did_you_mean(name, known)
            raise ConfigurationError(f"--params: there is no parameter '{name}'.{hint}")


class JavaCheck:
    """Says what is missing before Spark says it with a stack trace."""

    @hook_impl
    def before_pipeline_run(self) -> None:
        """Look for a Java that the installed Spark runs on.

        Raises:
            ConfigurationError: If there is none.
        """
        if "PYSPARK_GATEWAY_PORT" in os.environ:  # started by spark-submit, inside a JVM
            return
        from pyspark import __version__ as spark_version

        oldest = _OLDEST_JAVA[int(spark_version.split(".")[0])]
        advice = f"Install OpenJDK {oldest} or newer (`make run` does), or let JAVA_HOME name one."
        java = find_java()
        if java is None:
            raise ConfigurationError(
                f"Spark {spark_version} needs Java, and there is none. {advice}"
            )
        version = java_version(java)
        if version < oldest:
            raise ConfigurationError(
                f"Spark {spark_version} needs Java {oldest}, but {java} is Java {version}. {advice}"
            )


def did_you_mean(name: str, known: Collection[str]) -> str:
    """A sentence, behind a blank, with the known name that was probably meant; empty without."""
    without_prefix = sorted(each for each in known if each.endswith(f".{name}"))
    matches = without_prefix or difflib.get_close_matches(name, known, n=1)
    return f" Did you mean {matches[0]}?" if matches else ""


def submit_options(settings: dict[str, Any]) -> str:
    """Write settings of Spark as options of spark-submit."""
    return " ".join(f"--conf {shlex.quote(f'{key}={value}')}" for key, value in settings.items())


def find_java() -> str | None:
    """Find the java that pyspark starts: that of JAVA_HOME, else the first on PATH."""
    home = os.environ.get("JAVA_HOME")
    if not home:
        return shutil.which("java")
    java = Path(home) / "bin" / "java"
    return str(java) if java.exists() else None


def java_version(java: str) -> int:
    """Ask a java for its version; 8 is both '1.8.0_292' and '8'. 0 where it does not say."""
    told = subprocess.run([java, "-version"], capture_output=True, text=True, check=False).stderr
    version = re.search(r'version "(?:1\.)?(\d+)', told)
    return int(version.group(1)) if version else 0


def _paths(given: dict[str, Any]) -> list[tuple[str, Any]]:
    """Parameters that name files or folders."""
    simulation = given.get("simulation")
    output = simulation.get("output", "") if isinstance(simulation, dict) else ""
    return [("raw_events", given.get("raw_events", "")), ("simulation.output", output)]


def _names(mapping: dict[str, Any], prefix: str = "") -> set[str]:
    """All keys, those of nested mappings behind a dot."""
    names = set()
    for key, value in mapping.items():
        names.add(f"{prefix}{key}")
        if isinstance(value, dict):
            names |= _names(value, f"{prefix}{key}.")
    return names
