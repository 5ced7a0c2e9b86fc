from datetime import date

import pytest

from features import Features, feature_parameters, make_events

SMALL = {"history_days": 3, "horizon_days": 2, "step_days": 2}
ENDS = [(9, "first", "2019-10-01 00:00:00"), (9, "last", "2019-10-14 23:00:00")]
# Snapshots on 15 (score), 13 (test), 11 (validation), 9, 7, 5 (train).


def snapshots_of(spark, *events, outages=(), **customers):
    parameters = feature_parameters(calendar=SMALL, customers={"windows": [1, 3]} | customers)
    features = Features(spark, make_events(spark, *ENDS, *events), outages, parameters)
    rows = features.customer_snapshots.filter("user_id <> 9").collect()
    return {(row.user_id, row.snapshot_date.day): row for row in rows}


def test_a_customer_has_a_row_where_the_history_has_an_event(spark):
    rows = snapshots_of(spark, (1, "s", "2019-10-08 10:00:00"))

    assert {key: row.role for key, row in rows.items()} == {(1, 9): "train", (1, 11): "calibrate"}


def test_validation_is_split_by_a_hash_of_the_customer(spark):
    visits = [(user, "s", "2019-10-10 10:00:00") for user in range(100, 140)]

    roles = {
        user: row.role for (user, day), row in snapshots_of(spark, *visits).items() if day == 11
    }

    assert set(roles.values()) == {"select", "calibrate"}
    assert roles[100] == "calibrate"  # its md5 begins with f8


def test_windows_sum_the_days_before_and_labels_those_after(spark):
    row = snapshots_of(
        spark,
        (1, "s", "2019-10-06 10:00:00", "cart", 1, 10, "a.b", "x", 5.0),
        (1, "s", "2019-10-08 23:59:59", "view", 2, 11, "a.b", "x", 5.0),
        (1, "s", "2019-10-09 00:00:00", "purchase", 2, 11, "a.b", "x", 8.0),
        (1, "s", "2019-10-10 23:59:59", "purchase", 2, 11, "a.b", "x", 9.0),
        (1, "s", "2019-10-11 00:00:00", "purchase", 2, 11, "a.b", "x", 99.0),
    )[1, 9]

    assert (row.views_1, row.carts_1, row.active_days_1, row.categories_1) == (1, 0, 1, 1)
    assert (row.views_3, row.carts_3, row.active_days_3, row.categories_3) == (1, 1, 2, 2)
    assert (row.carts_not_bought_3, row.purchases_3, row.revenue_3) == (1, 0, 0.0)
    assert (row.purchased_next, row.spend_next) == (True, 17.0)
    assert row.days_since_view == pytest.approx(1 / 86_400)
    assert row.days_since_cart == pytest.approx(2 + 14 / 24)
    assert row.days_since_purchase == 3  # none in the history


def test_what_is_to_come_of_the_newest_snapshot_is_null(spark):
    row = snapshots_of(spark, (1, "s", "2019-10-14 10:00:00"))[1, 15]

    assert (row.role, row.purchased_next, row.spend_next) == ("score", None, None)


def test_purchases_are_counted_by_the_time_in_which_they_could_be_seen(spark):
    outage = ("2019-10-07 12:00:00", "2019-10-09 00:00:00")
    row = snapshots_of(
        spark,
        (1, "s", "2019-10-06 10:00:00", "purchase", 1, 10, "a.b", "x", 6.0),
        (1, "s", "2019-10-08 10:00:00"),
        outages=[outage],
    )[1, 9]

    assert (row.purchase_observable_share_1, row.purchase_observable_share_3) == (0.0, 0.5)
    assert (row.purchases_per_day_1, row.revenue_per_day_1) == (0.0, 0.0)
    assert row.purchases_per_day_3 == pytest.approx(1 / 1.5)
    assert row.revenue_per_day_3 == pytest.approx(6 / 1.5)


def test_rates_are_drawn_to_that_of_all(spark):
    # Before the first train snapshot, 2019-10-05: two views (one of user 9) and one cart.
    row = snapshots_of(
        spark,
        (2, "r", "2019-10-02 10:00:00"),
        (2, "r", "2019-10-02 10:01:00", "cart"),
        (1, "s", "2019-10-08 10:00:00"),
        smoothing_events=20,
    )[1, 9]

    assert row.view_to_cart_rate == pytest.approx((0 + 20 * 0.5) / (1 + 20))
    assert row.cart_to_purchase_rate == 0


