"""Run all pipelines once on simulated events, as ``kedro run`` does, and note what each node takes.

Writes benchmarks/results.
"""

import argparse
import json
import os
import sys
import tempfile
from pathlib import Path
from typing import Any

import yaml

from engines import prepare_project
from ingestion import simulate
from measuring import RESULTS, rounded, size_of, watch


def measure(events: int) -> dict[str, Any]:
    """Simulate, run all pipelines in a project folder of their own, and read what they left."""
    with tempfile.TemporaryDirectory() as folder:
        raw_events, project, spilled = (Path(folder) / name for name in ("raw", "work", "spark"))
        simulate(raw_events, events)
        prepare_project(project)
        command = [sys.executable, "-m", "customer_behavior", f"--params=raw_events={raw_events}"]
        environment = os.environ | {"SPARK_LOCAL_DIRS": str(spilled)}
        most_spilled = watch(command, lambda _: size_of(spilled), cwd=project, env=environment)
        return {
            **describe(
                _load(project / "data/08_reporting/run_manifest.json"),
                _load(project / "data/08_reporting/ingestion_ledger.json"),
                yaml.safe_load((project / "conf/local/spark.yml").read_text()),
            ),
            "disk_gb": rounded(
                {
                    "raw_events": size_of(raw_events) / 1e9,
                    "tables_and_models": size_of(project / "data") / 1e9,
                    "most_in_spark_local_dir": most_spilled / 1e9,
                }
            ),
        }


def describe(
    manifest: dict[str, Any], ledger: dict[str, Any], spark: dict[str, Any]
) -> dict[str, Any]:
    """Take what tells the size of a run out of what the run wrote down.

    Args:
        manifest: ``run_manifest``.
        ledger: ``ingestion_ledger``.
        spark: Settings of Spark.

    Returns:
        ``events`` (good ones), where they were run, ``seconds`` in all; ``nodes`` in the order in
        which they ran, each with ``seconds`` and ``peak_memory_bytes``.
    """
    nodes = sorted(manifest["nodes"], key=lambda node: node["position"])
    return {
        "events": ledger["total"]["rows_kept"],
        "cores": manifest["computer"]["cores"],
        "spark.driver.memory": spark["spark.driver.memory"],
        "spark": manifest["spark"]["version"],
        "java": manifest["spark"]["java"],
        "seconds": manifest["seconds"],
        "nodes": [
            {
                "name": node["name"],
                "seconds": node["seconds"],
                "peak_memory_bytes": node["peak_driver_memory_bytes"],
            }
            for node in nodes
        ],
    }


def _load(file: Path) -> dict[str, Any]:
    return dict(json.loads(file.read_text()))


def main() -> None:
    """Measure one size and write one JSON file."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=20_000_000)
    parser.add_argument("--output", type=Path, default=RESULTS / "scale.json")
    arguments = parser.parse_args()
    result = measure(arguments.events)
    arguments.output.write_text(json.dumps(result, indent=2) + "\n")
    longest = sorted(result["nodes"], key=lambda node: node["seconds"], reverse=True)[:20]
    for node in longest:
        memory = node["peak_memory_bytes"] / 1e9
        print(f"{node['name']:<60} {node['seconds']:>8.1f} s {memory:>6.1f} GB")


if __name__ == "__main__":
    main()
