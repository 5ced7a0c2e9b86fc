"""Measure segments by this project and by scikit-learn's MiniBatchKMeans on the same table.

Writes benchmarks/results.
"""

import tempfile
from pathlib import Path
from typing import Any

from ingestion import simulate
from measuring import run_once, write_result

ENGINES = {
    "this_project": "segment_with_this_project",
    "mllib_kmeans": "segment_with_mllib_kmeans",
    "minibatch_kmeans": "segment_with_minibatch_kmeans",
}


def measure(events: int) -> dict[str, Any]:
    """Fit and assign with the engines in turn, each in a new process."""
    with tempfile.TemporaryDirectory() as folder:
        raw_events, project = Path(folder) / "raw", Path(folder) / "work"
        rows = simulate(raw_events, events)["rows"]
        results: dict[str, dict[str, Any]] = {}
        for name, function in {"features": "build_features_with_this_project", **ENGINES}.items():
            results[name] = run_once(function, raw_events, project)
            print(f"{events:>9} {name:<16}", results[name], flush=True)
    return {"events": rows, **{name: results[name] for name in ENGINES}}


if __name__ == "__main__":
    write_result("clustering", measure, __doc__)
