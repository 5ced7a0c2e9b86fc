import math

import pytest

from customer_behavior.pipelines.reporting import wording
from report_results import summary


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (0.3834, ".383"),
        (0.0005, ".001"),
        (-0.0141, "\N{MINUS SIGN}.014"),
        (0.9996, "1.00"),
        (1.0478, "1.05"),
        (26.502, "26.5"),
        (9.996, "10.0"),
        (1234.5, "1,234"),
        (0, "0"),
        (-0.0001, ".000"),
        (None, wording.NOTHING),
        (math.nan, wording.NOTHING),
    ],
)
def test_measures_have_three_digits(value, written):
    assert wording.measure(value) == written


@pytest.mark.parametrize(
    ("value", "written"),
    [(0.0487, "4.9 %"), (0.00073, "0.07 %"), (0.00002, "< 0.01 %"), (1, "100.0 %"), (0, "0 %")],
)
def test_shares_are_percents(value, written):
    assert wording.percent(value).replace("\N{NO-BREAK SPACE}", " ") == written


@pytest.mark.parametrize(
    ("value", "written"), [(961615.52, "961,616"), (2.5, "2.50"), (40.0, "40"), (0.0, "0")]
)
def test_amounts_have_thousands_separators(value, written):
    assert wording.amount(value) == written


def test_intervals_are_written_in_brackets():
    assert wording.interval(summary(0.383, 0.3701, 0.397)) == ".383 [.370, .397]"


def test_a_value_without_an_interval_stands_alone():
    assert wording.interval(summary(0.01, None, None)) == ".010"
    assert wording.interval(summary(None, None, None)) == wording.NOTHING


def test_a_period_of_one_day_is_that_day():
    assert wording.period(["2019-11-24", "2019-11-24"]) == "2019-11-24"
    assert wording.period(["2019-10-20 00:31:16", "2019-11-12 23:43:26"]) == (
        "2019-10-20 00:31 to 2019-11-12 23:43"
    )
