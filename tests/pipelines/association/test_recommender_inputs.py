from datetime import datetime

import pytest

from association import association_parameters
from customer_behavior.pipelines.association.recommender_inputs import (
    build_bought_products,
    build_customer_interests,
    build_product_interactions,
    build_product_popularity,
    find_relevant_products,
)
from customer_behavior.pipelines.association.rivals import (
    fit_als,
    fit_item_neighbours,
    small_id,
)
from recommendations import (
    BOUGHT,
    CALENDAR,
    FEATURES,
    INTERACTIONS,
    SCORE,
    SESSIONS,
    TEST,
    VALIDATION,
    make_calendar,
    make_event_features,
    make_interests,
    make_snapshots,
)

SETTINGS = association_parameters(
    recommendations={
        "event_weights": {"view": 1, "cart": 4, "purchase": 10},
        "price_bounds": [0.6, 0.85, 1.15, 1.6],
        "smoothing_events": 10,
        "products_per_customer": 2,
        "neighbours": 1,
        "evaluated_customers": 2,
        "als": {"products": 9, "rank": 2, "max_iter": 2, "reg_param": 0.1, "alpha": 10},
    }
)
TWO_CLASSES = association_parameters(
    recommendations={"price_bounds": [1.0], "smoothing_events": 10}
)


def rows_of(table, *names):
    return sorted(tuple(row) for row in table.select(*names).collect())


def interests_of(spark, events, *snapshots, calendar=CALENDAR):
    return build_customer_interests(
        make_event_features(spark, *events),
        make_snapshots(spark, *snapshots),
        calendar,
        SETTINGS,
        FEATURES,
    )


def test_events_weigh_by_their_type(spark):
    events = [
        (1, "2019-10-20 10:00:00", "view", 7, "a.b"),
        (1, "2019-10-20 10:00:40", "view", 7, "a.b"),
        (1, "2019-10-20 10:01:00", "cart", 7, "a.b"),
        (1, "2019-10-21 18:00:00", "purchase", 7, "a.b"),
        (1, "2019-10-21 18:05:00", "view", 8, "a.c"),
    ]

    found = interests_of(spark, events, (1, SCORE, "score", 1.0))

    assert found.columns == [
        "user_id", "snapshot_date", "role", "price_class", "product_id", "category", "weight",
        "last_event_at",
    ]  # fmt: skip
    assert rows_of(found, *found.columns) == [
        (1, SCORE, "score", 2, 7, "a.b", 16.0, datetime(2019, 10, 21, 18, 0)),
        (1, SCORE, "score", 2, 8, "a.c", 1.0, datetime(2019, 10, 21, 18, 5)),
    ]


def test_only_the_days_of_the_history_count(spark):
    events = [
        (1, "2019-10-14 23:59:59", "view", 1),
        (1, "2019-10-15 00:00:00", "view", 2),
        (1, "2019-10-28 23:59:59", "view", 3),
        (1, "2019-10-29 00:00:00", "view", 4),
    ]

    found = interests_of(spark, events, (1,))

    assert rows_of(found, "product_id") == [(2,), (3,)]


def test_each_snapshot_has_its_own_history(spark):
    events = [(1, "2019-10-14 10:00:00", "view", 1), (1, "2019-10-15 10:00:00", "view", 2)]
    snapshots = [(1, VALIDATION, "select"), (1, TEST, "test"), (1, SCORE, "score")]

    found = interests_of(spark, events, *snapshots)

    assert rows_of(found, "role", "product_id") == [
        ("score", 2), ("select", 1), ("test", 1), ("test", 2),
    ]  # fmt: skip


def test_bots_have_no_interests(spark):
    events = [(1, "2019-10-20 10:00:00"), (2, "2019-10-20 10:00:00")]

    found = interests_of(
        spark, events, (1, SCORE, "score", 1.0, False), (2, SCORE, "score", 1.0, True)
    )

    assert rows_of(found, "user_id") == [(1,)]


