import pytest

from customer_behavior.datasets.landed_events import LandedFile
from customer_behavior.event_schema import OUTCOME_SCHEMAS
from customer_behavior.pipelines.ingestion.classification import classify_lines
from customer_behavior.pipelines.ingestion.ledger import (
    LedgerError,
    build_ingestion_ledger,
    source_id,
)
from customer_behavior.pipelines.ingestion.parameters import IngestionParameters
from support import CART, NOVEMBER, PURCHASE, VIEW

PARAMETERS = IngestionParameters(
    event_types=["view", "cart", "purchase"], min_expected_purchases=20
)


def landed(name, rows):
    return LandedFile(name, f"/{name}", 1, 1, "0", rows, has_header=True)


def ledger_of(spark, rows, files, lose=0):
    lines = spark.createDataFrame(rows, "source_file string, line string")
    classified = classify_lines(lines, PARAMETERS)[0]
    tables = [
        classified.filter(f"outcome = '{outcome}'").select(OUTCOME_SCHEMAS[outcome].names)
        for outcome in ("kept", "duplicate", "quarantined")
    ]
    tables[0] = tables[0].limit(tables[0].count() - lose)
    return build_ingestion_ledger(files, lines, *tables, PARAMETERS)


ROWS = [
    ("a.csv", VIEW),
    ("a.csv", CART),
    ("a.csv", CART),
    ("a.csv", PURCHASE),
    ("a.csv", PURCHASE),
    ("a.csv", PURCHASE.replace("9.99", "0")),
    ("a.csv", PURCHASE.replace("9.99", "free")),
    ("a.csv", PURCHASE.replace("9.99", "7").replace(",3,", ",nobody,")),
    ("a.csv", NOVEMBER),
    ("a.csv", "junk"),
    ("b.csv", VIEW),
]


def test_every_line_and_all_revenue_is_accounted_for(spark):
    ledger = ledger_of(spark, ROWS, [landed("a.csv", 10), landed("b.csv", 1)])

    assert ledger["total"] == {
        "rows_read": 11,
        "rows_kept": 5,
        "rows_quarantined": {"bad_price": 1, "bad_user_id": 1, "malformed_row": 1},
        "rows_duplicate": {"cart": 1, "purchase": 1, "view": 1},
        "revenue_read": 26.98,
        "revenue_kept": 9.99,
        "revenue_quarantined": 7.0,
        "revenue_duplicate": 9.99,
        "unpriced": 1,
    }
    assert [(e["source_file"], e["event_month"], e["rows_read"]) for e in ledger["entries"]] == [
        ("a.csv", "2019-10", 8),
        ("a.csv", "2019-11", 1),
        ("a.csv", "unknown", 1),
        ("b.csv", "2019-10", 1),
    ]
    assert ledger["entries"][3]["rows_duplicate"] == {"view": 1}


def test_a_lost_row_fails_the_run(spark):
    with pytest.raises(LedgerError, match=r"a\.csv has 10 rows, but 9 are accounted for"):
        ledger_of(spark, ROWS, [landed("a.csv", 10), landed("b.csv", 1)], lose=1)


def test_a_file_of_which_nothing_came_fails_the_run(spark):
    with pytest.raises(LedgerError, match=r"c\.csv has 3 rows, but 0 are accounted for"):
        ledger_of(spark, ROWS, [landed("a.csv", 10), landed("b.csv", 1), landed("c.csv", 3)])


def test_rows_of_a_file_that_was_not_landed_fail_the_run(spark):
    with pytest.raises(LedgerError, match=r"rows of b\.csv, which this run did not land"):
        ledger_of(spark, ROWS, [landed("a.csv", 10)])


def test_the_source_id_depends_on_the_bytes_of_the_files_and_not_on_their_order():
    assert source_id(["aa", "bb"]) == source_id(["bb", "aa"])
    assert source_id(["aa"]) != source_id(["bb"])
    assert source_id(["aa"]) != source_id(["aa", "aa"])
