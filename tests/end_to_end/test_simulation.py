import datetime as dt
import gzip
import json
from collections import Counter

import pandas as pd
import pytest

from simulated import simulate, simulation_parameters, texts, write_months
from support import run_command

FEW = {"events": 3000, "customers_per_block": 50, "affinities": {"simulated_baskets": 1000}}
# Twice the mean time between two purchases of the sample.
EDGE = dt.timedelta(hours=1)


def raw_lines(folder):
    """All lines of the event files, by month."""
    return {
        path.name.split(".")[0]: (
            gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
        )
        .decode()
        .splitlines()
        for path in folder.glob("*.csv*")
    }


@pytest.mark.long
@pytest.mark.default_line
def test_the_committed_sample_is_what_its_command_makes(project, sample, tmp_path):
    project.simulate(tmp_path / "again", compression="gzip")

    assert raw_lines(tmp_path / "again") == raw_lines(sample)
    again, committed = (folder / "_truth" for folder in (tmp_path / "again", sample))
    for name in ("process.json", "defects.json", "affinities.csv"):
        assert (again / name).read_text() == (committed / name).read_text(), name
    for name, key in (("customers", "user_id"), ("visits", ["user_id", "started_at"])):
        first, second = (
            pd.read_parquet(folder / name).sort_values(key, ignore_index=True)
            for folder in (again, committed)
        )
        pd.testing.assert_frame_equal(first, second)
    size = sum(path.stat().st_size for path in sample.rglob("*") if path.is_file())
    assert size < 10e6


@pytest.mark.default_line
def test_every_planted_defect_of_the_sample_is_found_in_the_planted_number(project, sample):
    project.run(sample)
    project.run(sample, "recovery", to_outputs=["ingestion_recovery"])

    recovery = project.load("ingestion_recovery")
    found = recovery["ingestion"]
    outages = found.pop("purchase_outages")
    assert recovery["status"] == "ok"
    assert recovery["source_id"] == project.ledger()["source_id"]
    assert {name: pair for name, pair in found.items() if pair["planted"] != pair["found"]} == {}
    assert min(pair["planted"] for pair in found.values()) >= 1
    assert len(outages["found"]) == len(outages["planted"]) == 2
    for planted, seen in zip(outages["planted"], outages["found"], strict=True):
        for at, near in zip(planted, seen, strict=True):
            assert abs(dt.datetime.fromisoformat(at) - dt.datetime.fromisoformat(near)) < EDGE


def test_spark_writes_the_lines_of_the_blocks_in_the_order_of_time(project, tmp_path):
    project.simulate(tmp_path / "out", **FEW)

    expected = texts(simulate(simulation_parameters(**FEW)))
    months = raw_lines(tmp_path / "out")
    assert set(months) == {"2019-Oct", "2019-Nov"}
    (header, *october), (_, *november) = months["2019-Oct"], months["2019-Nov"]
    assert header.startswith("event_time,event_type")
    assert november.pop() == "2019-11-30 23:59:59 UTC,view,10000"
    assert Counter(october + november) == Counter(expected)
    times = [line[:19] for line in october + november if line[19:23] == " UTC"]
    assert times == sorted(times)


def test_events_that_were_not_simulated_have_no_planted_truth(project, tmp_path):
    lines = simulate(simulation_parameters(events=300))
    raw = write_months(lines, tmp_path / "raw")

    project.run(raw)
    project.run(raw, "recovery", to_outputs=["ingestion_recovery"])

    recovery = project.load("ingestion_recovery")
    assert recovery["source_id"] == project.ledger()["source_id"]
    assert recovery["status"] == "no planted truth"


@pytest.mark.slow
@pytest.mark.default_line
def test_the_command_of_the_documentation_writes_events_and_shows_how_far_it_is(
    project_folder, tmp_path
):
    output = tmp_path / "out"
    parameters = f"simulation.events=5000,simulation.output={output}"
    command = ["--pipelines=simulation", f"--params={parameters}"]

    code, printed = run_command(project_folder, *command)
    assert code == 0, printed
    assert "Simulated 100 % of the customers" in printed
    rows = sum(json.loads((output / "_truth/defects.json").read_text())["rows"].values())
    assert rows == sum(len(lines) - 1 for lines in raw_lines(output).values())

    (output / "2020-Jan.csv").write_text("mine")
    code, printed = run_command(project_folder, *command)
    assert code == 1
    assert "did not make: 2020-Jan.csv" in printed
    assert "Traceback" not in printed


@pytest.mark.slow
@pytest.mark.default_line
@pytest.mark.parametrize(
    ("parameter", "message"),
    [
        ("simulation.events=many", "events"),
        ("simulation.compression=zip", "Input should be 'none' or 'gzip'"),
        ("simulation.affinities.pairs=100", "Ask for fewer"),
        ("simulation.bots=0", "there is no parameter 'simulation.bots'"),
    ],
)
def test_wrong_parameters_are_said_in_a_message(project_folder, tmp_path, parameter, message):
    parameters = f"simulation.output={tmp_path / 'out'},{parameter}"

    code, printed = run_command(project_folder, "--pipelines=simulation", f"--params={parameters}")

    assert code == 1
    assert message in printed
    assert "Traceback" not in printed
