import pandas as pd
import pytest

from customer_behavior.pipelines.exploration.customers import (
    measure_repeat_purchases,
    measure_retention,
    summarise_customers,
)

SCHEMA = (
    "user_id long, event_date string, views long, carts long, purchases long, sessions long, "
    "revenue double, is_suspected_bot boolean"
)


@pytest.fixture
def customer_days(spark):
    """Days from literal rows: customer, day, views, purchases."""

    def make(*rows):
        whole = [(user, day, v, 0, p, 1, 10.0 * p, False) for user, day, v, p in rows]
        table = spark.createDataFrame(whole, SCHEMA)
        return table.withColumn("event_date", table["event_date"].cast("date"))

    return make


def observed(first, last):
    dates = pd.date_range(first, last)
    mondays = dates - pd.to_timedelta(dates.dayofweek, unit="D")
    return pd.DataFrame(
        {
            "event_date": dates.strftime("%Y-%m-%d"),
            "week": mondays.strftime("%Y-%m-%d"),
            "observed_hours": 24.0,
        }
    )


def test_customers_are_classed_by_their_active_days(customer_days, parameters):
    days = customer_days(
        (1, "2019-10-01", 3, 0),
        (2, "2019-10-01", 4, 1),
        (2, "2019-10-02", 4, 1),
        (3, "2019-10-01", 1, 2),
        (3, "2019-10-02", 1, 0),
        (3, "2019-10-05", 1, 0),
    )

    table = summarise_customers(days, parameters(activity_days=[2, 3], percentiles=[0.5]))

    columns = ["active_days", "customers", "buyers", "repeat_buyers", "events", "p50", "revenue"]
    assert table[columns].to_numpy().tolist() == [
        ["1", 1, 0, 0, 3, 3.0, 0.0],
        ["2", 1, 1, 1, 10, 10.0, 20.0],
        ["3+", 1, 1, 0, 5, 5.0, 20.0],
        ["all", 3, 2, 1, 18, 5.0, 40.0],
    ]
    assert table["repeat_share"][3] == 0.5
    assert pd.isna(table["repeat_share"][0])


def test_a_second_purchase_counts_among_buyers_who_were_observed_long_enough(
    customer_days, parameters
):
    days = customer_days(
        (1, "2019-10-01", 1, 1),
        (1, "2019-10-08", 1, 1),  # after 7 days
        (2, "2019-10-01", 1, 3),  # three on one day are no second one
        (2, "2019-10-03", 1, 0),
        (3, "2019-10-02", 1, 1),
        (3, "2019-10-15", 1, 1),  # after 13 days
        (4, "2019-10-10", 1, 1),
        (4, "2019-10-11", 1, 1),  # after one day, but observed for five only
    )

    table = measure_repeat_purchases(
        days, observed("2019-10-01", "2019-10-15"), parameters(repeat_days=[7, 13, 30])
    )

    assert table[["within_days", "buyers", "bought_again"]].to_numpy().tolist() == [
        [7, 3, 1],
        [13, 3, 2],
        [30, 0, 0],
    ]
    assert table["share"].tolist()[:2] == [pytest.approx(1 / 3), pytest.approx(2 / 3)]
    assert pd.isna(table["share"][2])


def test_customers_return_in_the_weeks_after_their_first(customer_days, parameters):
    days = customer_days(
        (1, "2019-10-01", 1, 0),  # a Tuesday
        (1, "2019-10-06", 1, 0),  # the same week
        (1, "2019-10-14", 1, 1),
        (2, "2019-10-04", 1, 0),
        (3, "2019-10-08", 1, 0),
    )

    table = measure_retention(days, observed("2019-10-01", "2019-10-16"), parameters())

    columns = ["cohort", "weeks_later", "customers", "active", "share", "buyers", "observed_days"]
    assert table[columns].to_numpy().tolist() == [
        ["2019-09-30", 0, 2, 2, 1.0, 0, 6.0],
        ["2019-09-30", 2, 2, 1, 0.5, 1, 3.0],
        ["2019-10-07", 0, 1, 1, 1.0, 0, 7.0],
    ]
