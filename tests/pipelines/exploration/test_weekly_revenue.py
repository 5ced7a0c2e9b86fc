import pandas as pd
import pytest

from customer_behavior.pipelines.exploration.weekly_revenue import FACTORS, take_revenue_apart


def visits(*rows):
    columns = ["item", "path", "sessions", "revenue", "is_observable", "is_suspected_bot"]
    return pd.DataFrame(rows, columns=columns).assign(dimension="week")


def days(*rows):
    return pd.DataFrame(rows, columns=["week", "observed_hours", "outage_hours"])


FULL_WEEKS = days(*[("2019-10-07", 24.0, 0.0)] * 7, *[("2019-10-14", 24.0, 0.0)] * 7)


def test_a_week_is_a_product_of_its_factors():
    sessions = visits(
        ("2019-10-07", "view_only", 60, 0.0, True, False),
        ("2019-10-07", "view_buy", 10, 500.0, True, False),
        ("2019-10-07", "view_buy", 1, 99.0, False, False),
        ("2019-10-07", "view_buy", 1, 1.0, True, True),
    )

    (week,) = take_revenue_apart(sessions, FULL_WEEKS).to_dict("records")

    assert (week["observed_days"], week["visits_per_day"]) == (7, 10)
    assert (week["conversion"], week["order_value"]) == (pytest.approx(1 / 7), 50)
    assert (week["revenue"], week["revenue_left_out"]) == (500, 100)


def test_twice_the_visits_are_the_whole_change():
    sessions = visits(
        ("2019-10-07", "view_buy", 10, 500.0, True, False),
        ("2019-10-14", "view_buy", 20, 1000.0, True, False),
    )

    week = take_revenue_apart(sessions, FULL_WEEKS).iloc[1]

    assert week["revenue_change"] == 500
    assert [week[f"from_{factor}"] for factor in FACTORS] == [0, pytest.approx(500), 0, 0]


def test_the_contributions_add_up_to_the_change_and_an_outage_is_one_of_them():
    sessions = visits(
        ("2019-10-07", "view_only", 90, 0.0, True, False),
        ("2019-10-07", "view_buy", 10, 500.0, True, False),
        ("2019-10-14", "view_only", 40, 0.0, True, False),
        ("2019-10-14", "view_buy", 8, 320.0, True, False),
    )
    outage = days(*[("2019-10-07", 24.0, 0.0)] * 7, *[("2019-10-14", 24.0, 12.0)] * 7)

    week = take_revenue_apart(sessions, outage).iloc[1]

    contributions = [week[f"from_{factor}"] for factor in FACTORS]
    assert sum(contributions) == pytest.approx(-180)
    # (320 - 500) / ln(320 / 500) = 403.32, times ln(1 / 2), ln(48 / 50), ln(10 / 6), ln(40 / 50)
    assert contributions == pytest.approx([-279.6, -16.5, 206.0, -90.0], abs=0.1)


def test_a_week_without_revenue_leaves_its_change_whole():
    sessions = visits(
        ("2019-10-07", "view_only", 90, 0.0, True, False),
        ("2019-10-14", "view_buy", 8, 320.0, True, False),
    )

    table = take_revenue_apart(sessions, FULL_WEEKS)

    assert table["revenue_change"][1] == 320
    assert table.filter(like="from_").isna().all(axis=None)
