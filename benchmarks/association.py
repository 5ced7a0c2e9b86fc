"""Measure itemsets and rules by this project, and itemsets by MLlib, mlxtend and DuckDB.

All count the same baskets, and must find as many itemsets. Writes benchmarks/results.
"""

import tempfile
from pathlib import Path
from typing import Any

from ingestion import simulate
from measuring import run_once, write_result

ENGINES = {
    "this_project": "mine_with_this_project",
    "mllib_fpgrowth": "mine_with_mllib_fpgrowth",
    "mlxtend_fpgrowth": "mine_with_mlxtend_fpgrowth",
    "duckdb_pairs": "count_pairs_with_duckdb",
}


def measure(events: int) -> dict[str, Any]:
    """Find itemsets with the engines in turn, each in a new process."""
    with tempfile.TemporaryDirectory() as folder:
        raw_events, project = Path(folder) / "raw", Path(folder) / "work"
        rows = simulate(raw_events, events)["rows"]
        results: dict[str, dict[str, Any]] = {}
        for name, function in {"features": "build_features_with_this_project", **ENGINES}.items():
            results[name] = run_once(function, raw_events, project)
            print(f"{events:>9} {name:<16}", results[name], flush=True)
    measured = {name: results[name] for name in ENGINES}
    check_agreement(measured)
    return {"events": rows, **measured}


def check_agreement(results: dict[str, dict[str, Any]]) -> None:
    """Raise an error where engines have not read as many baskets or found as many itemsets."""
    expected = results["this_project"]
    of_each = [key for key in expected if key == "baskets" or key.startswith("itemsets_of_")]
    for key in of_each:
        found = {name: figures[key] for name, figures in results.items() if key in figures}
        if len(set(found.values())) > 1:
            raise RuntimeError(f"the engines differ in {key}: {found}")


if __name__ == "__main__":
    write_result("association", measure, __doc__)
