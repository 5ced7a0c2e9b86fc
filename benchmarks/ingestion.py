"""Measure ingestion of simulated events by this project and by DuckDB, in turn.

Also how long the simulation takes. Writes benchmarks/results.
"""

import argparse
import json
import multiprocessing
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from importlib.metadata import version
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import psutil

PROJECT = Path(__file__).parents[1]
RESULTS = PROJECT / "benchmarks" / "results"
ENGINES = {
    "this_project": "ingest_with_this_project",
    "duckdb": "ingest_with_duckdb",
    "duckdb_unsorted": "ingest_with_duckdb_unsorted",
}


class Engine:
    """An engine in a process of its own, which stays alive between runs."""

    def __init__(self, name: str) -> None:
        self._connection, other = multiprocessing.Pipe()
        self._process = multiprocessing.get_context("spawn").Process(
            target=_serve, args=(ENGINES[name], other), daemon=False
        )
        self._process.start()

    def run(self, raw_events: Path, work: Path) -> dict[str, float]:
        """Ingest once; wall and CPU seconds, peak memory in MB of all its processes."""
        processes = psutil.Process(self._process.pid)
        cpu_before, started = _cpu_seconds(processes), time.perf_counter()
        self._connection.send((raw_events, work))
        peak = 0
        while not self._connection.poll(0.1):
            peak = max(peak, _memory(processes))
        failure = self._connection.recv()
        if failure:
            raise RuntimeError(failure)
        return {
            "seconds": time.perf_counter() - started,
            "cpu_seconds": _cpu_seconds(processes) - cpu_before,
            "peak_memory_mb": peak / 2**20,
        }

    def stop(self) -> None:
        """End the process and what it started."""
        self._connection.send(None)
        self._process.join()


def _serve(function: str, connection: Connection) -> None:
    import engines

    while (order := connection.recv()) is not None:
        try:
            getattr(engines, function)(*order)
            connection.send("")
        except Exception as error:
            connection.send(repr(error))


def _tree(root: psutil.Process) -> list[psutil.Process]:
    return [root, *root.children(recursive=True)]


def _memory(root: psutil.Process) -> int:
    total = 0
    for process in _tree(root):
        try:
            total += process.memory_info().rss
        except psutil.NoSuchProcess:
            continue
    return total


def _cpu_seconds(root: psutil.Process) -> float:
    total = 0.0
    for process in _tree(root):
        try:
            times = process.cpu_times()
            total += times.user + times.system
        except psutil.NoSuchProcess:
            continue
    return total


def simulate(folder: Path, events: int) -> dict[str, float]:
    """Write two months of simulated events; rows, seconds and peak memory in MB of doing so."""
    parameters = f"simulation.events={events},simulation.output={folder}"
    command = ["kedro", "run", "--pipelines=simulation", f"--params={parameters}"]
    started, peak = time.perf_counter(), 0
    process = subprocess.Popen([sys.executable, "-m", *command], cwd=PROJECT)
    while process.poll() is None:
        peak = max(peak, _memory(psutil.Process(process.pid)))
        time.sleep(0.2)
    if process.returncode != 0:
        raise RuntimeError("the simulation failed")
    seconds = time.perf_counter() - started
    rows = sum(json.loads((folder / "_truth/defects.json").read_text())["rows"].values())
    figures = {"rows": rows, "seconds": seconds, "rows_per_second": rows / seconds}
    return _rounded(figures | {"peak_memory_mb": peak / 2**20})


def measure(events: int, runs: int) -> dict[str, Any]:
    """Run the engines in turn; the first run of each is a warm-up, and is given apart."""
    with tempfile.TemporaryDirectory() as folder:
        raw_events = Path(folder) / "raw"
        simulation = simulate(raw_events, events)
        engines = {name: Engine(name) for name in ENGINES}
        figures: dict[str, list[dict[str, float]]] = {name: [] for name in ENGINES}
        try:
            for _ in range(runs + 1):
                for name, engine in engines.items():
                    figures[name].append(engine.run(raw_events, Path(folder) / name))
                    print(f"{events:>9} {name:<16}", _rounded(figures[name][-1]), flush=True)
        finally:
            for engine in engines.values():
                engine.stop()
    medians = {
        name: _rounded({key: statistics.median(run[key] for run in warm) for key in warm[0]})
        for name, (_, *warm) in figures.items()
    }
    seconds = {name: [run["seconds"] for run in warm] for name, (_, *warm) in figures.items()}
    return {
        "events": events,
        "simulation": simulation,
        "runs": runs,
        "first_run_seconds": {
            name: round(cold["seconds"], 2) for name, (cold, *_) in figures.items()
        },
        "median": medians,
        "seconds_of_each_run": {
            name: [round(s, 2) for s in all_] for name, all_ in seconds.items()
        },
        "ratio_to_duckdb": {
            name: round(
                statistics.median(
                    a / b for a, b in zip(seconds["this_project"], seconds[name], strict=True)
                ),
                2,
            )
            for name in ("duckdb", "duckdb_unsorted")
        },
    }


def _rounded(figures: dict[str, float]) -> dict[str, float]:
    return {name: round(value, 2) for name, value in figures.items()}


def main() -> None:
    """Measure each size and write one JSON file."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, nargs="+", default=[1_000_000, 5_000_000])
    parser.add_argument("--runs", type=int, default=3)
    arguments = parser.parse_args()
    result = {
        "machine": {
            "cores": os.cpu_count(),
            "memory_gb": round(psutil.virtual_memory().total / 2**30),
            "system": platform.platform(terse=True),
            "python": platform.python_version(),
        },
        "versions": {name: version(name) for name in ("pyspark", "kedro", "duckdb")},
        "measurements": [measure(events, arguments.runs) for events in arguments.events],
    }
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "ingestion.json").write_text(json.dumps(result, indent=2) + "\n")
    print(json.dumps(result["measurements"], indent=2))


if __name__ == "__main__":
    main()
