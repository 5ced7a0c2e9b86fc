import pandas as pd

from customer_behavior.pipelines.exploration.activity import (
    find_shopping_hours,
    summarise_days,
    summarise_months,
)

# day, event type, hour, events, events with a price, sum of prices
COLUMNS = ["event_date", "event_type", "item", "events", "priced_events", "amount"]


def hourly(*rows):
    return pd.DataFrame(rows, columns=COLUMNS).assign(dimension="hour")


TWO_DAYS = hourly(
    ("2019-10-31", "view", "18", 6, 5, 50.0),
    ("2019-10-31", "purchase", "20", 2, 2, 30.0),
    ("2019-11-01", "view", "5", 4, 0, 0.0),
)


def test_a_month_has_a_row_for_each_event_type_and_all_months_have_one():
    table = summarise_months(TWO_DAYS)

    expected = pd.DataFrame(
        [
            ("2019-10", "purchase", 2, 0.25, 2, 30.0, 15.0),
            ("2019-10", "view", 6, 0.75, 5, 50.0, 10.0),
            ("2019-11", "view", 4, 1.0, 0, 0.0, None),
            ("all", "purchase", 2, 2 / 12, 2, 30.0, 15.0),
            ("all", "view", 10, 10 / 12, 5, 50.0, 10.0),
        ],
        columns=table.columns,
    )
    pd.testing.assert_frame_equal(table, expected)


def test_a_day_is_observed_from_the_first_hour_of_the_data_to_the_last(make_outages):
    table = summarise_days(TWO_DAYS, make_outages())

    assert table.to_numpy().tolist() == [
        ["2019-10-31", "2019-10", "2019-10-28", 6, 0, 2, 30.0, 6.0, 0.0],
        ["2019-11-01", "2019-11", "2019-10-28", 4, 0, 0, 0.0, 6.0, 0.0],
    ]


def test_an_outage_counts_to_the_days_that_it_covers_within_the_data(make_outages):
    outages = make_outages(
        ("2019-10-31 12:00:00", "2019-10-31 19:30:00"),  # of it 18:00 to 19:30 in the data
        ("2019-10-31 23:00:00", "2019-11-01 02:00:00"),
    )

    table = summarise_days(TWO_DAYS, outages)

    assert table["outage_hours"].tolist() == [2.5, 2.0]


def visits(*rows):
    names = ["item", "path", "sessions", "is_observable", "is_suspected_bot"]
    return pd.DataFrame(rows, columns=names).assign(dimension="week_hour", event_month="2019-10")


def test_an_hour_of_the_week_has_its_views_per_day_and_the_share_of_visits_that_buy(parameters):
    events = hourly(
        ("2019-10-07", "view", "9", 10, 10, 1.0),  # a Monday
        ("2019-10-14", "view", "9", 20, 20, 1.0),
        ("2019-10-14", "view", "10", 7, 7, 1.0),
        ("2019-10-14", "purchase", "11", 1, 1, 1.0),
    )
    sessions = visits(
        ("1 9", "view_only", 6, True, False),
        ("1 9", "view_buy", 1, True, False),
        ("1 9", "view_cart_buy", 1, True, False),
        ("1 9", "view_only", 100, False, False),
        ("1 9", "view_only", 100, True, True),
        ("1 10", "view_buy", 3, True, False),
    )

    table = find_shopping_hours(events, sessions, parameters(min_sessions=8))

    columns = ["day_of_week", "hour", "views", "days", "views_per_day", "sessions"]
    assert table[columns].to_numpy().tolist() == [[1, 9, 30, 2, 15, 8], [1, 10, 7, 1, 7, 3]]
    assert table["conversion"][0] == 0.25
    assert pd.isna(table["conversion"][1])  # fewer than eight visits
