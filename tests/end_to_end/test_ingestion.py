import gzip
import shutil

import duckdb
import pytest
from kedro.io import DatasetError

from support import CART, HEADER, NOVEMBER, PURCHASE, VIEW, write_lines


def test_simulated_events_are_ingested_and_the_ledger_adds_up(project, few_events):
    project.run(few_events)

    ledger = project.ledger()
    rows = sum(path.read_bytes().count(b"\n") - 1 for path in few_events.glob("*.csv"))
    total = ledger["total"]
    set_aside = [*total["rows_quarantined"].values(), *total["rows_duplicate"].values()]
    assert total["rows_read"] == rows == total["rows_kept"] + sum(set_aside)
    months = {entry["event_month"] for entry in ledger["entries"]}
    assert months == {"2019-10", "2019-11", "unknown"}
    assert project.load("events").count() == total["rows_kept"]


def test_running_twice_gives_the_same_tables(project, few_events):
    project.run(few_events)
    first = project.tables()

    project.run(few_events)

    assert project.tables() == first


def test_copies_in_a_landing_zone_give_the_same_tables(project, few_events):
    project.run(few_events)
    in_place = project.tables()
    settings = project.folder / "conf/base/globals.yml"
    zone = project.folder / "zone"
    settings.write_text(settings.read_text().replace("landing_zone: null", f"landing_zone: {zone}"))

    project.run(few_events)

    assert len(list(zone.glob("*.csv"))) == 2
    assert project.tables() == in_place


def test_nothing_of_one_input_is_left_in_the_results_of_the_next(project, few_events, real_events):
    project.run(few_events)
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
