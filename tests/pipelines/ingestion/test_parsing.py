from datetime import datetime

import pytest

from customer_behavior.pipelines.ingestion.parameters import IngestionParameters
from customer_behavior.pipelines.ingestion.parsing import parse_lines
from support import NOVEMBER, VIEW

PARAMETERS = IngestionParameters(
    event_types=["view", "cart", "purchase"], min_expected_purchases=20
)


def parse(spark, line, parameters=PARAMETERS):
    lines = spark.createDataFrame([("2019-Oct.csv", line)], "source_file string, line string")
    return parse_lines(lines, parameters).first()


def test_a_good_line_becomes_typed_columns(spark):
    row = parse(spark, VIEW)

    assert row.asDict() == {
        "source_file": "2019-Oct.csv",
        "event_month": "2019-10",
        "event_time": datetime(2019, 10, 1),
        "event_type": "view",
        "product_id": 1,
        "category_id": 2,
        "category_code": "electronics.audio",
        "brand": "sony",
        "price": 9.99,
        "user_id": 3,
        "user_session": "s1",
        "reject_reason": None,
        "line": None,
    }


def test_empty_category_code_and_brand_are_null(spark):
    row = parse(spark, VIEW.replace("electronics.audio", "").replace("sony", ""))

    assert (row.category_code, row.brand, row.reject_reason) == (None, None, None)


def test_ids_of_64_bits_are_exact(spark):
    row = parse(spark, VIEW.replace(",1,2,", ",9223372036854775807,2053013555631882655,"))

    assert (row.product_id, row.category_id) == (9223372036854775807, 2053013555631882655)


def test_a_carriage_return_at_the_end_is_no_part_of_the_session(spark):
    assert parse(spark, VIEW + "\r").user_session == "s1"


@pytest.mark.parametrize(
    ("line", "reason", "month"),
    [
        ("", "malformed_row", "unknown"),
        ("2019-10-01 00:00:00 UTC,view,1", "malformed_row", "2019-10"),
        (VIEW + ",extra", "malformed_row", "2019-10"),
        (VIEW.replace("sony", '"sony"'), "malformed_row", "2019-10"),
        (VIEW.replace("sony", '"so,ny"'), "malformed_row", "2019-10"),
        (VIEW.replace(" UTC", ""), "bad_event_time", "unknown"),
        (VIEW.replace(" UTC", " MSK"), "bad_event_time", "unknown"),
        (VIEW.replace("2019-10-01", "01.10.2019"), "bad_event_time", "unknown"),
        (VIEW.replace("2019-10-01", "2019-02-30"), "bad_event_time", "unknown"),
        (VIEW.replace("2019-10-01 ", "2019-10-01T"), "bad_event_time", "unknown"),
        (VIEW.replace("2019-10-01", " " * 10), "bad_event_time", "unknown"),
        (VIEW.replace("2019-10-01 00:00:00", "2019".ljust(19)), "bad_event_time", "unknown"),
        (VIEW.replace("2019", "0001"), "bad_event_time", "unknown"),
        (VIEW.replace("2019-10-01 00:00:00", "10000-01-01 0:00:00"), "bad_event_time", "unknown"),
        (VIEW.replace("view", "remove_from_cart"), "unknown_event_type", "2019-10"),
        (VIEW.replace("view", ""), "unknown_event_type", "2019-10"),
        (VIEW.replace(",1,2,", ",,2,"), "bad_product_id", "2019-10"),
        (VIEW.replace(",1,2,", ",1,2.10381E+18,"), "bad_category_id", "2019-10"),
        (VIEW.replace(",1,2,", ",1,9223372036854775808,"), "bad_category_id", "2019-10"),
        (NOVEMBER.replace("9.99", "-1"), "bad_price", "2019-11"),
        (VIEW.replace("9.99", "1000000000.01"), "bad_price", "2019-10"),
        (VIEW.replace("9.99", "1d"), "bad_price", "2019-10"),
        (VIEW.replace("9.99", "9\x00"), "bad_price", "2019-10"),
        (VIEW.replace("9.99", "NaN"), "bad_price", "2019-10"),
        (VIEW.replace("9.99", "Infinity"), "bad_price", "2019-10"),
        (VIEW.replace("9.99", ""), "bad_price", "2019-10"),
        (VIEW.replace(",3,", ",3.0,"), "bad_user_id", "2019-10"),
        (VIEW.replace(",3,", ",+3,"), "bad_user_id", "2019-10"),
        (VIEW.replace(",3,", ", 3,"), "bad_user_id", "2019-10"),
        (VIEW.replace(",3,", ",003,"), "bad_user_id", "2019-10"),
        (VIEW.replace("s1", "  "), "missing_session", "2019-10"),
        (VIEW.replace("s1", ""), "missing_session", "2019-10"),
        (VIEW.replace("s1", "\r"), "missing_session", "2019-10"),
    ],
)
def test_a_bad_line_is_kept_whole_with_its_reason(spark, line, reason, month):
    row = parse(spark, line)

    assert (row.reject_reason, row.line, row.event_month) == (reason, line, month)


def test_a_byte_order_mark_before_the_time_is_no_part_of_it_but_of_the_line(spark):
    assert parse(spark, f"\ufeff{VIEW}").event_time == datetime(2019, 10, 1)
    assert parse(spark, f"\ufeff{VIEW},").line == f"\ufeff{VIEW},"


def test_the_event_types_that_are_kept_are_a_parameter(spark):
    types = ["view", "cart", "purchase", "remove_from_cart"]
    parameters = IngestionParameters(event_types=types, min_expected_purchases=20)

    assert parse(spark, VIEW.replace("view", types[-1]), parameters).reject_reason is None


@pytest.mark.parametrize("months", ["2019-13", "2019-10,2019-11", "October"])
def test_months_that_are_none_are_refused(months):
    with pytest.raises(ValueError, match="months"):
        IngestionParameters(event_types=["view"], min_expected_purchases=20, months=months)
