"""Measure feature engineering by this project and by DuckDB, table by table and in turn.

Writes benchmarks/results.
"""

import argparse
import json
import statistics
import sys
import tempfile
from pathlib import Path
from typing import Any

import duckdb

from ingestion import simulate
from measuring import RESULTS, Engine, machine, rounded

sys.path.append(str(Path(__file__).parents[1] / "tests"))  # DuckDB's way is that of the tests
TABLES = {"sessions": "04_feature", "customer_snapshots": "05_model_input",
          "session_prefixes": "05_model_input"}  # fmt: skip


def measure(events: int, runs: int) -> dict[str, Any]:
    """Build each table with both engines in turn; the first run of each is a warm-up."""
    with tempfile.TemporaryDirectory() as folder:
        raw_events, project, database = (Path(folder) / name for name in ("raw", "work", "duckdb"))
        database.mkdir()
        simulate(raw_events, events)
        spark = Engine("build_features_with_this_project")
        other = Engine("build_features_with_duckdb")
        try:
            spark.run(raw_events, project)
            other.run(database, project)
            tables = {}
            for name, layer in TABLES.items():
                figures: dict[str, list[dict[str, float]]] = {"this_project": [], "duckdb": []}
                for _ in range(runs + 1):
                    run = spark.run(raw_events, project, f"feature_engineering.build_{name}")
                    figures["this_project"].append(run)
                    figures["duckdb"].append(other.run(database, project, name))
                tables[name] = _summarise(figures, project / "data" / layer / name)
                print(f"{events:>9} {name:<20}", json.dumps(tables[name]), flush=True)
        finally:
            spark.stop()
            other.stop()
        rows = _rows(project / "data/03_primary/events")
    return {"events": rows, "runs": runs, "tables": tables}


def _summarise(figures: dict[str, list[dict[str, float]]], table: Path) -> dict[str, Any]:
    warm = {name: runs for name, (_, *runs) in figures.items()}
    pairs = zip(*([run["seconds"] for run in runs] for runs in warm.values()), strict=True)
    return {
        "rows": _rows(table),
        "median": {
            name: rounded({key: statistics.median(run[key] for run in runs) for key in runs[0]})
            for name, runs in warm.items()
        },
        "ratio_to_duckdb": round(statistics.median(a / b for a, b in pairs), 2),
    }


def _rows(table: Path) -> int:
    ((rows,),) = duckdb.sql(f"SELECT count(*) FROM '{table}/**/*.parquet'").fetchall()
    return int(rows)


def main() -> None:
    """Measure each size and write one JSON file."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, nargs="+", default=[1_000_000, 5_000_000])
    parser.add_argument("--runs", type=int, default=3)
    arguments = parser.parse_args()
    measurements = [measure(events, arguments.runs) for events in arguments.events]
    result = machine() | {"measurements": measurements}
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "features.json").write_text(json.dumps(result, indent=2) + "\n")


if __name__ == "__main__":
    main()
