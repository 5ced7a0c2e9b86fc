"""The jars of Hadoop: fetched once."""

import shutil
import sys
import xml.etree.ElementTree as ElementTree
import zipfile
from pathlib import Path

from commands import run_command

_POM = Path(__file__).resolve().with_name("pom.xml")


def fetch_jars(jars: Path) -> None:
    """Fetch the jars, with Maven, or with Spark's Ivy where there is no Maven.

    Args:
        jars: Folder of the jars; nothing is fetched again into it. The daemons' pages go into its
            ``webapps``, to be put ahead of the jars on the classpath: else each daemon would
            unpack all of its jar, and leave it behind.

    Raises:
        ClusterError: If they could not be fetched.
    """
    if (jars / "fetched").exists():
        return
    shutil.rmtree(jars, ignore_errors=True)
    jars.mkdir(parents=True)
    fetch = _fetch_with_maven if shutil.which("mvn") else _fetch_with_ivy
    fetch(jars)
    (jar,) = jars.glob("*hadoop-client-minicluster-*.jar")
    with zipfile.ZipFile(jar) as archive:
        pages = [name for name in archive.namelist() if name.startswith("webapps/")]
        archive.extractall(jars, pages)
    (jars / "fetched").touch()


def _fetch_with_maven(jars: Path) -> None:
    run_command(
        ["mvn", "-q", "-B", "-f", str(_POM), "dependency:copy-dependencies",
         f"-DoutputDirectory={jars}", "-DincludeScope=runtime"],
        "Maven could not fetch the jars of Hadoop",
    )  # fmt: skip


def _fetch_with_ivy(jars: Path) -> None:
    namespace = {"m": "http://maven.apache.org/POM/4.0.0"}
    packages = [
        ":".join(part.text or "" for part in dependency)
        for dependency in ElementTree.parse(_POM).getroot().iterfind(".//m:dependency", namespace)
    ]
    ivy = jars / "ivy"
    with_ivy = (
        "from pyspark.sql import SparkSession; "
        "SparkSession.builder.master('local[1]').config('spark.ui.enabled', False)"
        f".config('spark.jars.ivy', r'{ivy}')"
        f".config('spark.jars.packages', '{','.join(packages)}').getOrCreate().stop()"
    )
    run_command([sys.executable, "-c", with_ivy], "Spark's Ivy could not fetch the jars of Hadoop")
    for jar in ivy.glob("jars/*.jar"):
        shutil.move(jar, jars / jar.name)
    shutil.rmtree(ivy)
