import datetime as dt
import time

import pytest

from customer_behavior.event_schema import EVENTS_SCHEMA
from customer_behavior.pipelines.ingestion.ledger import source_id
from customer_behavior.pipelines.recovery.defects import measure_ingestion_recovery

FILES = {"event_files": {"2019-Oct.csv": {"bytes": 1, "sha256": "abc"}}}
LEDGER = {
    "source_id": source_id(["abc"]),
    "files": [{"rows": 9}],
    "total": {"rows_read": 9, "rows_duplicate": {"cart": 2}, "rows_quarantined": {"bad_price": 1}},
}
PLANTED = {
    "rows": {"2019-10": 5, "2019-11": 4},
    "duplicates": {"cart": 2, "view": 3},
    "quarantined": {"bad_price": 1},
    "views_with_price_zero": 1,
    "shared_sessions": 1,
    "lasting_sessions": 1,
    "bots": 0,
    "carts_lost": 7,
    "purchases_lost": 7,
    "first_month": {"purchase_sessions": 2, "purchase_sessions_without_cart": 1},
    "purchase_outages": [],
}


@pytest.fixture
def outages(spark):
    return spark.createDataFrame([], "start timestamp, end timestamp")


def make_events(spark, *rows):
    table = []
    for moment, event_type, price, user, session in rows:
        event = dict.fromkeys(EVENTS_SCHEMA.names)
        event |= {
            "event_time": dt.datetime.fromisoformat(f"{moment}+00:00"),
            "event_type": event_type,
            "price": price,
            "user_id": user,
            "user_session": session,
            "event_month": moment[:7],
        }
        table.append(tuple(event.values()))
    return spark.createDataFrame(table, EVENTS_SCHEMA)


def test_what_was_found_stands_beside_what_was_planted(spark, outages):
    events = make_events(
        spark,
        ("2019-10-01 10:00:00", "view", None, 1, "lasts and is shared"),
        ("2019-10-08 10:00:00", "view", 1.0, 1, "lasts and is shared"),
        ("2019-10-02 10:00:00", "view", 1.0, 2, "lasts and is shared"),
        ("2019-10-03 10:00:00", "cart", None, 2, "with cart"),
        ("2019-10-03 10:01:00", "purchase", 1.0, 2, "with cart"),
        ("2019-10-04 10:01:00", "purchase", 1.0, 2, "without"),
        ("2019-11-04 10:01:00", "purchase", 1.0, 2, "in another month"),
    )

    recovery = measure_ingestion_recovery(FILES, PLANTED, LEDGER, events, outages)

    assert recovery["status"] == "ok"
    differ = {
        name: (pair["planted"], pair["found"])
        for name, pair in recovery["ingestion"].items()
        if pair["planted"] != pair["found"]
    }
    assert differ == {"duplicates.view": (3, 0)}
    assert recovery["ingestion"]["lasting_sessions"]["found"] == 1
    assert recovery["ingestion"]["shared_sessions"]["found"] == 1


def test_a_customer_that_is_always_quick_is_a_bot(spark, outages):
    def visit(user, pause):
        start = dt.datetime(2019, 10, 1)
        moments = [start + dt.timedelta(seconds=pause * number) for number in range(60)]
        return [(str(moment), "view", 1.0, user, f"s{user}") for moment in moments]

    events = make_events(spark, *visit(1, 2), *visit(2, 3))

    recovery = measure_ingestion_recovery(FILES, PLANTED, LEDGER, events, outages)

    assert recovery["ingestion"]["bots"] == {"planted": 0, "found": 1}


def test_outages_are_told_in_utc_wherever_the_computer_stands(spark, monkeypatch):
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    time.tzset()
    events = make_events(spark, ("2019-10-01 10:00:00", "view", 1.0, 1, "s"))
    outages = spark.sql(
        "SELECT timestamp '2019-11-14 18:09:37' AS start, timestamp '2019-11-16 08:32:34' AS end"
    )

    recovery = measure_ingestion_recovery(FILES, PLANTED, LEDGER, events, outages)
    monkeypatch.undo()
    time.tzset()

    found = recovery["ingestion"]["purchase_outages"]["found"]
    assert found == [["2019-11-14 18:09:37", "2019-11-16 08:32:34"]]


def test_what_was_found_and_not_planted_is_told_too(spark, outages):
    ledger = LEDGER | {"total": LEDGER["total"] | {"rows_quarantined": {"bad_user_id": 4}}}
    events = make_events(spark, ("2019-10-01 10:00:00", "view", 1.0, 1, "s"))

    recovery = measure_ingestion_recovery(FILES, PLANTED, ledger, events, outages)["ingestion"]

    assert recovery["quarantined.bad_user_id"] == {"planted": 0, "found": 4}
    assert recovery["quarantined.bad_price"] == {"planted": 1, "found": 0}


OTHER = {"event_files": {"2019-Oct.csv": {"bytes": 1, "sha256": "other"}}}
PART = LEDGER | {"files": [{"rows": 9}, {"rows": 1}]}


@pytest.mark.parametrize(
    ("files", "planted", "ledger", "reason"),
    [
        (None, None, LEDGER, "no folder of simulated events"),
        (FILES, None, LEDGER, "no folder of simulated events"),
        (OTHER, PLANTED, LEDGER, "not those that were simulated"),
        ({"event_files": {}}, PLANTED, LEDGER, "not those that were simulated"),
        (FILES, PLANTED, PART, "some months were never ingested"),
    ],
)
def test_other_events_have_no_planted_truth(spark, outages, files, planted, ledger, reason):
    events = make_events(spark, ("2019-10-01 10:00:00", "view", 1.0, 1, "s"))

    recovery = measure_ingestion_recovery(files, planted, ledger, events, outages)

    assert recovery["status"] == "no planted truth"
    assert reason in recovery["reason"]
    assert "ingestion" not in recovery