def test_a_product_without_category_code_is_of_its_category_id(spark):
    events = [
        (1, "2019-10-20 10:00:00", "view", 7, "unknown", 2053013555631882655),
        (1, "2019-10-20 10:00:00", "view", 8, "a.b", 2053013555631882655),
    ]

    found = interests_of(spark, events, (1,))

    assert rows_of(found, "product_id", "category") == [(7, "2053013555631882655"), (8, "a.b")]


def test_a_customer_is_of_the_price_class_that_the_bounds_say(spark):
    levels = {1: 0.3, 2: 0.6, 3: 0.61, 4: 1.0, 5: 1.15, 6: 1.5, 7: 1.7}
    events = [(user, "2019-10-20 10:00:00") for user in levels]
    snapshots = [(user, SCORE, "score", level) for user, level in levels.items()]

    found = interests_of(spark, events, *snapshots)

    # A level that is a bound is in the class below it.
    assert rows_of(found, "user_id", "price_class") == [
        (1, 0), (2, 0), (3, 1), (4, 2), (5, 2), (6, 3), (7, 4),
    ]  # fmt: skip


def test_the_shares_of_a_class_are_drawn_to_those_of_all(spark):
    interests = make_interests(
        spark,
        # user, product, category, weight, price class
        (1, 1, "a", 6, 0),
        (2, 2, "a", 2, 0),
        (3, 2, "a", 4, 1),
        (3, 3, "b", 10, 1),
    )

    found = build_product_popularity(interests, TWO_CLASSES)

    # Of category a, products 1 and 2 have 6 of 12 each: as if 5 of 10 more events were theirs.
    # All events weigh 22.
    shares = found.selectExpr(
        "product_id", "category", "class_shares[0]", "class_shares[1]", "overall_share"
    )
    assert rows_of(shares, "*") == [
        (1, "a", pytest.approx(11 / 18), pytest.approx(5 / 14), pytest.approx(6 / 22)),
        (2, "a", pytest.approx(7 / 18), pytest.approx(9 / 14), pytest.approx(6 / 22)),
        (3, "b", pytest.approx(1.0), pytest.approx(1.0), pytest.approx(10 / 22)),
    ]
    assert rows_of(found, "product_id", "category_rank", "overall_rank") == [
        (1, 1, 2), (2, 2, 3), (3, 1, 1),
    ]  # fmt: skip


def test_shares_sum_to_one_at_each_snapshot(spark):
    interests = make_interests(
        spark,
        # user, product, category, weight, price class, snapshot
        (1, 1, "a", 6, 0, TEST),
        (1, 2, "a", 1, 0, TEST),
        (2, 3, "a", 3, 1, TEST),
        (2, 4, "b", 2, 1, TEST),
        (1, 2, "a", 5, 0, SCORE),
        (1, 5, "b", 5, 0, SCORE),
        (2, 4, "b", 7, 1, SCORE),
    )

    found = build_product_popularity(interests, TWO_CLASSES).toPandas()

    for number in (0, 1):
        of_class = found["class_shares"].str[number]
        shares = of_class.groupby([found["snapshot_date"], found["category"]]).sum()
        assert shares.tolist() == pytest.approx([1] * 4)
    overall = found.groupby("snapshot_date")["overall_share"].sum()
    assert overall.tolist() == pytest.approx([1, 1])
    at_test = found[found["snapshot_date"] == TEST]
    assert at_test.set_index("product_id")["overall_rank"].to_dict() == {1: 1, 3: 2, 4: 3, 2: 4}


def test_a_product_that_was_in_two_categories_is_one_product(spark):
    interests = make_interests(spark, (1, 7, "a", 6), (2, 7, "b", 2), (2, 8, "b", 3))

    found = build_product_popularity(interests, TWO_CLASSES)

    # Most of the events of product 7 were in category a.
    assert rows_of(found, "product_id", "category") == [(7, "a"), (8, "b")]


def test_events_without_weight_say_nothing(spark):
    weights = {"view": 0, "cart": 4, "purchase": 10}
    settings = association_parameters(recommendations={"event_weights": weights})
    events = make_event_features(
        spark, (1, "2019-10-10 10:00:00", "view", 1), (1, "2019-10-10 10:00:00", "cart", 2)
    )

    interactions = build_product_interactions(events, nobody(spark), CALENDAR, settings)

    assert rows_of(interactions, "product_id", "weight") == [(2, 4.0)]


