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