def test_the_long_run_is_counted_by_the_days_within_the_data(spark):
    rows = snapshots_of(
        spark,
        (1, "a", "2019-10-03 23:59:59", "purchase"),
        (1, "b", "2019-10-04 00:00:00", "view"),
        (1, "b", "2019-10-04 10:00:00", "cart"),
        (1, "c", "2019-10-08 10:00:00", "view"),
        (1, "c", "2019-10-08 10:01:00", "view"),
        (1, "d", "2019-10-08 23:59:59", "purchase"),
        (1, "e", "2019-10-09 00:00:00", "purchase"),
        long_run_days=5,
        smoothing_events=20,
    )

    # Before 10-05 there are two views (one of user 9) and one purchase.
    assert long_run_of(rows[1, 9]) == pytest.approx((3 / 5, 3 / 5, 1 / 5, 1 / 5, 11 / 23))
    assert long_run_of(rows[1, 5]) == pytest.approx((2 / 4, 1 / 4, 1 / 4, 1 / 4, 11 / 21))


def test_days_without_records_of_purchases_are_no_days_without_purchases(spark):
    row = snapshots_of(
        spark,
        (1, "a", "2019-10-04 10:00:00", "purchase"),
        (1, "b", "2019-10-06 10:00:00", "view"),
        outages=[("2019-10-01 12:00:00", "2019-10-04 06:00:00"), ("2019-10-08", "2019-10-09")],
        long_run_days=5,
    )[1, 9]

    assert row.long_run_views_per_day == 1 / 5
    assert row.long_run_purchases_per_day == 1 / (5 - 0.25 - 1)


def test_a_long_run_in_which_no_purchase_could_be_seen_has_none(spark):
    outage = ("2019-10-01", "2019-10-09")
    row = snapshots_of(spark, (1, "b", "2019-10-06 10:00:00", "view"), outages=[outage])[1, 9]

    assert row.long_run_purchases_per_day == 0


def long_run_of(row):
    return (
        row.long_run_sessions_per_day, row.long_run_views_per_day, row.long_run_carts_per_day,
        row.long_run_purchases_per_day, row.long_run_conversion,
    )  # fmt: skip


def test_what_lies_before_the_history_counts_in_the_long_run_only(spark):
    recent = (1, "s", "2019-10-08 10:00:00", "view", 1, 10, "a.b", "x", 5.0)
    old = [
        (1, "old", f"2019-10-05 {hour}:00:00", kind, 2, 11, "c.d", "y", 50.0)
        for hour, kind in enumerate(["view", "cart", "purchase"], start=20)
    ]

    alone = snapshots_of(spark, recent, bot_events_per_day=3)[1, 9].asDict()
    row = snapshots_of(spark, recent, *old, bot_events_per_day=3)[1, 9].asDict()

    changed = {name for name in row if row[name] != alone[name]}
    assert {name for name in changed if not name.startswith("long_run_")} == set()
    assert row["long_run_purchases_per_day"] == 1 / 8


def test_a_long_run_shorter_than_the_history_is_an_error():
    with pytest.raises(ValueError, match="long_run_days has 13 days"):
        feature_parameters(customers={"long_run_days": 13})


def test_the_favourite_is_that_of_the_busiest_day_and_the_hour_a_mean_on_the_clock(spark):
    row = snapshots_of(
        spark,
        (1, "s", "2019-10-07 23:00:00", "view", 1, 10, "a.b", "x", 10.0),
        (1, "s", "2019-10-07 23:00:01", "view", 1, 10, "a.b", "x", 10.0),
        (1, "t", "2019-10-08 02:00:00", "view", 2, 11, "c.d", "y", 20.0),
        (1, "t", "2019-10-08 02:30:00", "view", 3, 12, "c.e", "z", 20.0),
        (1, "t", "2019-10-09 02:30:00", "view", 3, 12, "later", "later", 20.0),
    )[1, 9]

    assert (row.favourite_category, row.favourite_brand) == ("a.b", "x")
    assert row.usual_hour == pytest.approx(0.5)
    # The events of user 9 before the first train snapshot cost 5: the usual price of all.
    assert row.price_level == pytest.approx((2 + 2 + 4 + 4) / 4)
    assert row.snapshot_date == date(2019, 10, 9)