def test_a_weight_of_no_known_event_is_refused():
    with pytest.raises(ValueError, match="views"):
        association_parameters(recommendations={"event_weights": {"views": 1}})


def test_what_was_bought_on_any_day_before_the_snapshot_is_bought(spark):
    events = make_event_features(
        spark,
        (1, "2019-09-01 10:00:00", "purchase", 1),
        (1, "2019-09-02 10:00:00", "purchase", 1),
        (1, "2019-10-28 23:59:59", "purchase", 2),
        (1, "2019-10-29 00:00:00", "purchase", 3),
        (1, "2019-10-20 10:00:00", "cart", 4),
    )

    found = build_bought_products(events, make_calendar(score=SCORE))

    assert rows_of(found, "user_id", "snapshot_date", "product_id") == [
        (1, SCORE, 1), (1, SCORE, 2),
    ]  # fmt: skip


def relevant_of(spark, events, *interests, bought=(), settings=SETTINGS):
    return find_relevant_products(
        make_event_features(spark, *events),
        make_interests(spark, *interests),
        spark.createDataFrame(list(bought), BOUGHT),
        CALENDAR,
        settings,
        FEATURES,
    )


def test_purchases_within_the_horizon_are_relevant(spark):
    events = [
        (1, "2019-10-21 23:59:59", "purchase", 1),
        (1, "2019-10-22 00:00:00", "purchase", 2, "unknown", 55),
        (1, "2019-10-22 10:00:00", "view", 3),
        (1, "2019-10-28 23:59:59", "purchase", 4, "a.b"),
        (1, "2019-10-28 23:59:59", "purchase", 4, "a.b"),
        (1, "2019-10-29 00:00:00", "purchase", 5),
    ]
    history = [(1, 8, "a", 1, 0, TEST, "test"), (1, 9, "a", 1, 0, TEST, "test")]

    found = relevant_of(spark, events, *history)

    assert rows_of(found, *found.columns) == [
        (1, TEST, "test", 2, "55", 2, False),
        (1, TEST, "test", 4, "a.b", 2, False),
    ]


def test_only_customers_with_a_history_have_relevant_products(spark):
    events = [(user, "2019-10-23 10:00:00", "purchase", 1) for user in (1, 2)]

    # Customer 2 has one before another snapshot only.
    found = relevant_of(
        spark, events, (1, 8, "a", 1, 0, TEST, "test"), (2, 8, "a", 1, 0, SCORE, "score")
    )

    assert rows_of(found, "user_id") == [(1,)]


def test_those_who_calibrate_have_no_relevant_products(spark):
    events = [(user, "2019-10-16 10:00:00", "purchase", 1) for user in (1, 2)]

    found = relevant_of(
        spark,
        events,
        (1, 8, "a", 1, 0, VALIDATION, "select"),
        (2, 8, "a", 1, 0, VALIDATION, "calibrate"),
    )

    assert rows_of(found, "user_id", "role") == [(1, "select")]


def test_what_had_been_bought_before_is_flagged(spark):
    events = [(1, "2019-10-23 10:00:00", "purchase", product) for product in (1, 2, 3)]

    found = relevant_of(
        spark,
        events,
        (1, 8, "a", 1, 0, TEST, "test"),
        bought=[(1, TEST, 1), (1, SCORE, 2), (2, TEST, 3)],
    )

    assert rows_of(found, "product_id", "is_rebought") == [(1, True), (2, False), (3, False)]


def test_some_customers_of_each_role_are_evaluated_with_all_they_bought(spark):
    events = [
        (user, f"2019-10-{day} 10:00:00", "purchase", product)
        for user in range(1, 6)
        for product in (1, 2)
        for day in (16, 23)
    ]
    history = [
        (user, 8, "a", 1, 0, day, role)
        for user in range(1, 6)
        for day, role in ((VALIDATION, "select"), (TEST, "test"))
    ]

    found = relevant_of(spark, events, *history).toPandas()

    # At most 2 by the parameters of these tests.
    bought = found.groupby(["role", "user_id"])["product_id"].apply(sorted)
    assert bought.groupby("role").size().to_dict() == {"select": 2, "test": 2}
    assert bought.tolist() == [[1, 2]] * 4


