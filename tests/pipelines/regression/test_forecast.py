import datetime as dt

import numpy as np
import pandas as pd
import pytest

from conftest import REAL_DATA
from customer_behavior.datasets import SparkMLModelDataset
from customer_behavior.pipelines.regression.backtest import backtest_revenue
from customer_behavior.pipelines.regression.daily_revenue import TOTAL
from customer_behavior.pipelines.regression.figures import draw_revenue_forecast
from customer_behavior.pipelines.regression.forecast import (
    fit_revenue_forecast,
    forecast_revenue,
    predict_revenue,
)
from customer_behavior.pipelines.regression.forecast_evaluation import (
    choose_forecast_champion,
    evaluate_revenue_forecast,
)
from customer_behavior.pipelines.regression.forecast_rows import build_forecast_rows
from customer_behavior.pipelines.regression.intervals import cover_later_origins, half_width
from customer_behavior.pipelines.regression.parameters import ForecastParameters
from regression import as_category_days, draw_days

LEDGER = {"source_id": "abc"}
SPEND = "user_id long, snapshot_date date, role string, expected_spend double"


@pytest.fixture(scope="module")
def days():
    return draw_days(61)


@pytest.fixture(scope="module")
def rows(spark, days, forecast_settings):
    return build_forecast_rows(as_category_days(spark, days), forecast_settings)


@pytest.fixture(scope="module")
def backtest(rows, forecast_settings):
    return backtest_revenue(rows, forecast_settings)


@pytest.fixture(scope="module")
def selection(backtest, forecast_settings):
    return choose_forecast_champion(backtest, LEDGER, forecast_settings)


@pytest.fixture(scope="module")
def model(rows, forecast_settings):
    return fit_revenue_forecast(rows, forecast_settings)


def test_the_total_is_the_sum_of_the_categories(backtest):
    keys = ["origin", "step_number"]
    is_total = backtest["category_l1"] == TOTAL
    sums = backtest[~is_total].groupby(keys)[["model", "revenue"]].sum()
    totals = backtest[is_total].set_index(keys)[["model", "revenue"]].sort_index()

    pd.testing.assert_frame_equal(totals, sums)


def test_a_forecast_of_the_backtest_does_not_depend_on_what_came_later(
    spark, days, backtest, forecast_settings
):
    later = days["event_date"] >= pd.Timestamp("2019-11-10").date()
    absurd = days.assign(revenue=days["revenue"].where(~later, 9e9))

    again = backtest_revenue(
        build_forecast_rows(as_category_days(spark, absurd), forecast_settings), forecast_settings
    )

    keys = ["category_l1", "origin", "step_number"]
    before = [
        table[table["origin"] <= "2019-11-10"].set_index(keys)["model"].sort_index()
        for table in (backtest, again)
    ]
    assert len(before[0])
    pd.testing.assert_series_equal(*before)


def test_a_pattern_of_the_week_is_found(backtest):
    test = backtest[backtest["role"] == "test"]
    error = {
        name: (test[name] - test["revenue"]).abs().mean() for name in ("model", "mean_of_7_days")
    }

    assert error["model"] < 0.5 * error["mean_of_7_days"]


@pytest.mark.parametrize(("share", "champion"), [(0.3, "model"), (1.0, "seasonal_naive")])
def test_the_model_is_champion_where_it_is_surely_better(
    backtest, forecast_settings, share, champion
):
    error = backtest["seasonal_naive"] - backtest["revenue"]
    altered = backtest.assign(
        model=backtest["revenue"] + share * error,
        mean_of_7_days=backtest["revenue"] + 2 * error,
        drift=backtest["revenue"] + 3 * error,
    )

    found = choose_forecast_champion(altered, LEDGER, forecast_settings)

    assert found["champion"] == champion
    assert found["best_baseline"] == "seasonal_naive"
    assert found["baselines"]["drift"]["mase_below_baseline"]["value"] < 0


def test_the_model_repeats_its_predictions_when_it_was_saved(spark, rows, model, tmp_path):
    newest = rows[rows["origin"] == rows["origin"].max()]
    dataset = SparkMLModelDataset(filepath=str(tmp_path / "model"))

    dataset.save(model)

    pd.testing.assert_frame_equal(
        predict_revenue(dataset.load(), newest), predict_revenue(model, newest)
    )


def test_the_forecast_has_a_row_for_each_category_and_day(
    model, rows, selection, forecast_settings
):
    forecast = forecast_revenue(model, rows, selection).toPandas()

    assert len(forecast) == 3 * 7
    assert set(forecast["model_source_id"]) == {"abc"}
    assert str(forecast["event_date"].min()) == "2019-12-01"
    assert (forecast["low"] <= forecast["expected_revenue"]).all()
    assert (forecast["expected_revenue"] <= forecast["high"]).all()
    by_day = forecast.pivot(index="event_date", columns="category_l1", values="expected_revenue")
    np.testing.assert_allclose(by_day["total"], by_day["a"] + by_day["b"])


