import gzip
import hashlib
import json
from pathlib import Path

import pytest
from kedro.io import DatasetError

from customer_behavior.datasets import (
    GrowingTableDataset,
    SimulatedEventsDataset,
    SimulatedProcessDataset,
)
from support import HEADER

LINES = [("2019-10-31", "a"), ("2019-10-30", "b"), ("2019-11-01", "c"), ("2019-10-31", "d")]


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "simulated"


def claim(folder):
    SimulatedProcessDataset(filepath=str(folder)).save({"seed": 1})


def save(spark, folder, lines=LINES, compression="none"):
    table = spark.createDataFrame(lines, ["event_date", "line"])
    SimulatedEventsDataset(filepath=str(folder), compression=compression).save(table)


def test_the_days_of_a_month_become_one_file_in_the_order_of_time(spark, folder):
    claim(folder)
    save(spark, folder)

    assert (folder / "2019-Oct.csv").read_text().split("\n") == [HEADER, "b", "a", "d", ""]
    assert (folder / "2019-Nov.csv").read_text().split("\n") == [HEADER, "c", ""]
    assert sorted(path.name for path in folder.iterdir()) == [
        "2019-Nov.csv",
        "2019-Oct.csv",
        "_truth",
    ]


def test_compressed_files_hold_the_same_text(spark, folder):
    claim(folder)
    save(spark, folder, compression="gzip")

    text = gzip.decompress((folder / "2019-Oct.csv.gz").read_bytes()).decode()
    assert text.split("\n") == [HEADER, "b", "a", "d", ""]


def test_a_new_simulation_replaces_an_earlier_one(spark, folder):
    claim(folder)
    save(spark, folder)

    claim(folder)
    save(spark, folder, [("2020-01-01", "new")], compression="gzip")

    assert sorted(path.name for path in folder.iterdir()) == ["2020-Jan.csv.gz", "_truth"]


def test_what_a_killed_simulation_has_left_is_replaced(spark, folder):
    claim(folder)
    (folder / "_parts/event_date=2019-10-01").mkdir(parents=True)
    (folder / "_parts/event_date=2019-10-01/part-0").write_text("half")
    (folder / "_parts/2019-Oct.csv").write_text("half")
    (folder / "_truth/process.json").write_text("{")

    claim(folder)

    assert {path.name for path in folder.rglob("*") if path.is_file()} == {
        "_SIMULATED.json",
        "process.json",
    }


@pytest.mark.parametrize("name", ["2019-Oct.csv", "notes/plan.txt", "_truth/mine.txt"])
def test_a_folder_with_files_that_no_simulation_made_is_refused(folder, name):
    (folder / name).parent.mkdir(parents=True)
    (folder / name).write_text("mine")

    with pytest.raises(DatasetError, match=f"holds files that no simulation made, such as {name}"):
        claim(folder)

    assert (folder / name).read_text() == "mine"


@pytest.mark.parametrize(
    "name", ["2019-Dec.csv", "_truth/notes.txt", "_truth/customers/notes.txt", "old/2019-Oct.csv"]
)
def test_a_file_that_was_put_beside_simulated_ones_is_not_touched(spark, folder, name):
    claim(folder)
    save(spark, folder)
    (folder / name).parent.mkdir(exist_ok=True, parents=True)
    (folder / name).write_text("mine")

    with pytest.raises(DatasetError, match=f"did not make: {name}"):
        claim(folder)

    assert (folder / name).read_text() == "mine"
    assert (folder / "2019-Oct.csv").exists()


@pytest.mark.parametrize("same_size", [True, False])
def test_a_file_that_was_put_in_the_place_of_a_simulated_one_is_not_touched(
    spark, folder, same_size
):
    claim(folder)
    save(spark, folder)
    made = (folder / "2019-Oct.csv").read_text()
    mine = made.replace("b", "x") if same_size else "mine"
    (folder / "2019-Oct.csv").write_text(mine)

    with pytest.raises(DatasetError, match=r"2019-Oct\.csv was changed"):
        claim(folder)

    assert (folder / "2019-Oct.csv").read_text() == mine


def test_a_folder_that_cannot_be_made_is_told():
    with pytest.raises(DatasetError, match="cannot be written"):
        claim(Path("/proc/nowhere"))


def test_a_link_to_another_disk_stays_one(spark, folder, tmp_path):
    (tmp_path / "disk").mkdir()
    folder.symlink_to(tmp_path / "disk")
    for _ in range(2):
        claim(folder)
        save(spark, folder)

    assert folder.is_symlink()
    assert (tmp_path / "disk/2019-Oct.csv").exists()


def test_the_law_is_read_as_it_was_written(folder):
    claim(folder)

    assert SimulatedProcessDataset(filepath=str(folder)).load() == {"seed": 1}


def test_a_file_in_the_place_of_the_folder_is_refused(folder):
    folder.write_text("mine")

    with pytest.raises(DatasetError, match="is a file"):
        claim(folder)


def test_the_sha256_of_the_files_is_remembered(spark, folder):
    claim(folder)
    save(spark, folder)

    remembered = json.loads((folder / "_truth/_SIMULATED.json").read_text())["event_files"]
    assert {name: file["sha256"] for name, file in remembered.items()} == {
        name: hashlib.sha256((folder / name).read_bytes()).hexdigest()
        for name in ("2019-Oct.csv", "2019-Nov.csv")
    }


def test_a_growing_table_holds_the_shares_of_one_run(spark, tmp_path):
    def table(*numbers):
        return spark.createDataFrame([(number,) for number in numbers], ["number"])

    dataset = GrowingTableDataset(filepath=str(tmp_path / "t"), file_format="parquet")
    for first, second in ((1, 2), (3, 4)):
        dataset.save(table(first))
        dataset.save(table(second))
        dataset.release()

    assert sorted(row.number for row in dataset.load().collect()) == [3, 4]


def test_a_damaged_mark_is_told(folder):
    claim(folder)
    (folder / "_truth/_SIMULATED.json").write_text('{"event_files": ')

    with pytest.raises(DatasetError, match=r"_SIMULATED\.json is damaged"):
        claim(folder)
