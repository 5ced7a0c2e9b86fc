import gzip
import os
import shutil
import signal
import time

import duckdb
import pytest
from kedro.io import DatasetError

from support import CART, HEADER, NOVEMBER, PURCHASE, VIEW, Project, start_command, write_lines


def test_the_sample_is_ingested_and_the_ledger_adds_up(project, sample):
    project.run(sample)

    ledger = project.ledger()
    texts = [gzip.decompress(path.read_bytes()) for path in sample.glob("*.csv.gz")]
    rows = sum(text.count(b"\n") - 1 for text in texts)
    total = ledger["total"]
    set_aside = [*total["rows_quarantined"].values(), *total["rows_duplicate"].values()]
    assert total["rows_read"] == rows == total["rows_kept"] + sum(set_aside)
    assert {entry["event_month"] for entry in ledger["entries"]} == {"2019-10", "2019-11"}
    assert project.load("events").count() == total["rows_kept"]


def test_running_twice_gives_the_same_tables(project, sample):
    project.run(sample)
    first = project.tables()

    project.run(sample)

    assert project.tables() == first


def test_copies_in_a_landing_zone_give_the_same_tables(project, sample):
    project.run(sample)
    in_place = project.tables()
    settings = project.folder / "conf/base/globals.yml"
    zone = project.folder / "zone"
    settings.write_text(settings.read_text().replace("landing_zone: null", f"landing_zone: {zone}"))

    project.run(sample)

    assert len(list(zone.glob("*.csv"))) == 2
    assert project.tables() == in_place


def test_nothing_of_one_input_is_left_in_the_results_of_the_next(project, sample, real_events):
    project.run(sample)
    sample_id = project.ledger()["source_id"]
    project.run(real_events)
    after_the_sample = project.tables()

    shutil.rmtree(project.folder / "data")
    project.run(real_events)

    assert project.tables() == after_the_sample
    assert project.ledger()["source_id"] != sample_id
    left = [path for path in (project.folder / "data").rglob("*") if "2019-11" in path.name]
    assert left == []


def test_the_real_rows_are_counted_as_duckdb_counts_them(project, real_events):
    project.run(real_events)

    ledger = project.ledger()["total"]
    ((read, kept, revenue),) = duckdb.sql(f"""
        WITH rows AS (FROM read_csv('{real_events}', all_varchar = true))
        SELECT (SELECT count(*) FROM rows),
               (SELECT count(*) FROM (SELECT DISTINCT * FROM rows)),
               (SELECT sum(price::DECIMAL(18, 2)) FROM rows WHERE event_type = 'purchase')
    """).fetchall()
    repeated = duckdb.sql(f"""
        SELECT event_type, sum(copies - 1)::INT
        FROM (SELECT *, count(*) AS copies FROM read_csv('{real_events}', all_varchar = true)
              GROUP BY ALL)
        WHERE copies > 1 GROUP BY event_type
    """).fetchall()
    assert (ledger["rows_read"], ledger["rows_kept"]) == (read, kept)
    assert ledger["rows_duplicate"] == dict(repeated)
    assert ledger["revenue_read"] == pytest.approx(float(revenue))
    types = project.load("events").groupBy("event_type").count().collect()
    expected = duckdb.sql(f"""
        SELECT event_type, count(*)
        FROM (SELECT DISTINCT * FROM read_csv('{real_events}', all_varchar = true)) GROUP BY ALL
    """).fetchall()
    assert sorted(map(tuple, types)) == sorted(expected)


def test_the_real_events_are_column_by_column_those_that_duckdb_reads(project, real_events):
    project.run(real_events)

    expected = duckdb.sql(f"""
        SELECT DISTINCT event_time[:19], event_type, product_id::BIGINT, category_id::BIGINT,
               category_code, string_split(category_code, '.')[1],
               string_split(category_code, '.')[2], brand, nullif(price::DOUBLE, 0),
               user_id::BIGINT, user_session
        FROM read_csv('{real_events}', all_varchar = true)
    """).fetchall()
    events = project.load("events").selectExpr(
        "string(event_time)", "event_type", "product_id", "category_id", "category_code",
        "category_l1", "category_l2", "brand", "price", "user_id", "user_session",
    )  # fmt: skip
    assert sorted(map(tuple, events.collect()), key=repr) == sorted(expected, key=repr)


def test_the_bad_lines_of_a_file_are_in_quarantine_and_the_good_ones_are_kept(project, tmp_path):
    bad = {
        VIEW.replace(",s1", ""): "malformed_row",
        f"{VIEW},extra": "malformed_row",
        VIEW.replace("sony", '"sony"'): "malformed_row",
        VIEW.replace("2019-10-01", "01/10/2019"): "bad_event_time",
        VIEW.replace("view", "remove_from_cart"): "unknown_event_type",
        VIEW.replace(",1,2,", ",1,2.10381E+18,"): "bad_category_id",
        VIEW.replace("9.99", "-9.99"): "bad_price",
        VIEW.replace(",3,", ",9223372036854775808,"): "bad_user_id",
        VIEW[:40]: "malformed_row",
    }
    big = VIEW.replace(",3,", ",9223372036854775807,")
    raw = tmp_path / "a.csv"
    raw.write_text("\n".join([HEADER, VIEW, big, *bad]))

    project.run(raw)

    rows = project.load("quarantined_events").collect()
    assert {row.line: row.reject_reason for row in rows} == bad
    assert sorted(row.user_id for row in project.load("events").collect()) == [3, 2**63 - 1]


