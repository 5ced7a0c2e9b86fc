import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

from customer_behavior.pipelines.exploration.noise import Month, compare_months, exceeds_noise

DAYS, GROUPS, CUSTOMERS = 30, 20, 300
TIME = np.ones((1, DAYS))


def months_of_customers(items, ratio=1.0, seed=7):
    """Two months of items that have customers of their own, others in each month.

    A few customers do most; who comes on a day has four events on average.
    """
    random = np.random.default_rng(seed)
    for factor in (1.0, ratio):
        rates = np.minimum(random.pareto(1.5, (items, CUSTOMERS)) + 1, 100) * 0.02 * factor
        visits = random.poisson(rates[:, :, None], (items, CUSTOMERS, DAYS))
        more = random.negative_binomial(np.maximum(visits, 1), 0.25)
        events = np.where(visits > 0, visits + more, 0).astype(float)
        # Customers are in no order, so neighbours are a random group.
        groups = events.reshape(items, GROUPS, -1, DAYS).sum(axis=(2, 3))
        yield Month(events.sum(axis=1), TIME, groups)


def steady_month(events, days=DAYS, exposure=1.0):
    """The same number each day, from customers who all do the same."""
    of_group = np.full((1, GROUPS), events * days / GROUPS)
    return Month(np.full((1, days), events), np.full((1, days), exposure), of_group)


def test_equal_rates_are_called_a_change_in_no_more_than_one_of_twenty_cases():
    found = compare_months(*months_of_customers(items=500), 0.95)

    assert (found["p_value"] < 0.05).mean() < 0.06
    assert ((found["low"] < 0) & (found["high"] > 0)).mean() > 0.94


def test_a_doubled_rate_is_called_a_change():
    found = compare_months(*months_of_customers(items=200, ratio=2.0), 0.95)

    assert (found["p_value"] < 0.05).mean() > 0.8
    assert ((found["low"] < 1) & (found["high"] > 1)).mean() > 0.94


def test_of_many_items_with_equal_rates_hardly_any_is_called_a_trend():
    found = compare_months(*months_of_customers(items=500), 0.95)

    assert exceeds_noise(found["p_value"], 0.95).mean() < 0.01


def test_the_noise_of_days_is_that_of_a_quasi_poisson_regression():
    random = np.random.default_rng(7)
    exposure = np.linspace(0.5, 1.5, 2 * DAYS)
    days = random.negative_binomial(50, 0.05, 2 * DAYS).astype(float)
    # All groups are the same: what customers add is less than independent events would.
    months = [
        Month(days[None, half], exposure[None, half], np.full((1, 1000), days[half].sum() / 1000))
        for half in (slice(DAYS), slice(DAYS, None))
    ]

    found = compare_months(*months, 0.95)
    is_later = sm.add_constant(np.repeat([0, 1], DAYS))
    model = sm.GLM(days, is_later, family=sm.families.Poisson(), exposure=exposure)
    low, high = np.expm1(model.fit(scale="X2", use_t=True).conf_int()[1])

    # Half an event is added here.
    assert found["low"][0] == pytest.approx(low, abs=1e-3)
    assert found["high"][0] == pytest.approx(high, abs=1e-3)


def test_one_customer_who_does_nearly_all_makes_a_change_uncertain():
    everybody = compare_months(steady_month(100.0), steady_month(200.0), 0.95)
    one = steady_month(200.0)
    one.by_group[0] = [3000 + 150, *[3000 / GROUPS] * (GROUPS - 1)]

    found = compare_months(steady_month(100.0), one, 0.95)

    assert found["change"][0] == everybody["change"][0]
    assert everybody["p_value"][0] < 1e-9
    assert found["p_value"][0] > 0.05


def test_days_are_weighed_by_their_exposure():
    # The same rate, but half of each day was not observed.
    found = compare_months(steady_month(100.0), steady_month(50.0, exposure=0.5), 0.95)

    assert found["change"][0] == pytest.approx(0, abs=1e-3)


def test_a_part_that_is_everything_has_no_interval():
    days, groups = np.full((1, DAYS), 10.0), np.full((1, GROUPS), 15.0)
    month = Month(days, days, groups, groups)

    assert compare_months(month, month, 0.95).isna().all(axis=None)


@pytest.mark.parametrize("days", [0, 1])
def test_too_few_days_have_no_interval(days):
    found = compare_months(steady_month(9.0, days), steady_month(9.0, days), 0.95)

    assert len(found) == 1
    assert found.isna().all(axis=None)


def test_a_month_without_an_event_is_compared_all_the_same():
    found = compare_months(steady_month(0.0), steady_month(10.0), 0.95)

    assert found["low"][0] > 0
    assert np.isfinite(found["high"][0])


def test_what_is_not_compared_is_not_more_than_noise():
    called = exceeds_noise(pd.Series([np.nan, 1e-9, np.nan]), 0.95)

    assert called.tolist() == [False, True, False]
