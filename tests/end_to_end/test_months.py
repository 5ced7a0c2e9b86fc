import pytest
from kedro.io import DatasetError

from customer_behavior.pipelines.ingestion.ledger import LedgerError
from support import HEADER, NOVEMBER, PURCHASE, VIEW, write_lines


def test_months_after_a_run_that_only_landed_are_refused(project, tmp_path):

    project.run(write_lines(tmp_path / "oct.csv", HEADER, VIEW))
    damaged = tmp_path / "b.csv"
    damaged.write_bytes(b"")
    with pytest.raises(DatasetError, match="is empty"):
        project.run(damaged)
    (project.folder / "data/01_raw/_landed_events.json").write_text("[]")

    with pytest.raises(LedgerError, match=r"rows of oct\.csv, which this run did not land"):
        project.run(
            write_lines(tmp_path / "nov.csv", HEADER, NOVEMBER), ingestion={"months": "2019-11"}
        )


def test_files_of_one_name_are_both_in_the_ledger(project, tmp_path):
    october = write_lines(tmp_path / "oct/events.csv", HEADER, VIEW)
    november = write_lines(tmp_path / "nov/events.csv", HEADER, NOVEMBER, NOVEMBER)
    project.run(october)

    project.run(november, ingestion={"months": "2019-11"})

    files = project.ledger()["files"]
    assert [(file["source_file"], file["rows"]) for file in files] == [
        ("events.csv", 2),
        ("events.csv", 1),
    ]


def test_rows_that_are_replaced_by_those_of_another_file_are_said(project, tmp_path):
    project.run(write_lines(tmp_path / "oct.csv", HEADER, VIEW, NOVEMBER))

    project.run(
        write_lines(tmp_path / "nov.csv", HEADER, NOVEMBER), ingestion={"months": "2019-11"}
    )

    replaced = {file["source_file"]: file["rows_replaced"] for file in project.ledger()["files"]}
    assert replaced == {"nov.csv": 0, "oct.csv": 1}


def test_months_replace_only_those_that_are_named(project, tmp_path):
    raw = tmp_path / "raw"
    write_lines(raw / "oct.csv", HEADER, VIEW, VIEW, PURCHASE, VIEW.replace("view", "wish"))
    write_lines(raw / "nov.csv", HEADER, NOVEMBER, "junk")
    project.run(raw)
    october = month_files(project, "2019-10")
    write_lines(raw / "nov.csv", HEADER, NOVEMBER, NOVEMBER, NOVEMBER.replace("view", "cart"))

    project.run(raw, ingestion={"months": "2019-11"})

    assert month_files(project, "2019-10") == october
    rows = {
        (entry["source_file"], entry["event_month"]): entry["rows_read"]
        for entry in project.ledger()["entries"]
    }
    # The lines of the old nov.csv that no month claims stay until a run over everything.
    assert rows == {("oct.csv", "2019-10"): 4, ("nov.csv", "2019-11"): 3, ("nov.csv", "unknown"): 1}
    not_selected = {f["source_file"]: f["rows_not_selected"] for f in project.ledger()["files"]}
    assert not_selected == {"oct.csv": 4, "nov.csv": 0}


def test_a_month_can_be_added_from_a_folder_of_its_own(project, tmp_path):
    project.run(write_lines(tmp_path / "first/oct.csv", HEADER, VIEW, PURCHASE))
    october = month_files(project, "2019-10")

    project.run(
        write_lines(tmp_path / "second/nov.csv", HEADER, NOVEMBER),
        ingestion={"months": "2019-11"},
    )

    assert month_files(project, "2019-10") == october
    assert project.load("events").count() == 3
    ledger = project.ledger()
    assert ledger["total"]["rows_read"] == 3
    assert [file["source_file"] for file in ledger["files"]] == ["nov.csv", "oct.csv"]
    project.run(tmp_path / "*" / "*.csv")
    assert project.ledger()["source_id"] == ledger["source_id"]


def month_files(project, month):
    folders = (project.folder / "data").glob(f"0*/*/event_month={month}/*.parquet")
    return {path: path.read_bytes() for path in folders}