def test_a_wide_interval_needs_errors_enough(selection):
    total, category = (
        next(entry for entry in selection["intervals"] if entry["is_total"] is is_total)
        for is_total in (True, False)
    )

    assert total["half_width_95"] is None
    assert "40 over 21 are needed" in total["reason_95"]
    assert category["half_width_95"] >= category["half_width"]


def evaluate(spark, backtest, selection, settings, spend=()):
    """Evaluate with customers: number, snapshot, role, expected spend, spend."""
    table = spark.createDataFrame(list(spend), f"{SPEND}, spend_next double")
    predictions, snapshots = table.drop("spend_next"), table.drop("expected_spend", "role")
    return evaluate_revenue_forecast(backtest, selection, predictions, snapshots, settings)


def test_the_evaluation_has_intervals_baselines_and_coverage(
    spark, backtest, selection, forecast_settings
):
    found = evaluate(spark, backtest, selection, forecast_settings)

    assert found["status"] == "ok"
    mase = found["metrics"]["mase"]
    assert mase["low"] < mase["value"] < mase["high"]
    assert found["baselines"]["drift"]["mase"]["value"] > mase["value"]
    assert 0.6 < found["metrics"]["coverage_80"]["value"] <= 1
    assert set(found["by_step"]) == set("1234567")
    assert set(found["by_category"]) == {"a", "b"}
    assert found["total"]["rows"] * 2 == sum(of["rows"] for of in found["by_category"].values())
    assert found["mase_below"]["drift"]["low"] > 0
    assert "40 over 21 are needed" in str(found["intervals"])
    assert found["same_week"] is None


def test_customers_and_days_stand_beside_each_other(spark, backtest, selection, forecast_settings):
    snapshot = pd.Timestamp("2019-11-20").date()
    spend = [
        (1, snapshot, "test", 5.0, 4.0),
        (2, snapshot, "test", 7.5, 0.0),
        (3, snapshot, "score", 99.0, None),
    ]

    found = evaluate(spark, backtest, selection, forecast_settings, spend)

    week = backtest[(backtest["origin"] == "2019-11-20") & (backtest["category_l1"] == TOTAL)]
    assert found["same_week"] == {
        "snapshot_date": "2019-11-20",
        "customers": {"expected": 12.5, "recorded": 4.0},
        "shop": {
            "days": 7,
            "expected": pytest.approx(week[selection["champion"]].sum()),
            "recorded": pytest.approx(week["revenue"].sum()),
        },
    }


def altered(kind):
    """Days that are not all there, or of a category that is not always there."""
    days = draw_days(61)
    late = days["event_date"] >= dt.date(2019, 11, 15)
    is_a = days["category_l1"] == "a"
    # Its views alone are no promotion of the shop.
    days.loc[is_a, "views"] //= 10
    return {
        "a category appears": days[late | ~is_a],
        "a category ends": days[~late | ~is_a],
        "a month is missing": days.assign(
            event_date=days["event_date"].where(~late, days["event_date"] + dt.timedelta(30))
        ),
        "a category has no revenue": days.assign(revenue=days["revenue"].where(~is_a, 0.0)),
    }[kind]


@pytest.mark.parametrize(
    "kind",
    [
        "a category appears", "a category ends", "a month is missing", "a category has no revenue",
    ],
)  # fmt: skip
def test_what_is_odd_gives_a_forecast_all_the_same(spark, forecast_settings, kind):
    days = altered(kind)
    rows = build_forecast_rows(as_category_days(spark, days), forecast_settings)
    model = fit_revenue_forecast(rows, forecast_settings)
    backtest = backtest_revenue(rows, forecast_settings)
    selection = choose_forecast_champion(backtest, LEDGER, forecast_settings)
    newest = predict_revenue(model, rows[rows["origin"] == rows["origin"].max()])
    forecast = forecast_revenue(model, rows, selection).toPandas()

    usual = {"a": 100, "b": 1000}
    if kind in ("a category ends", "a category has no revenue"):
        usual["a"] = 0
    assert len(forecast) == 3 * 7
    assert forecast["expected_revenue"].notna().all()
    assert (forecast["low"] >= 0).all()
    for category, mean in usual.items():
        for found, column in ((newest, "model"), (forecast, "expected_revenue")):
            values = found.loc[found["category_l1"] == category, column]
            assert values.mean() == pytest.approx(mean, rel=0.15, abs=10)


def test_without_any_revenue_nothing_is_forecast_and_that_is_said(spark, forecast_settings):
    days = draw_days(61).assign(revenue=0.0)
    rows = build_forecast_rows(as_category_days(spark, days), forecast_settings)
    backtest = backtest_revenue(rows, forecast_settings)

    selection = choose_forecast_champion(backtest, LEDGER, forecast_settings)

    assert selection["status"] == "not_enough_data"
    assert "recorded purchases" in selection["reason"]


