import pandas as pd

from customer_behavior.pipelines.exploration.data_quality import check_data_quality

LEDGER = {
    "entries": [
        {
            "source_file": name,
            "event_month": "2019-10",
            "rows_read": 50,
            "rows_duplicate": {"cart": 2, "view": 1},
            "rows_quarantined": {"bad_price": 1},
        }
        for name in ("a.csv", "b.csv")
    ]
}


def test_what_is_missing_repeated_rejected_or_suspect_is_counted():
    events = pd.DataFrame(
        [
            ("2019-10-01", "view", "hour", "9", 10, 8),
            ("2019-10-01", "view", "brand", "unknown", 4, 2),
            ("2019-10-01", "view", "brand", "sony", 6, 6),
            ("2019-10-01", "view", "category_l1", "kids", 10, 8),
        ],
        columns=["event_date", "event_type", "dimension", "item", "events", "priced_events"],
    )
    sessions = pd.DataFrame(
        [
            ("2019-10", False, True, "all", 6),
            ("2019-10", True, True, "all", 1),
            ("2019-10", False, False, "all", 3),
            ("2019-10", False, False, "week", 10),
        ],
        columns=["event_month", "is_suspected_bot", "is_observable", "dimension", "sessions"],
    )
    shared = pd.DataFrame({"event_month": ["2019-10"], "session_ids": [20], "shared": [1]})

    table = check_data_quality(events, sessions, shared, LEDGER)

    assert table.to_numpy().tolist() == [
        ["brand missing", "2019-10", 4, 10, 0.4],
        ["category without name", "2019-10", 0, 10, 0.0],
        ["duplicate rows", "2019-10", 6, 100, 0.06],
        ["price 0", "2019-10", 2, 10, 0.2],
        ["rejected rows", "2019-10", 2, 100, 0.02],
        ["shared session ids", "2019-10", 1, 20, 0.05],
        ["visits in a purchase outage", "2019-10", 3, 10, 0.3],
        ["visits of suspected bots", "2019-10", 1, 10, 0.1],
    ]
