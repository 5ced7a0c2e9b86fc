"""Work done in a process of its own, measured from outside."""

import argparse
import json
import multiprocessing
import os
import platform
import subprocess
import time
from collections.abc import Callable
from contextlib import suppress
from importlib.metadata import version
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import psutil

from customer_behavior.runs.memory import memory_of

RESULTS = Path(__file__).parent / "results"


class Engine:
    """An engine in a process of its own, which stays alive between runs."""

    def __init__(self, function: str) -> None:
        """Start it; ``function`` is in engines, learning, mining, segmenting or spending."""
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


def run_once(function: str, *order: Any) -> dict[str, float]:
    """Do the work in a new process, which profits from nothing that another has warmed up."""
    engine = Engine(function)
    try:
        return rounded(engine.run(*order), 3)
    finally:
        engine.stop()


def watch(command: list[str], look: Callable[[int], int], **options: Any) -> int:
    """Run a command to its end.

    Args:
        command: The program and its arguments.
        look: What is to be measured, given the process id; asked twice a second.
        options: Of ``subprocess.Popen``.

    Returns:
        The most that ``look`` has said.

    Raises:
        RuntimeError: If the command fails.
    """
    most = 0
    process = subprocess.Popen(command, **options)
    while process.poll() is None:
        most = max(most, look(process.pid))
        time.sleep(0.5)
    if process.returncode != 0:
        raise RuntimeError(f"it ended with {process.returncode}: {' '.join(command)}")
    return most


def size_of(folder: Path) -> int:
    """Bytes of all files in a folder, of which some may go meanwhile."""
    total = 0
    for parent, _, names in os.walk(folder):
        for name in names:
            with suppress(FileNotFoundError):
                total += (Path(parent) / name).stat().st_size
    return total


def _serve(function: str, connection: Connection) -> None:
    import engines
    import learning
    import mining
    import segmenting
    import spending

    (work,) = (
        getattr(module, function)
        for module in (engines, learning, mining, segmenting, spending)
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


def write_result(
    name: str, measure: Callable[[int], dict[str, Any]], description: str | None
) -> None:
    """Measure each size that the command line asks for, and write one JSON file.

    Args:
        name: Of the file.
        measure: Measures so many events.
        description: What ``--help`` says.
    """
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--events", type=int, nargs="+", default=[1_000_000, 5_000_000])
    arguments = parser.parse_args()
    result = machine() | {"measurements": [measure(events) for events in arguments.events]}
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / f"{name}.json").write_text(json.dumps(result, indent=2) + "\n")