def test_nothing_of_one_synthetic_input_is_left_in_the_results_of_the_next(project, tmp_path):
    first = write_lines(tmp_path / "first.csv", HEADER, VIEW, VIEW, NOVEMBER, "junk")
    second = write_lines(tmp_path / "second.csv", HEADER, PURCHASE)
    project.run(first)
    project.run(second)
    after_the_first = project.tables()

    shutil.rmtree(project.folder / "data")
    project.run(second)

    assert project.tables() == after_the_first
    left = [path for path in (project.folder / "data").rglob("*.json") if has(path, "first.csv")]
    assert left == []


def has(path, text):
    return text in path.read_text()


def test_months_after_a_run_that_only_landed_are_refused(project, tmp_path):
    from customer_behavior.pipelines.ingestion.ledger import LedgerError

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


def test_bytes_that_are_not_utf8_are_quarantined_as_they_are(project, tmp_path):
    raw = tmp_path / "a.csv"
    bad = VIEW.encode().replace(b"sony", b"caf\xe9\xff\x80")
    good = VIEW.replace("sony", "café ☕")
    raw.write_bytes(b"\n".join([HEADER.encode(), bad, good.encode()]) + b"\n")

    project.run(raw)

    row = project.load("quarantined_events").selectExpr("*", "CAST(line AS BINARY) AS raw").first()
    assert (row.reject_reason, bytes(row.raw)) == ("malformed_row", bad)
    assert project.load("events").first().brand == "café ☕"


def test_a_damaged_archive_leaves_what_was_there(project, tmp_path):
    project.run(write_lines(tmp_path / "good.csv", HEADER, VIEW))
    before = project.tables()
    write_lines(tmp_path / "raw/a.csv", HEADER, CART)
    lines = "\n".join([HEADER] + [VIEW.replace(",3,", f",{user},") for user in range(5000)])
    (tmp_path / "raw/b.csv.gz").write_bytes(gzip.compress(lines.encode())[:-100])

    with pytest.raises(DatasetError, match=r"b\.csv\.gz is truncated or damaged"):
        project.run(tmp_path / "raw")

    assert project.tables() == before


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


# When the run is killed: as soon as this file is there, with this text, or is gone (None).
MOMENTS = {
    "files are landed": ("01_raw/_landed_events.json", "2019-Oct"),
    "rows are being written": ("02_intermediate/_staged_lines/_temporary", ""),
    "rows are written": ("02_intermediate/_staged_lines/_SUCCESS", ""),
    "tables are not finished": ("03_primary/events/_FINISHED.json", None),
    "months are moved": ("03_primary/events/event_month=2019-11", ""),
    "set-aside lines are moved": ("02_intermediate/quarantined_events/event_month=2019-11", ""),
    "tables are finished": ("03_primary/events/_FINISHED.json", "2019-11"),
}


@pytest.mark.slow
@pytest.mark.parametrize("moment", MOMENTS)
def test_a_killed_run_leaves_a_whole_table_or_an_error_and_the_next_one_is_right(
    project, sample, tmp_path, moment
):
    project.run(write_lines(tmp_path / "old.csv", HEADER, VIEW, PURCHASE))
    old = project.rows("events")
    path, content = MOMENTS[moment]
    process = start_command(project.folder, f"--params=raw_events={sample}")
    try:
        wait_for(project.folder / "data" / path, content, process)
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()

    seen = rows_or_error(project)
    project.run(sample)
    after_the_kill = project.tables()

    clean = Project(shutil.copytree(project.folder, tmp_path / "clean", ignore=only_conf))
    clean.run(sample)
    assert after_the_kill == clean.tables()
    assert seen in (old, after_the_kill["events"], None)
    assert not list((project.folder / "data").rglob("*.unfinished"))


def only_conf(folder, names):
    return [name for name in names if name == "data"]


def assert_says_run_again(error):
    assert "run ingestion again" in str(error)


def rows_or_error(project):
    try:
        return project.rows("events")
    except DatasetError as error:
        assert_says_run_again(error)
        return None


def wait_for(path, text, process):
    for _ in range(120_000):
        if is_reached(path, text):
            return
        if process.poll() is not None:
            pytest.fail(f"The run ended before it could be killed:\n{process.stdout.read()}")
        time.sleep(0.0005)
    pytest.fail(f"{path} did not appear")


def is_reached(path, text):
    if text is None:
        return not path.exists()
    if not text:
        return path.exists()
    try:
        return text in path.read_text()
    except FileNotFoundError:
        return False
