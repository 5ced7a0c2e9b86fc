"""Measure expected spend by this project and by LightGBM on the same tables, in turn.

Writes benchmarks/results.
"""

import tempfile
from pathlib import Path
from typing import Any

from ingestion import simulate
from measuring import run_once, write_result
from spending import TABLE, USE

ENGINES = {
    "this_project": "expect_spend_with_this_project",
    "lightgbm": "expect_spend_with_lightgbm",
}


def measure(events: int) -> dict[str, Any]:
    """Fit and score with the engines in turn, each in a new process."""
    with tempfile.TemporaryDirectory() as folder:
        raw_events, project = Path(folder) / "raw", Path(folder) / "work"
        rows = simulate(raw_events, events)["rows"]
        run_once("build_features_with_this_project", raw_events, project)
        run_once("classify_with_this_project", raw_events, project, USE, TABLE)
        results = {}
        for name, function in ENGINES.items():
            results[name] = run_once(function, raw_events, project)
            print(f"{events:>9} {name:<16}", results[name], flush=True)
    return {"events": rows, **results}


if __name__ == "__main__":
    write_result("regression", measure, __doc__)
