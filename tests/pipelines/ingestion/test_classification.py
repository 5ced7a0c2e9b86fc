from customer_behavior.pipelines.ingestion.classification import (
    classify_lines,
    count_lines_of_other_months,
)
from customer_behavior.pipelines.ingestion.parameters import IngestionParameters
from support import CART, NOVEMBER, PURCHASE, VIEW

TYPES = ["view", "cart", "purchase"]


def parameters(months=""):
    return IngestionParameters(event_types=TYPES, min_expected_purchases=20, months=months)


def classify(spark, *rows, months=""):
    lines = spark.createDataFrame(rows, "source_file string, line string")
    return classify_lines(lines, parameters(months))[0]


def outcomes(spark, *rows, months=""):
    classified = classify(spark, *rows, months=months)
    return sorted(classified.select("source_file", "event_type", "outcome").collect())


def test_a_burst_of_one_row_is_kept_once(spark):
    found = outcomes(spark, *[("a.csv", CART)] * 5, ("a.csv", VIEW))

    assert found == [
        *[("a.csv", "cart", "duplicate")] * 4,
        ("a.csv", "cart", "kept"),
        ("a.csv", "view", "kept"),
    ]


def test_a_duplicate_belongs_to_the_file_that_sorts_later(spark):
    found = outcomes(spark, ("b.csv", VIEW), ("a.csv", VIEW), ("c.csv", VIEW))

    assert found == [
        ("a.csv", "view", "kept"),
        ("b.csv", "view", "duplicate"),
        ("c.csv", "view", "duplicate"),
    ]


def test_rows_that_differ_in_one_column_are_no_duplicates(spark):
    variants = [
        VIEW,
        VIEW.replace("00:00:00", "00:00:01"),
        VIEW.replace(",view", ",cart"),
        VIEW.replace(",1,2,", ",5,2,"),
        VIEW.replace(",1,2,", ",1,5,"),
        VIEW.replace("electronics.audio", "electronics"),
        VIEW.replace("electronics.audio", ""),
        VIEW.replace("sony", "lg"),
        VIEW.replace("sony", ""),
        VIEW.replace("9.99", "9.98"),
        VIEW.replace(",3,", ",4,"),
        VIEW.replace("s1", "s2"),
    ]

    found = outcomes(spark, *[("a.csv", line) for line in variants])

    assert [outcome for *_, outcome in found] == ["kept"] * len(variants)


def test_a_reject_is_nothing_that_a_good_row_repeats(spark):
    found = outcomes(spark, ("a.csv", f"{VIEW},"), ("b.csv", VIEW), ("c.csv", VIEW))

    assert [outcome for *_, outcome in found] == ["quarantined", "kept", "duplicate"]


def test_values_that_change_places_do_not_hide_a_duplicate(spark):
    one, other = "electronics.audio,", ",electronics.audio"
    lines = [VIEW.replace("electronics.audio,sony", columns) for columns in (one, other, one)]

    found = outcomes(spark, *zip(["a.csv", "b.csv", "c.csv"], lines, strict=True))

    assert [outcome for *_, outcome in found] == ["kept", "kept", "duplicate"]


def test_equal_rejects_are_all_quarantined(spark):
    found = outcomes(spark, ("a.csv", "junk"), ("a.csv", "junk"))

    assert found == [("a.csv", None, "quarantined")] * 2


def test_rows_come_sorted_by_customer_and_time(spark):
    lines = [line.replace(",3,", f",{user},") for user in (7, 5) for line in (PURCHASE, VIEW, CART)]

    rows = classify(spark, *[("a.csv", line) for line in lines]).collect()

    assert [(row.user_id, row.event_type) for row in rows] == [
        (user, event_type) for user in (5, 7) for event_type in TYPES
    ]


def test_levels_of_the_category_are_split_and_a_price_of_0_is_none(spark):
    row = classify(spark, ("a.csv", VIEW.replace("9.99", "0.00"))).first()

    assert (row.category_l1, row.category_l2, row.price) == ("electronics", "audio", None)
    assert str(row.event_date) == "2019-10-01"


def test_other_months_are_left_out_and_counted(spark):
    rows = [("a.csv", VIEW), ("a.csv", NOVEMBER), ("a.csv", "junk"), ("b.csv", NOVEMBER)]
    lines = spark.createDataFrame(rows, "source_file string, line string")

    assert outcomes(spark, *rows, months="2019-10") == [("a.csv", "view", "kept")]
    counted = count_lines_of_other_months(lines, parameters("2019-10")).collect()
    assert sorted(map(tuple, counted)) == [("a.csv", 2, 1), ("b.csv", 1, 0)]
