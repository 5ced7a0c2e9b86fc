import pytest
import yaml

from conftest import PROJECT
from features import Features, feature_parameters, make_events

# user, session, time, type, product, category, code, brand, price
EVENTS = [
    (1, "s", "2019-10-01 10:00:00", "view", 1, 10, "a.b", "x", 4.0),
    (1, "s", "2019-10-01 10:01:00", "view", 1, 10, None, "y", 6.0),
    (1, "s", "2019-10-01 10:02:00", "view", 1, 10, "a.b", None, None),
    (1, "s", "2019-10-01 10:03:00", "view", 2, 10, None, "z", 20.0),
    (1, "s", "2019-10-01 10:04:00", "view", 2, 10, None, "z", None),
    (1, "s", "2019-10-01 10:05:00", "view", 2, 10, None, "z", None),
    (1, "s", "2019-10-01 10:06:00", "view", 3, 10, None, None, None),
    (1, "s", "2019-10-01 10:07:00", "view", 4, 11, None, None, None),
]


def values_of(features):
    return {(row.level, row.key): tuple(row[2:]) for row in features.imputation_values.collect()}


def test_modes_and_means_of_product_category_and_all(spark):
    values = values_of(Features(spark, make_events(spark, *EVENTS)))

    assert values == {
        ("product", 1): ("a.b", "x", 5.0),  # x and y came once each
        ("product", 2): (None, "z", 20.0),
        ("product", 3): (None, None, None),
        ("product", 4): (None, None, None),
        ("category", 10): ("a.b", "z", 10.0),
        ("category", 11): (None, None, None),
        ("global", None): ("unknown", "unknown", 10.0),
    }


def test_the_global_mode_is_that_of_the_values_that_are_there(spark):
    parameters = feature_parameters(imputation={"categorical": "global_mode"})
    features = Features(spark, make_events(spark, *EVENTS), parameters=parameters)

    # The most frequent category_code is null: six times, against two of a.b.
    assert values_of(features)["global", None] == ("a.b", "z", 10.0)
    filled = features.event_features.select("category_code", "brand").distinct().collect()
    assert {row.category_code for row in filled} == {"a.b"}
    assert {row.brand for row in filled} == {"x", "y", "z"}


def test_nulls_are_filled_from_the_product_else_its_category_else_from_all(spark):
    features = Features(spark, make_events(spark, *EVENTS)).event_features

    rows = features.orderBy("event_time").collect()
    assert [(row.category_code, row.brand, row.price) for row in rows] == [
        ("a.b", "x", 4.0),
        ("a.b", "y", 6.0),
        ("a.b", "x", 5.0),
        ("a.b", "z", 20.0),
        ("a.b", "z", 20.0),
        ("a.b", "z", 20.0),
        ("a.b", "z", 10.0),
        ("unknown", "unknown", 10.0),
    ]
    marks = ("category_was_missing", "brand_was_missing", "price_was_missing")
    assert [tuple(row[name] for name in marks) for row in rows[:3]] == [
        (False, False, False),
        (True, False, False),
        (False, True, True),
    ]
    assert [row.relative_price for row in rows[:4]] == [0.4, 0.6, 0.5, 2.0]
    assert [row.brand_frequency for row in rows] == [2, 1, 2, 4, 4, 4, 4, 1]
    assert rows[-1].category_frequency == 1


def test_time_is_told_by_hour_and_day_with_monday_first(spark):
    events = make_events(spark, (1, "s", "2019-10-06 23:59:59"), (1, "s", "2019-10-07 00:00:00"))

    rows = Features(spark, events).event_features.orderBy("event_time").collect()

    assert [(row.hour, row.day_of_week) for row in rows] == [(23, 7), (0, 1)]


def test_what_comes_after_the_reference_period_changes_no_fitted_value(spark):
    reference = [(user, f"s{user}", "2019-10-05 10:00:00") for user in range(3)]
    late = (1, "s", "2019-12-01 10:00:00", "view", 1, 10, "a.b", "x", 5.0)
    absurd = (1, "s", "2019-12-01 10:00:00", "purchase", 1, 10, "q", "q", 1e9)
    as_it_was = Features(spark, make_events(spark, *reference, late))
    altered = Features(spark, make_events(spark, *reference, absurd))

    assert values_of(as_it_was) == values_of(altered)
    assert as_it_was.frequencies.collect() == altered.frequencies.collect()
    assert as_it_was.reference_counts.count() == 1


def test_a_brand_that_was_never_seen_has_frequency_0(spark):
    events = make_events(
        spark,
        (1, "s", "2019-10-01 10:00:00"),
        (1, "s", "2019-12-01 10:00:00", "view", 1, 10, "c.d", "new", 5.0),
    )

    row = Features(spark, events).event_features.orderBy("event_time").collect()[-1]

    assert (row.brand_frequency, row.category_frequency) == (0, 0)
    assert row.relative_price == pytest.approx(1.0)


def test_the_catalog_lists_the_columns_of_event_features(spark):
    catalog = yaml.safe_load((PROJECT / "conf/base/catalog/feature_engineering.yml").read_text())
    listed = spark.createDataFrame([], catalog["event_features"]["load_args"]["schema"])

    made = Features(spark, make_events(spark, *EVENTS)).event_features

    assert listed.dtypes == made.dtypes
