"""Measure classification by this project and by LightGBM on the same tables, in turn.

Writes benchmarks/results.
"""

import argparse
import json
import tempfile
from pathlib import Path
from typing import Any

from customer_behavior.pipelines.classification.pipeline import EXAMPLES
from ingestion import RESULTS, simulate
from measuring import Engine, machine, rounded

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
        features = Engine("build_features_with_this_project")
        try:
            features.run(raw_events, project)
        finally:
            features.stop()
        results: dict[str, dict[str, Any]] = {use: {} for use in EXAMPLES}
        for use, table in EXAMPLES.items():
            for name, function in ENGINES.items():
                # Each time a new process: none profits from what another has warmed up or left.
                engine = Engine(function)
                try:
                    results[use][name] = rounded(engine.run(raw_events, project, use, table), 3)
                finally:
                    engine.stop()
                print(f"{events:>9} {use:<20} {name:<16}", results[use][name], flush=True)
    return {"events": rows, "uses": results}


def main() -> None:
    """Measure each size and write one JSON file."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, nargs="+", default=[1_000_000, 5_000_000])
    arguments = parser.parse_args()
    result = machine() | {"measurements": [measure(events) for events in arguments.events]}
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "classification.json").write_text(json.dumps(result, indent=2) + "\n")


if __name__ == "__main__":
    main()
