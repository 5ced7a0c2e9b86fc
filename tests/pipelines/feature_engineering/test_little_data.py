"""Tables are made as far as they can be, and the calendar says what is missing."""

import pytest

from customer_behavior.pipelines.feature_engineering.pipeline import create_pipeline
from features import Features, make_events

pytestmark = [pytest.mark.slow, pytest.mark.default_line]

HOUR = [(user, "s", f"2019-10-01 00:{user:02}:00", "view", user, user % 3) for user in range(20)]
DAY = [
    (1, "s", "2019-10-01 00:00:00"),
    (1, "s", "2019-10-01 10:00:00", "cart"),
    (2, "t", "2019-10-01 23:00:00", "purchase"),
]
LITTLE = {
    "an hour": HOUR,
    "a day": DAY,
    "one event": HOUR[:1],
    "no price, brand or category": [
        (1, "s", "2019-10-01 00:00:00", "view", 1, 1, None, None, None)
    ],
    "no event": [],
}
ENOUGH = {
    "no purchase": "view",
    "one customer": "purchase",
}


@pytest.mark.parametrize("case", LITTLE)
def test_little_data_is_no_error(spark, case):
    features = Features(spark, make_events(spark, *LITTLE[case]))

    rows = {name: len_of(getattr(features, name)) for name in create_pipeline().all_outputs()}

    assert rows["event_features"] == len(LITTLE[case])
    assert rows["session_prefixes"] == 0
    calendar = features.snapshot_calendar
    unfilled = calendar[calendar["snapshot_date"].isna()]
    assert {"train", "validation", "test"} <= set(unfilled["role"])
    assert unfilled["reason"].notna().all()
    customers = {event[0] for event in LITTLE[case]}
    assert rows["customer_snapshots"] == len(customers)  # to be scored


@pytest.mark.parametrize("case", ENOUGH)
def test_weeks_of_one_kind_of_events_fill_all_roles(spark, case):
    events = [
        (1, f"s{day}", f"2019-{10 + day // 31}-{day % 31 + 1:02} 10:00:00", ENOUGH[case])
        for day in range(61)
    ]

    features = Features(spark, make_events(spark, *events))

    roles = {row.role for row in features.customer_snapshots.select("role").collect()}
    assert roles == {"train", "calibrate", "test", "score"}
    purchases = features.customer_snapshots.filter("purchased_next").count()
    assert (purchases == 0) == (case == "no purchase")
    assert features.category_days.count() == 61


def len_of(table):
    return len(table) if hasattr(table, "columns") and not hasattr(table, "rdd") else table.count()
