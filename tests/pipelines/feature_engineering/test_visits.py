from datetime import date

import pytest

from features import Features, feature_parameters, make_events


def sessions_of(spark, *events, **customers):
    parameters = feature_parameters(customers=customers)
    features = Features(spark, make_events(spark, *events), parameters=parameters)
    return features.sessions.orderBy("user_id", "started_at").collect()


def days_of(spark, *events, **customers):
    parameters = feature_parameters(customers=customers)
    features = Features(spark, make_events(spark, *events), parameters=parameters)
    return features.customer_days.orderBy("user_id", "event_date").collect()


def test_a_visit_is_summed_up(spark):
    (session,) = sessions_of(
        spark,
        (1, "s", "2019-10-01 23:50:00", "view", 1, 10, "a.b", "x", 5.0),
        (1, "s", "2019-10-01 23:50:40", "view", 2, 10, "a.b", "y", 6.0),
        (1, "s", "2019-10-01 23:51:00", "cart", 2, 10, "a.b", "y", 6.0),
        (1, "s", "2019-10-02 00:01:00", "purchase", 2, 11, "c.d", "y", 6.5),
    )

    assert (session.views, session.carts, session.purchases, session.revenue) == (2, 1, 1, 6.5)
    assert (session.products, session.categories, session.brands) == (2, 2, 2)
    assert session.active_seconds == 40 + 20 + 600
    assert (session.main_category, session.main_brand) == ("a.b", "y")
    assert (session.hour, session.day_of_week, session.event_month) == (23, 2, "2019-10")


def test_a_pause_longer_than_the_cap_counts_as_the_cap(spark):
    (session,) = sessions_of(
        spark,
        (1, "s", "2019-10-01 10:00:00"),
        (1, "s", "2019-10-01 10:00:40"),
        (1, "s", "2019-10-03 09:00:00"),
        idle_seconds=1800,
    )

    assert session.active_seconds == 1840


def test_one_event_takes_no_time(spark):
    (session,) = sessions_of(spark, (1, "s", "2019-10-01 10:00:00"))

    assert (session.active_seconds, session.revenue) == (0, 0.0)


def test_a_session_id_shared_by_two_customers_is_two_visits(spark):
    sessions = sessions_of(spark, (1, "s", "2019-10-01 10:00:00"), (2, "s", "2019-10-01 10:00:10"))

    assert [(row.user_id, row.active_seconds) for row in sessions] == [(1, 0), (2, 0)]


def test_a_day_counts_the_visits_of_the_day_and_the_time_up_to_its_events(spark):
    first, second = days_of(
        spark,
        (1, "s", "2019-10-01 23:59:50"),
        (1, "s", "2019-10-02 00:00:10", "cart"),
        (1, "t", "2019-10-02 12:00:00", "purchase", 1, 10, "a.b", "x", 7.0),
    )

    assert (first.event_date, first.sessions, first.active_seconds) == (date(2019, 10, 1), 1, 0)
    assert (second.sessions, second.active_seconds, second.gaps) == (2, 20, 1)
    assert (second.views, second.carts, second.purchases, second.revenue) == (0, 1, 1, 7.0)
    assert second.last_view_at is None
    assert second.main_events == 2


def test_the_clock_goes_round(spark):
    (day,) = days_of(spark, (1, "s", "2019-10-01 18:00:00"), (1, "t", "2019-10-01 06:00:00"))

    assert day.hour_sin == pytest.approx(0, abs=1e-12)
    assert day.hour_cos == pytest.approx(0, abs=1e-12)


def a_quick_visit(user, day, events, seconds):
    minutes = [divmod(number * seconds, 60) for number in range(events)]
    return [(user, f"s{day}", f"2019-10-{day:02} 10:{m:02}:{s:02}") for m, s in minutes]


def test_many_quick_pauses_are_a_programs_from_the_day_that_shows_it(spark):
    program = a_quick_visit(1, 1, 11, 1) + a_quick_visit(1, 2, 11, 1) + a_quick_visit(1, 3, 2, 1)
    human = a_quick_visit(2, 1, 40, 30)

    days = days_of(spark, *program, *human, bot_gaps=20)

    flags = {(day.user_id, day.event_date.day): day.is_suspected_bot for day in days}
    assert flags == {(1, 1): False, (1, 2): True, (1, 3): True, (2, 1): False}


def test_a_visit_is_flagged_by_its_first_day(spark):
    program = a_quick_visit(1, 1, 22, 1)

    (session,) = sessions_of(spark, *program, bot_gaps=20)

    assert session.is_suspected_bot


def test_a_day_with_very_many_visits_is_a_programs(spark):
    visits = [(1, f"s{number}", f"2019-10-01 10:{number:02}:00") for number in range(6)]

    (day,) = days_of(spark, *visits, bot_sessions_per_day=6)

    assert day.is_suspected_bot


@pytest.mark.slow
def test_a_program_with_200000_events_in_one_visit_stalls_nothing(spark):
    numbers = spark.range(200_000)
    first = make_events(spark, (1, "s", "2019-11-20 00:00:00")).drop("event_time", "product_id")
    program = numbers.crossJoin(first).selectExpr(
        "CAST(unix_timestamp(TIMESTAMP '2019-11-20 00:00:00') + id AS TIMESTAMP) AS event_time",
        "id % 5000 AS product_id",
        "*",
    )
    ends = make_events(spark, (2, "a", "2019-10-01 00:00:00"), (2, "b", "2019-11-30 23:00:00"))
    features = Features(spark, ends.unionByName(program.select(ends.columns)))

    (session,) = features.sessions.filter("user_id = 1").collect()
    prefixes = features.session_prefixes.filter("user_id = 1").count()
    snapshots = features.customer_snapshots.filter("user_id = 1").count()

    assert (session.views, session.products, session.is_suspected_bot) == (200_000, 5000, True)
    assert (prefixes, snapshots) == (5, 2)
