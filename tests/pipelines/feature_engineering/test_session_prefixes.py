import pytest

from features import Features, feature_parameters, make_events

ENDS = [(9, "first", "2019-10-01 00:00:00"), (9, "last", "2019-10-25 23:00:00")]
CALENDAR = {"history_days": 3, "horizon_days": 2, "step_days": 20}
# One snapshot has enough history: 2019-10-06, which ends the reference period. Of the 20 days from
# it to the end of the data, training has 12 (to 10-18), validation 4 (to 10-22), test the rest.


def prefixes_of(spark, *events, outages=(), **prefixes):
    parameters = feature_parameters(
        calendar=CALENDAR, customers={"windows": [1, 3], "long_run_days": 7}, prefixes=prefixes
    )
    features = Features(spark, make_events(spark, *ENDS, *events), outages, parameters)
    rows = features.session_prefixes.filter("user_id <> 9").orderBy("user_id", "k").collect()
    return {(row.user_session, row.k): row for row in rows}


def test_each_beginning_of_a_visit_knows_its_events_and_no_more(spark):
    rows = prefixes_of(
        spark,
        (1, "s", "2019-10-10 10:00:00", "view", 1, 10, "a.b", "x", 5.0),
        (1, "s", "2019-10-10 10:00:30", "view", 2, 11, "c.d", "y", 7.0),
        (1, "s", "2019-10-10 10:02:00", "cart", 2, 11, "c.d", "y", 7.0),
        (1, "s", "2019-10-10 10:03:00", "purchase", 2, 11, "c.d", "y", 7.0),
        (1, "s", "2019-10-10 10:04:00", "view", 3, 12, "e.f", "z", 1.0),
    )

    assert set(rows) == {("s", 1), ("s", 2), ("s", 3)}  # the fifth event comes after a purchase
    first, third = rows["s", 1], rows["s", 3]
    assert (first.views, first.carts, first.seconds_since_last, first.products) == (1, 0, 0, 1)
    assert (third.views, third.carts, third.products, third.repeated_products) == (2, 1, 2, 1)
    assert (third.seconds_since_start, third.seconds_since_last) == (120, 90)
    assert (third.categories, third.same_product_streak) == (2, 2)
    assert (third.price, third.least_price, third.largest_price) == (7.0, 5.0, 7.0)
    assert (third.category_code, third.brand) == ("c.d", "y")
    assert {row.purchases_later for row in rows.values()} == {True}
    assert {row.role for row in rows.values()} == {"train"}


def test_events_of_one_second_have_an_order(spark):
    rows = prefixes_of(
        spark,
        (1, "s", "2019-10-10 10:00:00", "purchase", 1),
        (1, "s", "2019-10-10 10:00:00", "cart", 1),
        (1, "s", "2019-10-10 10:00:00", "view", 2),
        (1, "s", "2019-10-10 10:00:00", "view", 1),
    )

    third = rows["s", 3]
    assert (third.views, third.carts, third.same_product_streak) == (2, 1, 1)
    assert third.purchases_later
    assert ("s", 5) not in rows


@pytest.mark.parametrize(("hour", "counts"), [("10:00:00", True), ("10:00:01", False)])
def test_a_purchase_counts_for_a_day(spark, hour, counts):
    rows = prefixes_of(
        spark,
        (1, "s", "2019-10-10 10:00:00"),
        (1, "s", f"2019-10-11 {hour}", "purchase"),
    )

    assert rows["s", 1].purchases_later is counts


def test_the_past_is_that_of_the_days_before(spark):
    rows = prefixes_of(
        spark,
        (1, "old", "2019-10-06 10:00:00", "purchase", 1, 10, "a.b", "x", 50.0),
        (1, "past", "2019-10-07 10:00:00", "view"),
        (1, "past", "2019-10-08 10:00:00", "purchase", 1, 10, "a.b", "x", 9.0),
        (1, "same day", "2019-10-10 09:00:00", "purchase", 1, 10, "a.b", "x", 70.0),
        (1, "s", "2019-10-10 10:00:00"),
        (2, "new", "2019-10-10 10:00:00"),
    )

    row, new = rows["s", 1], rows["new", 1]
    assert (row.past_days, row.past_sessions, row.past_views, row.past_purchases) == (2, 2, 1, 1)
    assert (row.past_revenue, row.days_since_last_visit) == (9.0, 2)
    assert row.past_conversion == pytest.approx(1 / (1 + 20))  # nobody bought in the reference
    assert (new.past_days, new.past_purchases, new.days_since_last_visit) == (0, 0, 4)


def test_the_long_run_is_counted_by_the_days_within_the_data(spark):
    rows = prefixes_of(
        spark,
        (1, "older", "2019-10-02 23:59:59", "view"),
        (1, "old", "2019-10-03 00:00:00", "view"),
        (1, "old", "2019-10-03 10:00:00", "cart"),
        (1, "old", "2019-10-03 10:00:01", "purchase"),
        (1, "early", "2019-10-07 10:00:00", "view"),
        (1, "same day", "2019-10-10 09:00:00", "purchase"),
        (1, "s", "2019-10-10 10:00:00"),
        (2, "new", "2019-10-10 10:00:00"),
    )

    # In the reference period there are three views (one of user 9) and one purchase.
    smoothed = (1 + 20 / 3) / (2 + 20)
    assert long_run_of(rows["s", 1]) == pytest.approx((2 / 7, 2 / 7, 1 / 7, 1 / 7, smoothed))
    assert long_run_of(rows["early", 1]) == pytest.approx((2 / 6, 2 / 6, 1 / 6, 1 / 6, smoothed))
    assert long_run_of(rows["new", 1]) == pytest.approx((0, 0, 0, 0, 1 / 3))
    assert rows["s", 1].past_days == 1


def long_run_of(row):
    return (
        row.long_run_sessions_per_day, row.long_run_views_per_day, row.long_run_carts_per_day,
        row.long_run_purchases_per_day, row.long_run_conversion,
    )  # fmt: skip


def test_rows_whose_answer_is_not_known_are_left_out_and_counted(spark):
    outage = ("2019-10-14 00:00:00", "2019-10-15 00:00:00")
    visits = {
        "train": "2019-10-10 10:00:00",
        "before an outage": "2019-10-13 10:00:00",
        "after an outage": "2019-10-15 00:00:00",
        "crosses": "2019-10-17 10:00:00",
        "just not": "2019-10-17 00:00:00",
        "calibrate": "2019-10-20 10:00:00",
        "test": "2019-10-23 10:00:00",
        "at the end": "2019-10-25 10:00:00",
        "in the reference": "2019-10-05 23:59:59",
    }
    events = [(100, name, time) for name, time in visits.items()]
    parameters = feature_parameters(calendar=CALENDAR, customers={"windows": [1, 3]})
    features = Features(spark, make_events(spark, *ENDS[:1], *events), [outage], parameters)

    rows = features.session_prefixes.filter("user_id = 100").collect()

    assert {row.user_session: row.role or row.left_out for row in rows} == {
        "train": "train",
        "before an outage": "outage",
        "after an outage": "train",
        "crosses": "role boundary",
        "just not": "train",
        "calibrate": "calibrate",
        "test": "test",
        "at the end": "end of data",
    }
    counts = features.session_prefix_counts
    assert counts["rows"].sum() == len(rows)
    assert set(counts.loc[counts["role"].isna(), "left_out"]) == {
        "outage", "role boundary", "end of data",
    }  # fmt: skip
