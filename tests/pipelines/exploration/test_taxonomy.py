import pytest

from customer_behavior.pipelines.exploration.taxonomy import (
    count_taxonomy_transitions,
    list_taxonomy_changes,
    measure_taxonomy_drift,
)

SCHEMA = (
    "event_month string, product_id long, category_id long, category_code string, brand string, "
    "price double"
)


@pytest.fixture
def transitions_of(spark, parameters):
    def transitions(*rows, **changes):
        return count_taxonomy_transitions(
            spark.createDataFrame(rows, SCHEMA), parameters(**changes)
        )

    return transitions


def rows_of(table, entity, attribute):
    rows = table[(table["entity"] == entity) & (table["attribute"] == attribute)]
    return rows[["before", "after", "ids", "events"]].to_numpy().tolist()


def test_a_product_that_moves_to_another_category_is_found(transitions_of):
    table = transitions_of(
        ("2019-10", 1, 7, "electronics.smartphone", "apple", 500.0),
        ("2019-11", 1, 8, "construction.tools.light", "apple", 500.0),
        ("2019-11", 1, 8, "construction.tools.light", "apple", 500.0),
        ("2019-10", 2, 7, "electronics.smartphone", None, 500.0),
        ("2019-11", 2, 7, "electronics.smartphone", "lg", 500.0),
        ("2019-11", 3, 7, "electronics.smartphone", "lg", 500.0),
    )

    assert rows_of(table, "product_id", "category_code") == [
        ["electronics.smartphone", "construction.tools.light", 1, 2],
        ["electronics.smartphone", "electronics.smartphone", 1, 1],
    ]
    assert rows_of(table, "product_id", "brand") == [
        ["apple", "apple", 1, 2],
        ["unknown", "lg", 1, 1],
    ]
    # Category_id 8 is new in November; 7 is called the same.
    assert rows_of(table, "category_id", "category_code") == [
        ["electronics.smartphone", "electronics.smartphone", 1, 2]
    ]


def test_the_name_of_most_events_is_the_name_of_the_month(transitions_of):
    table = transitions_of(
        ("2019-10", 1, 7, "kids.toys", "lego", 5.0),
        ("2019-11", 1, 7, "kids.toys", "lego", 5.0),
        ("2019-11", 1, 7, "kids.toys", "lego", 5.0),
        ("2019-11", 1, 7, "kids.dolls", "lego", 5.0),
    )

    assert rows_of(table, "product_id", "category_code") == [["kids.toys", "kids.toys", 1, 3]]


@pytest.mark.parametrize(
    ("price", "level"), [(119.0, "same"), (121.0, "higher"), (84.0, "same"), (83.0, "lower")]
)
def test_a_price_level_changes_by_more_than_the_limit(transitions_of, price, level):
    table = transitions_of(
        ("2019-10", 1, 7, "kids.toys", "lego", 100.0),
        ("2019-11", 1, 7, "kids.toys", "lego", price),
        ("2019-11", 1, 7, "kids.toys", "lego", None),
        price_change=0.2,
    )

    assert rows_of(table, "product_id", "price") == [["usual", level, 1, 2]]


def test_price_levels_of_few_prices_are_not_compared(transitions_of):
    table = transitions_of(
        ("2019-10", 1, 7, "kids.toys", "lego", 100.0),
        ("2019-11", 1, 7, "kids.toys", "lego", 900.0),
        min_events=2,
    )

    assert rows_of(table, "product_id", "price") == []


def test_drift_is_the_share_of_changed_ids_and_the_largest_changes_are_listed(
    transitions_of, parameters
):
    october = [("2019-10", n, n, "kids.toys", "lego", 5.0) for n in range(4)]
    november = [("2019-11", n, n, "kids.toys", "lego", 5.0) for n in range(2)]
    moved = [("2019-11", 2, 2, "kids.dolls", "lego", 5.0)] * 5
    moved += [("2019-11", 3, 3, "kids.swing", "lego", 5.0)] * 2
    transitions = transitions_of(*october, *november, *moved)

    drift = measure_taxonomy_drift(transitions)
    changes = list_taxonomy_changes(transitions, parameters(most_changes=1))

    is_name = (drift["entity"] == "product_id") & (drift["attribute"] == "category_code")
    columns = ["ids", "changed_ids", "changed_share", "events", "changed_events"]
    assert drift.loc[is_name, columns].to_numpy().tolist() == [[4, 2, 0.5, 9, 7]]
    assert rows_of(changes, "product_id", "category_code") == [["kids.toys", "kids.dolls", 1, 5]]