#: What nobody knows at a snapshot: another thousand purchases of known and of new products.
ABSURD = [
    (user, f"2019-10-{day} {time}", kind, product, "absurd", 99)
    for user in (1, 2, 3)
    for product in (1, 2, 99)
    for kind in ("view", "cart", "purchase")
    for day, time in ((15, "00:00:00"), (22, "00:00:00"), (29, "00:00:00"), (30, "10:00:00"))
]
EVENTS = [
    (1, "2019-10-10 10:00:00", "view", 1, "a.b"),
    (1, "2019-10-14 10:00:00", "purchase", 1, "a.b"),
    (2, "2019-10-14 23:59:59", "cart", 2, "a.c"),
    (2, "2019-10-21 23:59:59", "purchase", 3, "a.c"),
    (1, "2019-10-28 23:59:59", "purchase", 4, "a.b"),
]


def made_of(spark, events):
    """Rows of all tables that are made of what happened before snapshots, by snapshot."""
    days = (VALIDATION, TEST, SCORE)
    snapshots = [(user, day, "test") for user in (1, 2, 3) for day in days]
    interests = interests_of(spark, events, *snapshots).localCheckpoint()
    tables = [
        interests,
        build_product_popularity(interests, SETTINGS),
        build_bought_products(make_event_features(spark, *events), CALENDAR),
    ]
    rows = [[row.asDict() for row in table.collect()] for table in tables]
    return {
        day: [sorted(str(row) for row in of if row["snapshot_date"] == day) for of in rows]
        for day in days
    }


@pytest.fixture(scope="module")
def known(spark):
    return made_of(spark, EVENTS)


@pytest.mark.parametrize("snapshot", [VALIDATION, TEST, SCORE])
def test_what_happens_from_the_snapshot_on_changes_nothing(spark, known, snapshot):
    later = [event for event in ABSURD if event[1] >= str(snapshot)]

    assert all(known[snapshot])
    assert made_of(spark, [*EVENTS, *later])[snapshot] == known[snapshot]


def test_rivals_learn_nothing_from_validation_on(spark):
    later = [event for event in ABSURD if event[1] >= str(VALIDATION)]
    bots = [(user, datetime(2019, 10, 15), True) for user in (1, 2, 3)]

    def learned_from(events, sessions=()):
        found = build_product_interactions(
            make_event_features(spark, *events),
            spark.createDataFrame(list(sessions), SESSIONS),
            CALENDAR,
            SETTINGS,
        )
        return rows_of(found, "*")

    assert learned_from(EVENTS) == [(1, 1, 11.0), (2, 2, 4.0)]
    assert learned_from([*EVENTS, *later], bots) == [(1, 1, 11.0), (2, 2, 4.0)]


def nobody(spark):
    return spark.createDataFrame([], SESSIONS)


def test_rivals_learn_from_the_strongest_products_of_a_customer(spark):
    events = make_event_features(
        spark,
        (1, "2019-10-10 10:00:00", "view", 3),
        (1, "2019-10-10 10:00:00", "view", 2),
        (1, "2019-10-10 10:00:00", "cart", 4),
        (2, "2019-10-10 10:00:00", "view", 3),
    )

    found = build_product_interactions(events, nobody(spark), CALENDAR, SETTINGS)

    # Two of each customer, by the parameters of these tests.
    assert rows_of(found, "user_id", "product_id", "weight") == [
        (1, 2, 1.0), (1, 4, 4.0), (2, 3, 1.0),
    ]  # fmt: skip