@pytest.mark.skipif(not REAL_DATA.exists(), reason="the real daily totals are not here")
def test_real_events_per_day_are_forecast_better_than_by_last_week(spark, forecast_settings):
    totals = pd.read_csv(REAL_DATA / "daily_events_2019-10_2019-11.csv", parse_dates=["event_date"])
    days = pd.DataFrame(
        {
            "category_l1": "all",
            "event_date": totals["event_date"].dt.date,
            "views": totals["daily_events"],
            "carts": 0,
            "purchases": 0,
            # What is forecast is the number of events.
            "revenue": totals["daily_events"].astype(float),
            "users": 0,
            "is_outage": False,
        }
    )

    rows = build_forecast_rows(as_category_days(spark, days), forecast_settings)
    backtest = backtest_revenue(rows, forecast_settings)

    of_usual_days = backtest[~backtest["is_peak"].astype(bool) & (backtest["category_l1"] == "all")]
    mase = {
        name: (
            (of_usual_days[name] - of_usual_days["revenue"]).abs() / of_usual_days["scale"]
        ).mean()
        for name in ("model", "seasonal_naive")
    }
    assert len(of_usual_days) > 100
    assert mase["model"] < 0.6 * mase["seasonal_naive"]


@pytest.mark.parametrize(("number", "status"), [(0, ""), (5, ""), (25, ""), (28, ""), (29, "ok")])
def test_few_days_are_no_error(spark, forecast_settings, number, status):
    category_days = as_category_days(spark, draw_days(number))
    rows = build_forecast_rows(as_category_days(spark, draw_days(number)), forecast_settings)
    model = fit_revenue_forecast(rows, forecast_settings)
    backtest = backtest_revenue(rows, forecast_settings)
    selection = choose_forecast_champion(backtest, LEDGER, forecast_settings)
    forecast = forecast_revenue(model, rows, selection)
    found = evaluate(spark, backtest, selection, forecast_settings)

    figure = draw_revenue_forecast(category_days, rows, backtest, forecast, selection)

    assert found["status"] == (status or "not_enough_data")
    assert found.get("reason", "").startswith("" if status else "a backtest needs at least 29 days")
    assert forecast.isEmpty() != bool(status)
    assert "expected_revenue" in forecast.columns
    names = [trace.name for trace in figure.data]
    assert ("recorded" in names) == (number > 0)
    assert ("forecast" in names) == bool(status)


def test_of_a_category_that_sells_every_third_day_the_mean_is_expected(spark, forecast_settings):
    days = draw_days(61)
    is_rare = days["category_l1"] == "a"
    days.loc[is_rare, "revenue"] *= [number % 3 == 0 for number in range(61)]
    rows = build_forecast_rows(as_category_days(spark, days), forecast_settings)

    found = predict_revenue(fit_revenue_forecast(rows, forecast_settings), rows)

    rare = found[(found["category_l1"] == "a") & (found["origin"] > "2019-10-28")]
    assert rare["model"].mean() == pytest.approx(100 / 3, rel=0.1)
    assert rare["model"].between(20, 50).all()


def test_select_ends_before_test_begins(backtest):
    of_select, of_test = (backtest[backtest["role"] == role] for role in ("select", "test"))

    assert of_select["event_date"].max() < of_test["origin"].min()


def test_an_interval_would_have_held_so_many_errors_and_one_more():
    errors = pd.Series([5.0, 1.0, 4.0, 2.0, 3.0, 6.0, 7.0, 8.0, 9.0])

    assert half_width(errors, 0.8) == 8.0
    assert half_width(errors, 0.5) == 5.0
    assert half_width(errors[:3], 0.8) is None


def test_coverage_asks_errors_that_were_known_at_the_origin():
    dates = pd.date_range("2019-11-01", periods=8)
    backtest = pd.DataFrame(
        {
            "category_l1": "a", "origin": dates, "step_number": 1, "event_date": dates,
            "role": ["select"] * 6 + ["test"] * 2, "revenue": 10.0, "scale": 2.0,
            # Off by 1, 1, 1, 1, 1 and 3, then by 2 and 4.
            "model": [11.0, 9.0, 11.0, 9.0, 11.0, 13.0, 12.0, 14.0],
        }
    )  # fmt: skip
    settings = ForecastParameters(
        horizon_days=1, peak_ratio=2, least_days=21, refit_days=1, penalty=1, coverage=0.5,
        replicates=2, seed=1,
    )  # fmt: skip

    covered = cover_later_origins(backtest, "model", settings)

    # The 4th of 6 errors is 1, the 4th of 7 is 1: neither holds.
    assert covered["is_covered"].tolist() == [False, False]
    wider = cover_later_origins(backtest, "model", settings.model_copy(update={"coverage": 0.85}))
    # The 6th of 6 errors is 3, the 7th of 7 too.
    assert wider["is_covered"].tolist() == [True, False]
