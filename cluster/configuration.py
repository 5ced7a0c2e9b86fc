"""The configuration of a small Hadoop cluster on this computer, all of it on 127.0.0.1."""

import random
import socket
from pathlib import Path
from xml.sax.saxutils import escape

HOST = "127.0.0.1"
# Below the ports that the system hands out, so that a restarted daemon finds its own free.
_PORTS = range(20_000, 32_000)

_CAPACITY_SCHEDULER = {
    "yarn.scheduler.capacity.root.queues": "default",
    "yarn.scheduler.capacity.root.default.capacity": "100",
    "yarn.scheduler.capacity.maximum-am-resource-percent": "0.8",
    "yarn.scheduler.capacity.resource-calculator": (
        "org.apache.hadoop.yarn.util.resource.DefaultResourceCalculator"
    ),
}


def write_configuration(folder: Path, data: Path, user: str) -> None:
    """Write the configuration of all daemons and clients, unless it is there.

    Ports are chosen once: a cluster that is started again has the same addresses.

    Args:
        folder: Where to write; HADOOP_CONF_DIR of daemons and clients.
        data: Folder of the cluster's files.
        user: The superuser of HDFS.
    """
    if (folder / "capacity-scheduler.xml").exists():
        return
    folder.mkdir(parents=True, exist_ok=True)
    ports = iter(_free_ports(7))
    namenode, namenode_http = next(ports), next(ports)
    _write(folder / "core-site.xml", _core_site(namenode, data, user))
    _write(folder / "hdfs-site.xml", _hdfs_site(namenode, namenode_http, data))
    _write(folder / "yarn-site.xml", _yarn_site([next(ports) for _ in range(5)], data))
    _write(folder / "capacity-scheduler.xml", _CAPACITY_SCHEDULER)


def _core_site(namenode: int, data: Path, user: str) -> dict[str, object]:
    return {
        "fs.defaultFS": f"hdfs://{HOST}:{namenode}",
        "hadoop.tmp.dir": data / "tmp",
        "hadoop.http.staticuser.user": user,
        "hadoop.security.token.service.use_ip": "true",
        "ipc.client.connect.max.retries": 10,
        "ipc.client.connect.retry.interval": 500,
        "io.native.lib.available": "false",
    }


def _hdfs_site(namenode: int, http: int, data: Path) -> dict[str, object]:
    return {
        "dfs.namenode.name.dir": f"file://{data}/namenode",
        "dfs.namenode.rpc-address": f"{HOST}:{namenode}",
        "dfs.namenode.http-address": f"{HOST}:{http}",
        "dfs.datanode.address": f"{HOST}:0",
        "dfs.datanode.http.address": f"{HOST}:0",
        "dfs.datanode.ipc.address": f"{HOST}:0",
        "dfs.datanode.hostname": HOST,
        "dfs.namenode.datanode.registration.ip-hostname-check": "false",
        "dfs.replication": 2,
        "dfs.blocksize": 8 << 20,
        "dfs.datanode.du.reserved": 0,
        "dfs.namenode.resource.du.reserved": 0,
        # A dead DataNode is known after ten seconds, and its replicas are made again at once.
        "dfs.heartbeat.interval": 1,
        "dfs.namenode.heartbeat.recheck-interval": 1000,
        "dfs.namenode.redundancy.interval.seconds": 1,
        "dfs.namenode.reconstruction.pending.timeout-sec": 3,
        "dfs.namenode.safemode.extension": 0,
        "dfs.namenode.safemode.min.datanodes": 1,
        # With two DataNodes there is none to put in the place of a dead one.
        "dfs.client.block.write.replace-datanode-on-failure.policy": "NEVER",
        "dfs.client.retry.window.base": 200,
    }


def _yarn_site(ports: list[int], data: Path) -> dict[str, object]:
    services = (
        "address", "scheduler.address", "resource-tracker.address", "admin.address",
        "webapp.address",
    )  # fmt: skip
    addresses = {
        f"yarn.resourcemanager.{service}": f"{HOST}:{port}"
        for service, port in zip(services, ports, strict=True)
    }
    return addresses | {
        "yarn.resourcemanager.hostname": HOST,
        "yarn.nodemanager.hostname": HOST,
        "yarn.nodemanager.address": f"{HOST}:0",
        "yarn.nodemanager.localizer.address": f"{HOST}:0",
        "yarn.nodemanager.webapp.address": f"{HOST}:0",
        "yarn.nodemanager.collector-service.address": f"{HOST}:0",
        "yarn.nodemanager.resource.memory-mb": 4096,
        "yarn.nodemanager.resource.cpu-vcores": 4,
        "yarn.scheduler.minimum-allocation-mb": 128,
        "yarn.scheduler.maximum-allocation-mb": 4096,
        "yarn.nodemanager.vmem-check-enabled": "false",
        "yarn.nodemanager.pmem-check-enabled": "false",
        "yarn.nodemanager.disk-health-checker.max-disk-utilization-per-disk-percentage": 99.9,
        "yarn.nodemanager.env-whitelist": (
            "JAVA_HOME,HADOOP_CONF_DIR,PATH,LANG,LC_ALL,PYTHONPATH,SPARK_HOME"
        ),
        "yarn.application.classpath": "",
        "yarn.resourcemanager.am.max-attempts": 2,
        "yarn.nm.liveness-monitor.expiry-interval-ms": 15_000,
        "yarn.log-aggregation-enable": "false",
        "yarn.timeline-service.enabled": "false",
    }


def _write(path: Path, properties: dict[str, object]) -> None:
    lines = "\n".join(
        f"  <property><name>{name}</name><value>{escape(str(value))}</value></property>"
        for name, value in properties.items()
    )
    path.write_text(f"<configuration>\n{lines}\n</configuration>\n")


def _free_ports(number: int) -> list[int]:
    found: list[int] = []
    for port in random.sample(_PORTS, len(_PORTS)):
        with socket.socket() as probe:
            if probe.connect_ex((HOST, port)) != 0:
                found.append(port)
        if len(found) == number:
            return found
    raise RuntimeError("there are not enough free ports between 20000 and 32000")