def test_rivals_learn_nothing_from_bots(spark):
    events = make_event_features(
        spark, (1, "2019-10-10 10:00:00"), (2, "2019-10-10 10:00:00"), (2, "2019-10-11 10:00:00")
    )
    day = datetime(2019, 10, 10)
    sessions = spark.createDataFrame([(1, day, False), (2, day, False), (2, day, True)], SESSIONS)

    found = build_product_interactions(events, sessions, CALENDAR, SETTINGS)

    assert rows_of(found, "user_id") == [(1,)]


def test_without_snapshots_there_is_nothing_to_recommend_from(spark):
    calendar = make_calendar()
    events = [(1, "2019-10-10 10:00:00", "purchase", 1)]
    features = make_event_features(spark, *events)

    interests = interests_of(spark, events, (1,), calendar=calendar)
    bought = build_bought_products(features, calendar)
    relevant = find_relevant_products(features, interests, bought, calendar, SETTINGS, FEATURES)
    interactions = build_product_interactions(features, nobody(spark), calendar, SETTINGS)

    assert interests.isEmpty()
    assert build_product_popularity(interests, SETTINGS).isEmpty()
    assert bought.isEmpty()
    assert relevant.isEmpty()
    assert rows_of(interactions, "product_id", "weight") == [(1, 10.0)]


def test_products_are_neighbours_by_the_cosine_of_their_weights(spark):
    interactions = spark.createDataFrame(
        [
            (1, 7, 3.0), (1, 8, 4.0), (2, 7, 4.0), (2, 8, 3.0),
            # Customer 2 alone looked at 8 and at 9.
            (2, 9, 1.0), (3, 9, 1.0), (4, 10, 1.0),
        ],
        INTERACTIONS,
    )  # fmt: skip

    found = fit_item_neighbours(interactions, SETTINGS)

    # (3 * 4 + 4 * 3) / (5 * 5)
    assert rows_of(found, "product_id", "neighbour_id", "similarity") == [
        (7, 8, pytest.approx(24 / 25)), (8, 7, pytest.approx(24 / 25)),
    ]  # fmt: skip


def test_only_the_nearest_neighbours_are_kept(spark):
    interactions = spark.createDataFrame(
        [
            *((customer, 7, 1.0) for customer in (1, 2, 3, 4)),
            *((customer, 8, 1.0) for customer in (1, 2)),
            *((customer, 9, 1.0) for customer in (1, 3, 4)),
        ],
        INTERACTIONS,
    )

    found = fit_item_neighbours(interactions, SETTINGS)

    # One of each, by the parameters of these tests: 7 is with 9 more often than with 8.
    assert rows_of(found, "product_id", "neighbour_id") == [(7, 9), (8, 7), (9, 7)]


def test_als_without_rows_has_no_stages(spark):
    model = fit_als(spark.createDataFrame([], INTERACTIONS), SETTINGS)

    assert model.stages == []


def test_als_learns_customers_and_products_with_large_ids(spark):
    interactions = spark.createDataFrame(
        [(5_000_000_000, 6_000_000_000, 1.0), (705_032_704, 6_000_000_000, 1.0)], INTERACTIONS
    )

    (als,) = fit_als(interactions, SETTINGS).stages

    # The second id is what is left of the first in 32 bits.
    assert als.userFactors.count() == 2
    assert als.itemFactors.count() == 1


def test_als_learns_the_products_with_the_most_weight(spark):
    interactions = spark.createDataFrame(
        [(1, 101, 5.0), (2, 101, 1.0), (1, 102, 3.0), (2, 102, 3.0), (3, 103, 5.0)], INTERACTIONS
    )
    few = SETTINGS.recommendations.als.model_copy(update={"products": 2})
    settings = association_parameters(recommendations={"als": few.model_dump()})

    (als,) = fit_als(interactions, settings).stages

    # Customer 3 has looked at 103 alone, whose weight is five; those of the others are six.
    assert als.itemFactors.count() == 2
    assert sorted(row.id for row in als.userFactors.select("id").collect()) == ids_of(spark, 1, 2)


def ids_of(spark, *users):
    rows = spark.createDataFrame([(user,) for user in users], "user_id long")
    return sorted(row.id for row in rows.select(small_id("user_id").alias("id")).collect())
