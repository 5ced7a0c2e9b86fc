import numpy as np
import pandas as pd
import pytest

from customer_behavior.pipelines.regression.forecast_rows import FEATURES, build_forecast_rows
from regression import as_category_days, draw_days

KNOWN = [*FEATURES, "level", "offset", "seasonal_naive", "mean_of_7_days", "drift", "scale"]


def rows_of(spark, days, settings):
    return build_forecast_rows(as_category_days(spark, days), settings)


def at(rows, origin, step=1, category="a"):
    found = rows[
        (rows["origin"] == pd.Timestamp(origin))
        & (rows["step_number"] == step)
        & (rows["category_l1"] == category)
    ]
    return found.iloc[0]


def test_each_origin_has_a_row_per_category_and_day_ahead(spark, forecast_settings):
    rows = rows_of(spark, draw_days(20), forecast_settings)

    # From the 15th day to the day behind the last one; two categories and their total.
    assert rows["origin"].nunique() == 20 - 14 + 1
    assert len(rows) == 7 * 7 * 3
    assert str(rows["origin"].max().date()) == "2019-10-21"
    assert at(rows, "2019-10-21", step=7)["event_date"] == pd.Timestamp("2019-10-27")
    assert rows.loc[rows["event_date"] > "2019-10-20", "revenue"].isna().all()


def test_baselines_are_those_of_the_textbook(spark, forecast_settings):
    days = draw_days(20)
    revenue = days.loc[days["category_l1"] == "a", "revenue"].to_numpy()

    row = at(rows_of(spark, days, forecast_settings), "2019-10-17", step=2)

    assert row["revenue"] == revenue[17]
    assert row["seasonal_naive"] == revenue[10]
    assert row["mean_of_7_days"] == pytest.approx(revenue[9:16].mean())
    slope = (revenue[15] - revenue[0]) / 15
    assert row["drift"] == pytest.approx(revenue[15] + 2 * slope)
    assert row["scale"] == pytest.approx(np.abs(revenue[7:16] - revenue[:9]).mean())


@pytest.mark.parametrize("what", ["deleted", "absurd", "outage"])
def test_nothing_is_known_of_the_origin_and_the_days_after_it(spark, forecast_settings, what):
    days = draw_days(30)
    is_later = days["event_date"] >= pd.Timestamp("2019-10-20").date()
    altered = days.copy()
    if what == "deleted":
        altered = days[~is_later]
    if what == "absurd":
        altered.loc[is_later, ["views", "carts", "revenue"]] *= 1000
    if what == "outage":
        altered.loc[is_later, "is_outage"] = True

    before, after = (rows_of(spark, table, forecast_settings) for table in (days, altered))

    keys = ["category_l1", "origin", "step_number"]
    early = [
        rows[rows["origin"] <= "2019-10-20"].set_index(keys)[KNOWN] for rows in (before, after)
    ]
    assert len(early[0])
    pd.testing.assert_frame_equal(*early, check_exact=True)


def test_a_day_of_an_outage_has_no_revenue_to_learn_from(spark, forecast_settings):
    days = draw_days(30)
    days.loc[days["event_date"] == pd.Timestamp("2019-10-20").date(), "is_outage"] = True

    rows = rows_of(spark, days, forecast_settings)

    assert np.isnan(at(rows, "2019-10-20")["revenue"])
    assert not np.isnan(at(rows, "2019-10-21")["revenue"])


@pytest.mark.parametrize("days", [0, 1, 13])
def test_few_days_give_no_rows(spark, forecast_settings, days):
    assert rows_of(spark, draw_days(days), forecast_settings).empty


def test_without_revenue_all_that_is_known_is_finite(spark, forecast_settings):
    days = draw_days(30).assign(revenue=0.0)

    rows = rows_of(spark, days, forecast_settings)

    assert np.isfinite(rows[KNOWN].to_numpy(dtype=float)).all()
