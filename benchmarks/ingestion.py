"""Measure ingestion of simulated events by this project and by DuckDB, in turn.

Also how long the simulation takes. Writes benchmarks/results.
"""

import argparse
import json
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import psutil

from customer_behavior.runs.memory import memory_of
from measuring import RESULTS, Engine, machine, rounded, watch

PROJECT = Path(__file__).parents[1]
ENGINES = {
    "this_project": "ingest_with_this_project",
    "duckdb": "ingest_with_duckdb",
    "duckdb_unsorted": "ingest_with_duckdb_unsorted",
}


def simulate(folder: Path, events: int) -> dict[str, float]:
    """Write two months of simulated events; rows, seconds and peak memory in MB of doing so."""
    parameters = f"simulation.events={events},simulation.output={folder}"
    kedro_run = [sys.executable, "-m", "kedro", "run"]
    command = [*kedro_run, "--pipelines=simulation", f"--params={parameters}"]
    started = time.perf_counter()
    peak = watch(command, lambda pid: memory_of(psutil.Process(pid)), cwd=PROJECT)
    seconds = time.perf_counter() - started
    rows = sum(json.loads((folder / "_truth/defects.json").read_text())["rows"].values())
    figures = {"rows": rows, "seconds": seconds, "rows_per_second": rows / seconds}
    return rounded(figures | {"peak_memory_mb": peak / 2**20})


def measure(events: int, runs: int) -> dict[str, Any]:
    """Run the engines in turn; the first run of each is a warm-up, and is given apart."""
    with tempfile.TemporaryDirectory() as folder:
        raw_events = Path(folder) / "raw"
        simulation = simulate(raw_events, events)
        engines = {name: Engine(function) for name, function in ENGINES.items()}
        figures: dict[str, list[dict[str, float]]] = {name: [] for name in ENGINES}
        try:
            for _ in range(runs + 1):
                for name, engine in engines.items():
                    figures[name].append(engine.run(raw_events, Path(folder) / name))
                    print(f"{events:>9} {name:<16}", rounded(figures[name][-1]), flush=True)
        finally:
            for engine in engines.values():
                engine.stop()
    medians = {
        name: rounded({key: statistics.median(run[key] for run in warm) for key in warm[0]})
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


def main() -> None:
    """Measure each size and write one JSON file."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, nargs="+", default=[1_000_000, 5_000_000])
    parser.add_argument("--runs", type=int, default=3)
    arguments = parser.parse_args()
    result = machine() | {
        "measurements": [measure(events, arguments.runs) for events in arguments.events],
    }
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "ingestion.json").write_text(json.dumps(result, indent=2) + "\n")
    print(json.dumps(result["measurements"], indent=2))


if __name__ == "__main__":
    main()
