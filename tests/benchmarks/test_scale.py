import sys

import pytest

from measuring import size_of, watch
from scale import describe


def test_a_run_is_described_by_its_own_record_node_by_node_in_the_order_of_the_run():
    manifest = {
        "seconds": 8.5,
        "computer": {"cores": 2, "system": "Linux"},
        "spark": {"version": "4.3.0", "java": "17.0.15", "master": "local[*]"},
        "nodes": [
            {"name": "b", "position": 2, "seconds": 3.0, "peak_driver_memory_bytes": 900},
            {"name": "a", "position": 1, "seconds": 5.5, "peak_driver_memory_bytes": 700},
        ],
    }
    ledger = {"total": {"rows_read": 12, "rows_kept": 10}}

    assert describe(manifest, ledger, {"spark.driver.memory": "4g"}) == {
        "events": 10,
        "cores": 2,
        "spark.driver.memory": "4g",
        "spark": "4.3.0",
        "java": "17.0.15",
        "seconds": 8.5,
        "nodes": [
            {"name": "a", "seconds": 5.5, "peak_memory_bytes": 700},
            {"name": "b", "seconds": 3.0, "peak_memory_bytes": 900},
        ],
    }


def test_what_a_command_had_at_most_is_measured_also_when_it_has_removed_it(tmp_path):
    write_and_remove = (
        "import pathlib, time\n"
        "file = pathlib.Path('folder/file')\n"
        "file.parent.mkdir()\n"
        "file.write_bytes(bytes(3000))\n"
        "time.sleep(1.5)\n"
        "file.unlink()\n"
    )
    command = [sys.executable, "-c", write_and_remove]

    assert watch(command, lambda _: size_of(tmp_path), cwd=tmp_path) == 3000
    assert size_of(tmp_path) == 0


def test_a_command_that_fails_leaves_no_figures():
    with pytest.raises(RuntimeError, match="it ended with 3"):
        watch([sys.executable, "-c", "raise SystemExit(3)"], lambda _: 0)
