"""Work done in a process of its own, measured from outside."""

import multiprocessing
import os
import platform
import time
from importlib.metadata import version
from multiprocessing.connection import Connection
from typing import Any

import psutil

from customer_behavior.runs.memory import memory_of


class Engine:
    """An engine in a process of its own, which stays alive between runs."""

    def __init__(self, function: str) -> None:
        """Start it; ``function`` is in engines, learning, mining or segmenting."""
        self._connection, other = multiprocessing.Pipe()
        self._process = multiprocessing.get_context("spawn").Process(
            target=_serve, args=(function, other), daemon=False
        )
        self._process.start()

    def run(self, *order: Any) -> dict[str, float]:
        """Do the work once.

        Returns:
            Wall and CPU seconds, peak memory in MB of all its processes, and what the function
            returns.
        """
        processes = psutil.Process(self._process.pid)
        cpu_before, started = _cpu_seconds(processes), time.perf_counter()
        self._connection.send(order)
        peak = 0
        while not self._connection.poll(0.1):
            peak = max(peak, memory_of(processes))
        failure, figures = self._connection.recv()
        if failure:
            raise RuntimeError(failure)
        return {
            "seconds": time.perf_counter() - started,
            "cpu_seconds": _cpu_seconds(processes) - cpu_before,
            "peak_memory_mb": peak / 2**20,
            **figures,
        }

    def stop(self) -> None:
        """End the process and what it started."""
        self._connection.send(None)
        self._process.join()


def _serve(function: str, connection: Connection) -> None:
    import engines
    import learning
    import mining
    import segmenting

    (work,) = (
        getattr(module, function)
        for module in (engines, learning, mining, segmenting)
        if hasattr(module, function)
    )
    while (order := connection.recv()) is not None:
        try:
            connection.send(("", work(*order) or {}))
        except Exception as error:
            connection.send((repr(error), {}))


def _tree(root: psutil.Process) -> list[psutil.Process]:
    return [root, *root.children(recursive=True)]


def _cpu_seconds(root: psutil.Process) -> float:
    total = 0.0
    for process in _tree(root):
        try:
            times = process.cpu_times()
            total += times.user + times.system
        except psutil.NoSuchProcess:
            continue
    return total


def rounded(figures: dict[str, float], decimals: int = 2) -> dict[str, float]:
    """Figures with few decimals."""
    return {name: round(value, decimals) for name, value in figures.items()}


def machine() -> dict[str, Any]:
    """Where is measured, and with which versions."""
    return {
        "machine": {
            "cores": os.cpu_count(),
            "memory_gb": round(psutil.virtual_memory().total / 2**30),
            "system": platform.platform(terse=True),
            "python": platform.python_version(),
        },
        "versions": {
            name: version(name)
            for name in ("pyspark", "kedro", "duckdb", "lightgbm", "scikit-learn", "mlxtend")
        },
    }
