"""Measure classification by this project and by LightGBM on the same tables, in turn.

Writes benchmarks/results.
"""

import tempfile
from pathlib import Path
from typing import Any

from customer_behavior.pipelines.classification.pipeline import EXAMPLES
from ingestion import simulate
from measuring import run_once, write_result

ENGINES = {
    "this_project": "classify_with_this_project",
    "mllib_boosting": "classify_with_mllib_boosting",
    "lightgbm": "classify_with_lightgbm",
}


def measure(events: int) -> dict[str, Any]:
    """Fit and score each use with the engines in turn."""
    with tempfile.TemporaryDirectory() as folder:
        raw_events, project = Path(folder) / "raw", Path(folder) / "work"
        rows = simulate(raw_events, events)["rows"]
        run_once("build_features_with_this_project", raw_events, project)
        results: dict[str, dict[str, Any]] = {use: {} for use in EXAMPLES}
        for use, table in EXAMPLES.items():
            for name, function in ENGINES.items():
                results[use][name] = run_once(function, raw_events, project, use, table)
                print(f"{events:>9} {use:<20} {name:<16}", results[use][name], flush=True)
    return {"events": rows, "uses": results}


if __name__ == "__main__":
    write_result("classification", measure, __doc__)
