"""YARN's own client, in the JVM that Spark will run in.

It knows the cluster as Spark does: with Kerberos, and with several ResourceManagers.
"""

from typing import Any

# Hadoop would try for a quarter of an hour.
_FEW_ATTEMPTS = {
    "yarn.resourcemanager.connect.max-wait.ms": "10000",
    "yarn.resourcemanager.connect.retry-interval.ms": "1000",
    "ipc.client.connect.max.retries": "1",
    "ipc.client.connect.max.retries.on.timeouts": "0",
    "ipc.client.connect.timeout": "10000",
}
# What Spark asks for where its settings are silent.
_MEMORY = {"spark.yarn.am": "512m", "spark.executor": "1g"}
_LEAST_OVERHEAD_MB = 384


class YarnError(Exception):
    """YARN did not answer."""


class Yarn:
    """The YARN that the session's settings and HADOOP_CONF_DIR name."""

    def __init__(self) -> None:
        """Start Java, unless it runs, but no Spark."""
        from pyspark import SparkConf, SparkContext

        SparkContext._ensure_initialized()
        self._jvm, self._gateway = SparkContext._jvm, SparkContext._gateway
        self._settings = SparkConf(_jvm=self._jvm)
        hadoop = self._jvm.org.apache.spark.deploy.SparkHadoopUtil.get().newConfiguration(
            self._settings._jconf
        )
        self._configuration = self._jvm.org.apache.hadoop.yarn.conf.YarnConfiguration(hadoop)
        for name, value in _FEW_ATTEMPTS.items():
            self._configuration.set(name, value)

    @property
    def is_engine(self) -> bool:
        """Whether Spark is to run on it."""
        return str(self._settings.get("spark.master", "")) == "yarn"

    def needed_memory(self) -> list[int]:
        """Sizes in MB of the containers of Spark's application master and of one executor."""
        least = self._configuration.getInt("yarn.scheduler.minimum-allocation-mb", 1024)
        sizes = []
        for name, default in _MEMORY.items():
            memory = self._mb(f"{name}.memory", default)
            overhead = max(_LEAST_OVERHEAD_MB, memory // 10)
            size = memory + self._mb(f"{name}.memoryOverhead", f"{overhead}m")
            sizes.append(-(-size // least) * least)
        return sizes

    def free_memory(self) -> list[int]:
        """MB that are free, by node that runs.

        Raises:
            YarnError: If YARN does not answer.
        """
        from py4j.protocol import Py4JJavaError

        client = self._jvm.org.apache.hadoop.yarn.client.api.YarnClient.createYarnClient()
        client.init(self._configuration)
        client.start()
        try:
            nodes = client.getNodeReports(self._running())
        except Py4JJavaError as error:
            raise YarnError(error.java_exception.getMessage().split("; For more")[0]) from None
        finally:
            client.stop()
        return [
            node.getCapability().getMemorySize() - node.getUsed().getMemorySize() for node in nodes
        ]

    def _mb(self, name: str, default: str) -> int:
        to_mb = self._jvm.org.apache.spark.network.util.JavaUtils.byteStringAsMb
        return int(to_mb(self._settings.get(name, default)))

    def _running(self) -> Any:
        """The state of nodes to ask for, as Java's variable arguments."""
        states = self._jvm.org.apache.hadoop.yarn.api.records.NodeState
        array = self._gateway.new_array(states, 1)
        array[0] = states.RUNNING
        return array
