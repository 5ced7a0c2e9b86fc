import numpy as np
import pandas as pd
import pytest

from customer_behavior.pipelines.regression.daily_revenue import DailyRevenue, usual_week_share
from regression import as_category_days, draw_days


def on(days, date):
    return days["event_date"] == pd.Timestamp(date).date()


def test_a_day_with_many_more_views_is_a_peak(forecast_settings):
    days = draw_days()
    days.loc[on(days, "2019-11-05"), "views"] *= 3

    daily = DailyRevenue.of(days, forecast_settings)

    assert list(daily.days[daily.is_peak].strftime("%m-%d")) == ["11-05"]


def test_a_level_that_stays_higher_is_a_peak_for_a_time_only(forecast_settings):
    days = draw_days(70)
    days["views"] *= np.where(days["event_date"] >= pd.Timestamp("2019-11-05").date(), 4, 1)

    daily = DailyRevenue.of(days, forecast_settings)

    # After two weeks the days of two weeks before are no usual ones to compare with.
    assert np.flatnonzero(daily.is_peak).tolist() == [*range(35, 49)]


def test_days_with_an_outage_and_days_without_events_are_not_recorded(forecast_settings):
    days = draw_days()
    days.loc[on(days, "2019-10-20") & (days["category_l1"] == "a"), "is_outage"] = True
    days = days[~on(days, "2019-10-25")]

    daily = DailyRevenue.of(days, forecast_settings)

    assert list(daily.days[~daily.is_recorded].strftime("%m-%d")) == ["10-20", "10-25"]


def test_what_is_not_usual_is_replaced_by_the_same_weekday_of_the_week_before(forecast_settings):
    days = draw_days()
    lost = [f"2019-10-{day}" for day in (20, 27)]
    days.loc[days["event_date"].isin([pd.Timestamp(day).date() for day in lost]), "is_outage"] = (
        True
    )

    daily = DailyRevenue.of(days, forecast_settings)
    usual = daily.usual(daily.revenue, daily.is_recorded)

    number = {str(day.date()): i for i, day in enumerate(daily.days)}
    for day in lost:
        assert (usual[:, number[day]] == daily.revenue[:, number["2019-10-13"]]).all()
    unchanged = daily.is_recorded
    assert (usual[:, unchanged] == daily.revenue[:, unchanged]).all()


def test_in_the_first_week_it_is_the_mean_of_the_days_before(forecast_settings):
    days = draw_days()
    days.loc[days["event_date"] <= pd.Timestamp("2019-10-01").date(), "is_outage"] = True
    days.loc[on(days, "2019-10-04"), "is_outage"] = True

    daily = DailyRevenue.of(days, forecast_settings)
    usual = daily.usual(daily.revenue, daily.is_recorded)

    assert (usual[:, 0] == 0).all()
    np.testing.assert_allclose(usual[:, 3], daily.revenue[:, 1:3].mean(axis=1))


def test_a_category_that_appears_has_nothing_before(forecast_settings):
    days = draw_days()
    is_new = days["category_l1"] == "a"
    days = days[~(is_new & (days["event_date"] < pd.Timestamp("2019-10-15").date()))]

    daily = DailyRevenue.of(days, forecast_settings)

    assert daily.categories == ["a", "b"]
    assert (daily.revenue[0, :14] == 0).all()
    assert (daily.revenue[0, 14:] > 0).all()
    assert daily.is_recorded.all()


@pytest.mark.parametrize(
    ("views", "revenue", "is_outage", "expected"),
    [(1, 1, False, 1.0), (3, 3, False, 7 / 9), (1, 0, True, 7 / 6), (1, 3, False, 1.0)],
)
def test_a_usual_week_would_have_brought_so_much(
    spark, forecast_settings, views, revenue, is_outage, expected
):
    dates = pd.date_range("2019-10-01", periods=40).date
    days = pd.DataFrame(
        {
            "category_l1": "a", "event_date": dates, "views": 50, "carts": 5, "purchases": 2,
            "revenue": 100.0, "users": 30, "is_outage": False,
        }
    )  # fmt: skip
    odd = on(days, "2019-11-05")
    days.loc[odd, "views"] *= views
    days.loc[odd, "revenue"] *= revenue
    days.loc[odd, "is_outage"] = is_outage
    begin = pd.Timestamp("2019-11-02")

    share = usual_week_share(as_category_days(spark, days), begin, 7, forecast_settings)

    assert share == pytest.approx(expected)


def test_a_week_without_revenue_is_as_it_is(spark, forecast_settings):
    days = as_category_days(spark, draw_days(40).assign(revenue=0.0))

    assert usual_week_share(days, pd.Timestamp("2019-11-02"), 7, forecast_settings) == 1
