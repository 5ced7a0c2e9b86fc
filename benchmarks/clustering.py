"""Measure segments by this project and by scikit-learn's MiniBatchKMeans on the same table.

Writes benchmarks/results.
"""

import argparse
import json
import tempfile
from pathlib import Path
from typing import Any

from ingestion import RESULTS, simulate
from measuring import Engine, machine, rounded

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
            engine = Engine(function)
            try:
                results[name] = rounded(engine.run(raw_events, project), 3)
            finally:
                engine.stop()
            print(f"{events:>9} {name:<16}", results[name], flush=True)
    return {"events": rows, **{name: results[name] for name in ENGINES}}


def main() -> None:
    """Measure each size and write one JSON file."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, nargs="+", default=[1_000_000, 5_000_000])
    arguments = parser.parse_args()
    result = machine() | {"measurements": [measure(events) for events in arguments.events]}
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "clustering.json").write_text(json.dumps(result, indent=2) + "\n")


if __name__ == "__main__":
    main()
