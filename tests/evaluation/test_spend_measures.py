import numpy as np
import pytest
from scipy.stats import spearmanr

from customer_behavior.evaluation.bootstrap import draw_groups
from customer_behavior.evaluation.spend import SpendMeasures

OBSERVED = np.ones((1, 4))


def measure_spend(spend, predicted, group, draws):
    return SpendMeasures(spend, group, draws).of(predicted)


def of_four(spend, predicted, draws=OBSERVED):
    measures = measure_spend(np.array(spend), np.array(predicted), np.arange(4), draws)
    return {name: values[0] for name, values in measures.items()}


def test_a_perfect_prediction_has_the_best_of_all_measures():
    found = of_four([0.0, 10.0, 0.0, 30.0], [1e-12, 10.0, 1e-12, 30.0])

    assert found["normalised_gini"] == pytest.approx(1)
    assert found["spearman"] == pytest.approx(1)
    assert found["r2"] == pytest.approx(1)
    assert found["total_ratio"] == pytest.approx(1)
    assert found["mae"] == pytest.approx(0, abs=1e-9)
    assert found["tweedie_deviance"] == pytest.approx(0, abs=1e-5)


def test_gini_and_shares_are_those_of_the_curve_by_prediction():
    # Best first: 10, 30, 0, 0. Shares of the spend after each: 1/4, 1, 1, 1.
    found = of_four([0.0, 10.0, 0.0, 30.0], [1.0, 40.0, 2.0, 30.0])

    area = (0.25 / 2 + (0.25 + 1) / 2 + 1 + 1) / 4
    perfect = (0.75 / 2 + (0.75 + 1) / 2 + 1 + 1) / 4
    assert found["normalised_gini"] == pytest.approx((2 * area - 1) / (2 * perfect - 1))
    assert found["spend_share_of_best_10_percent"] == pytest.approx(0.4 * 0.25)


def test_rows_with_the_same_prediction_are_in_no_order():
    found = of_four([0.0, 10.0, 0.0, 30.0], [5.0, 5.0, 5.0, 5.0])

    assert found["normalised_gini"] == pytest.approx(0)
    assert found["spend_share_of_best_5_percent"] == pytest.approx(0.05)
    assert np.isnan(found["spearman"])


def test_errors_are_means_over_the_rows():
    found = of_four([0.0, 10.0, 0.0, 30.0], [4.0, 4.0, 1.0, 25.0])

    assert found["mae"] == pytest.approx((4 + 6 + 1 + 5) / 4)
    assert found["r2"] == pytest.approx(1 - (16 + 36 + 1 + 25) / (100 + 0 + 100 + 400))
    assert found["total_ratio"] == pytest.approx(34 / 40)
    assert found["rmsle"] == pytest.approx(np.sqrt(np.mean(np.log([5, 11 / 5, 2, 31 / 26]) ** 2)))
    # 4 (√spend - √predicted)² / √predicted
    assert found["tweedie_deviance"] == pytest.approx(
        (4 * 4 / 2 + 4 * (np.sqrt(10) - 2) ** 2 / 2 + 4 * 1 + 4 * (np.sqrt(30) - 5) ** 2 / 5) / 4
    )


def test_ranks_are_those_of_scipy():
    random = np.random.default_rng(1)
    spend, predicted = random.poisson(1.0, 500).astype(float), random.integers(1, 20, 500) * 1.0
    spend += predicted > 12

    found = measure_spend(spend, predicted, np.zeros(500, dtype=int), np.ones((1, 1)))

    assert found["spearman"][0] == pytest.approx(spearmanr(spend, predicted).statistic)


def test_a_replicate_counts_rows_as_often_as_their_group_was_drawn():
    random = np.random.default_rng(2)
    spend, predicted = random.exponential(2, 60), random.exponential(2, 60)
    group = np.arange(60) % 6
    draws = draw_groups(6, 3, seed=1)

    found = measure_spend(spend, predicted, group, draws)

    for number, drawn in enumerate(draws):
        rows = np.repeat(np.arange(60), drawn[group].astype(int))
        repeated = measure_spend(
            spend[rows], predicted[rows], np.zeros(len(rows), dtype=int), np.ones((1, 1))
        )
        for name, values in found.items():
            assert values[number] == pytest.approx(repeated[name][0]), name


def test_without_spend_there_is_nothing_to_divide_by():
    found = of_four([0.0, 0.0, 0.0, 0.0], [1.0, 2.0, 3.0, 4.0])

    assert np.isnan(found["normalised_gini"])
    assert np.isinf(found["total_ratio"])
    assert found["mae"] == 2.5


def test_very_many_rows_give_what_each_row_by_itself_gives():
    random = np.random.default_rng(3)
    spend = random.exponential(5, 20_000) * (random.random(20_000) < 0.05)
    predicted = random.exponential(1, 20_000) + 0.1 * spend

    found = SpendMeasures(spend, np.zeros(20_000, dtype=int), np.ones((1, 1))).of(predicted)

    def gini(values):
        spent = spend[np.argsort(-values, kind="stable")].cumsum()
        return 2 * (spent / spent[-1]).mean() - 1

    assert found["normalised_gini"][0] == pytest.approx(gini(predicted) / gini(spend), abs=1e-3)
    assert found["spearman"][0] == pytest.approx(spearmanr(spend, predicted).statistic, abs=1e-3)
    best = np.argsort(-predicted)[:1000]
    assert found["spend_share_of_best_5_percent"][0] == pytest.approx(
        spend[best].sum() / spend.sum(), abs=5e-3
    )
    assert SpendMeasures(spend, np.zeros(20_000, dtype=int), np.ones((1, 1))).total_ratio(
        predicted
    ) == pytest.approx(found["total_ratio"])
