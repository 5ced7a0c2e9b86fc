import pytest

from customer_behavior.pipelines.exploration.session_counts import (
    count_sessions,
    count_shared_sessions,
    measure_sessions,
)

BUY = ("2019-10-07 09:00:00", "purchase", "kids.toys", "lego", 20.0)  # a Monday
VIEW = ("2019-10-07 09:00:00", "view", "kids.toys", "lego", 20.0)
CART = ("2019-10-07 09:00:00", "cart", "kids.toys", "lego", 20.0)


@pytest.mark.parametrize(
    ("events", "path"),
    [
        ([VIEW], "view_only"),
        ([VIEW, CART], "view_cart"),
        ([CART], "cart_without_view"),
        ([VIEW, BUY], "view_buy"),
        ([VIEW, CART, BUY], "view_cart_buy"),
        ([BUY], "buy_without_view"),
        ([CART, BUY], "buy_without_view"),
    ],
)
def test_a_path_is_what_a_visit_has_of_each_type(
    make_events, make_sessions, make_outages, events, path
):
    sessions = make_sessions(make_events(*((1, "a", *event) for event in events)))

    table = count_sessions(sessions, make_outages())

    assert set(table["path"]) == {path}


def test_each_dimension_counts_each_visit_once(make_events, make_sessions, make_outages):
    sessions = make_sessions(make_events((1, "a", *BUY), (2, "b", *BUY)))

    table = count_sessions(sessions, make_outages())

    assert table[["dimension", "item", "sessions", "revenue"]].to_numpy().tolist() == [
        ["all", "all", 2, 40.0],
        ["main_brand", "lego", 2, 40.0],
        ["main_category", "kids.toys", 2, 40.0],
        ["week", "2019-10-07", 2, 40.0],
        ["week_hour", "1 9", 2, 40.0],
    ]


@pytest.mark.parametrize(
    ("outage", "is_observable"),
    [
        (("2019-10-07 08:00:00", "2019-10-07 09:00:00"), True),  # ends as the visit begins
        (("2019-10-07 08:00:00", "2019-10-07 09:00:01"), False),
        (("2019-10-07 09:30:00", "2019-10-07 09:40:00"), False),
        (("2019-10-07 10:00:00", "2019-10-07 11:00:00"), True),  # begins as the visit ends
    ],
)
def test_a_visit_in_an_outage_is_not_observable(
    make_events, make_sessions, make_outages, outage, is_observable
):
    later = ("2019-10-07 10:00:00", *VIEW[1:])
    sessions = make_sessions(make_events((1, "a", *VIEW), (1, "a", *later)))

    table = count_sessions(sessions, make_outages(outage, ("2019-12-01", "2019-12-02")))

    assert set(table["is_observable"]) == {is_observable}
    assert set(table["sessions"]) == {1}


def test_percentiles_are_exact_and_leave_suspected_bots_out(spark, parameters):
    rows = [(n, 0, 0, 1, 10 * n, False) for n in range(1, 102)] + [(5000, 0, 0, 1, 0, True)]
    names = "views long, carts long, purchases long, products long, active_seconds long"
    sessions = spark.createDataFrame(rows, f"{names}, is_suspected_bot boolean")

    table = measure_sessions(sessions, parameters(percentiles=[0.5, 0.9]))

    assert table.columns.tolist() == [
        "measure", "visits", "sessions", "mean", "p50", "p90", "largest",
    ]  # fmt: skip
    rows = table.to_numpy().tolist()
    assert ["active_seconds", "all", 101, 510.0, 510.0, 910.0, 1010] in rows
    assert ["events", "without purchase", 101, 51.0, 51.0, 91.0, 101] in rows
    assert "with purchase" not in set(table["visits"])


def test_a_session_id_of_two_customers_is_shared(make_events, make_sessions):
    sessions = make_sessions(make_events((1, "a", *VIEW), (2, "a", *VIEW), (1, "b", *VIEW)))

    table = count_shared_sessions(sessions)

    assert table.to_numpy().tolist() == [["2019-10", 2, 1]]
