import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

from customer_behavior.evaluation.binned_scores import count_scores, customer_group
from customer_behavior.evaluation.bootstrap import draw_groups, summarise
from customer_behavior.evaluation.classification import measure

ROWS = "customer_group int, label double, score double, probability double, brand string"


def counts_of(group, bin_, label, probability):
    """Counts as Spark makes them, from one entry per row."""
    rows = pd.DataFrame(
        {"customer_group": group, "bin": bin_, "positives": label, "probability": probability}
    ).assign(rows=1)
    rows["squared_error"] = (rows["probability"] - rows["positives"]) ** 2
    rows["log_loss"] = -np.log((1 - rows["positives"] - rows["probability"]).abs())
    return rows.groupby(["customer_group", "bin"], as_index=False).sum()


def ranked(*labels_of_bins):
    """What is measured of rows that are given by their labels, the best bin first."""
    bins = [-place for place, labels in enumerate(labels_of_bins) for _ in labels]
    labels = np.concatenate(labels_of_bins)
    counts = counts_of(0, bins, labels, np.full(len(labels), 0.5))
    return {name: values[0] for name, values in measure(counts, np.ones((1, 1))).items()}


def random_rows(seed=3, rows=400, customers=400):
    random = np.random.default_rng(seed)
    log_odds = random.normal(-1, 1.5, rows)
    return pd.DataFrame(
        {
            "group": np.arange(rows) % customers,
            "bin": np.round(100 * log_odds),
            "label": (random.random(rows) < 1 / (1 + np.exp(-0.7 * log_odds))).astype(float),
            "probability": 1 / (1 + np.exp(-np.round(log_odds, 2))),
        }
    )


def test_average_precision_is_the_mean_precision_where_a_purchase_is_found():
    assert ranked([1], [0], [1], [0])["pr_auc"] == pytest.approx((1 / 1 + 2 / 3) / 2)


def test_purchases_with_the_same_score_have_the_same_precision():
    assert ranked([1, 0], [1, 0, 0])["pr_auc"] == pytest.approx((1 / 2 + 2 / 5) / 2)


def test_roc_auc_counts_a_tie_as_half():
    # The first purchase wins two of three comparisons, the second none; three are ties.
    assert ranked([1, 0], [1, 0, 0])["roc_auc"] == pytest.approx((2 + 3 / 2) / 6)


def test_lift_takes_as_much_of_a_bin_as_it_needs():
    measured = ranked([1, 0], [0] * 7 + [1])

    # One of ten rows: half of the first bin, whose rows buy half of the time; a fifth of all do.
    assert measured["lift_at_10_percent"] == pytest.approx(0.5 / 0.2)
    # Of 40 rows two: the first bin and a third of the second.
    measured = ranked([1], [1, 0, 0], [0] * 34 + [1, 1])
    assert measured["lift_at_5_percent"] == pytest.approx((1 + 1 / 3) / 2 / (4 / 40))


def test_losses_are_means_over_rows_and_the_ratio_is_predicted_over_actual(spark):
    rows = spark.createDataFrame(
        [(0, 1.0, 0.8, 0.8, "a"), (0, 0.0, 0.4, 0.4, "a"), (0, 1.0, 0.5, 0.5, "a")], ROWS
    )

    measured = measure(count_scores(rows, {"model": ("score", "probability")}), np.ones((1, 1)))

    assert measured["log_loss"][0] == pytest.approx(-np.log(0.8 * 0.6 * 0.5) / 3)
    assert measured["brier"][0] == pytest.approx((0.04 + 0.16 + 0.25) / 3)
    assert measured["total_ratio"][0] == pytest.approx(1.7 / 2)
    assert measured["base_rate"][0] == pytest.approx(2 / 3)


def test_the_calibration_slope_is_that_of_a_logistic_regression():
    rows = random_rows()
    repeated = pd.concat([rows[rows["group"] < 100]] * 3 + [rows[rows["group"] >= 250]])
    draws = np.vstack([np.ones(400), np.repeat([3, 0, 1], [100, 150, 150])])

    slopes = measure(counts_of(*rows.T.to_numpy()), draws)["calibration_slope"]

    for slope, of_rows in zip(slopes, (rows, repeated), strict=True):
        log_odds = np.log(of_rows["probability"] / (1 - of_rows["probability"]))
        fitted = sm.Logit(of_rows["label"], sm.add_constant(log_odds)).fit(disp=False)
        assert slope == pytest.approx(fitted.params["probability"], rel=1e-6)


@pytest.mark.parametrize(("slope", "intercept"), [(0.4, 0), (0.3, 0), (1, 2.5), (2, 3)])
def test_a_calibration_slope_is_found_however_wrong_probabilities_are(slope, intercept):
    random = np.random.default_rng(2)
    log_odds = np.round(random.normal(-3, 1, 20_000), 2)
    label = random.random(20_000) < 1 / (1 + np.exp(-intercept - slope * log_odds))
    counts = counts_of(0, 100 * log_odds, label.astype(float), 1 / (1 + np.exp(-log_odds)))

    found = measure(counts, np.ones((1, 1)))["calibration_slope"][0]

    # Three standard errors of a logistic regression on so many rows.
    assert found == pytest.approx(slope, abs=0.1)


def test_what_is_not_defined_is_none_and_no_nan():
    def described(label, probability):
        measured = measure(counts_of([0, 1], [1, 2], label, probability), draw_groups(2, 50, 1))
        return {name: summarise(values, 0.95)["value"] for name, values in measured.items()}

    without_purchase = described([0, 0], [0.2, 0.4])
    is_none = {name for name, value in without_purchase.items() if value is None}
    assert is_none == {
        "pr_auc", "roc_auc", "lift_at_1_percent", "lift_at_5_percent", "lift_at_10_percent",
        "calibration_slope", "total_ratio",
    }  # fmt: skip
    assert without_purchase["base_rate"] == 0
    everybody_buys = described([1, 1], [0.2, 0.4])
    assert everybody_buys["roc_auc"] is None
    assert everybody_buys["calibration_slope"] is None
    assert everybody_buys["pr_auc"] == 1


def test_one_probability_for_all_has_no_calibration_slope():
    rows = random_rows().assign(bin=7, probability=0.3)

    slopes = measure(counts_of(*rows.T.to_numpy()), draw_groups(400, 20, 1))["calibration_slope"]

    assert np.isnan(slopes).all()


def test_probabilities_that_separate_the_labels_have_no_calibration_slope():
    # Two of ten buy at 0.2; at 0.3, which few rows have, nobody does: no slope is steep enough.
    probability = np.repeat([0.2, 0.3], [10, 3])
    counts = counts_of(0, np.repeat([1, 2], [10, 3]), [1, 1] + [0] * 11, probability)

    assert np.isnan(measure(counts, np.ones((1, 1)))["calibration_slope"][0])


def test_an_interval_covers_the_truth_as_often_as_it_says():
    random, draws, truth = np.random.default_rng(8), draw_groups(100, 200, seed=4), 0.2

    def covers():
        group = np.repeat(np.arange(100), 5)
        label = (random.random(500) < truth).astype(float)
        rate = measure(counts_of(group, 0, label, np.full(500, 0.5)), draws)["base_rate"]
        interval = summarise(rate, 0.95)
        return interval["low"] <= truth <= interval["high"]

    # 300 trials: three standard errors are 4 percent.
    assert np.mean([covers() for _ in range(300)]) == pytest.approx(0.95, abs=0.04)


def test_rows_of_a_customer_stay_together():
    rows = random_rows(rows=100)
    repeated = pd.concat([rows] * 4)

    def width(group):
        counts = counts_of(group, repeated["bin"], repeated["label"], repeated["probability"])
        interval = summarise(measure(counts, draw_groups(400, 500, 1))["roc_auc"], 0.95)
        return interval["high"] - interval["low"]

    # Four rows that say the same are no more than one: half as sure as four customers.
    assert width(repeated["group"]) / width(np.arange(400)) == pytest.approx(2, abs=0.4)


def test_customers_are_spread_over_the_groups_and_each_is_in_one(spark):
    rows = spark.range(2000).selectExpr("id % 1000 AS user_id")

    groups = rows.select("user_id", customer_group(10).alias("group")).distinct().toPandas()

    assert len(groups) == 1000
    assert sorted(groups["group"].unique()) == list(range(10))
    assert groups["group"].value_counts().between(70, 130).all()


@pytest.fixture(scope="module")
def scored():
    """Rows with many ties, the highest and the lowest score among them."""
    random = np.random.default_rng(5)
    score = random.choice([0.0, 0.05, 0.1, 0.2, 0.5, 0.9, 1.0], 300)
    return pd.DataFrame(
        {
            "customer_group": random.integers(0, 20, 300),
            "label": (random.random(300) < 0.1 + 0.6 * score).astype(float),
            "score": score,
            "probability": 0.05 + 0.9 * score,
            "brand": random.choice(["sony", "lg", None], 300),
        }
    )


def by_brute_force(rows):
    label, score = rows["label"].to_numpy(), rows["score"].to_numpy()
    probability = rows["probability"].to_numpy()
    pairs = np.sign(score[label == 1][:, None] - score[label == 0])
    precision = [label[score >= at].mean() for at in score[label == 1]]
    happened = np.where(label == 1, probability, 1 - probability)
    return {
        "pr_auc": np.mean(precision),
        "roc_auc": np.mean((pairs + 1) / 2),
        "log_loss": np.mean(-np.log(happened)),
        "brier": np.mean((probability - label) ** 2),
        "total_ratio": probability.sum() / label.sum(),
        "base_rate": label.mean(),
    }


@pytest.mark.parametrize(("part", "value"), [("", ""), ("brand", "sony")])
def test_spark_counts_what_the_rows_themselves_say(spark, scored, part, value):
    rows = spark.createDataFrame(scored.astype(object).values.tolist(), ROWS)

    counts = count_scores(rows, {"model": ("score", "probability")}, ["brand"])

    of_part = counts[(counts["slice"] == part) & (counts["value"] == value)]
    measured = measure(of_part, np.ones((1, 20)))
    expected = by_brute_force(scored[scored["brand"] == value] if part else scored)
    assert {name: measured[name][0] for name in expected} == pytest.approx(expected)
    assert set(counts["value"]) == {"", "sony", "lg"}


def test_each_scorer_is_ranked_by_its_own_score(spark, scored):
    rows = spark.createDataFrame(scored.astype(object).values.tolist(), ROWS)
    rows = rows.selectExpr("*", "1 - score AS reversed")
    scorers = {"model": ("score", "probability"), "other": ("reversed", "reversed")}

    counts = count_scores(rows, scorers)

    auc, reversed_auc = (
        measure(counts[counts["scorer"] == name], np.ones((1, 20)))["roc_auc"][0]
        for name in scorers
    )
    assert auc == pytest.approx(1 - reversed_auc)


def test_bins_cost_less_than_a_thousandth(spark):
    rows = random_rows(rows=2000).assign(customer_group=0, brand="sony")
    score = np.random.default_rng(1).beta(1, 20, 2000) + 0.05 * rows["label"]
    rows = rows.assign(score=score, probability=score)
    columns = ["customer_group", "label", "score", "probability", "brand"]
    table = spark.createDataFrame(rows[columns].astype(object).values.tolist(), ROWS)

    measured = measure(count_scores(table, {"m": ("score", "probability")}), np.ones((1, 1)))

    expected = by_brute_force(rows)
    for name in ("pr_auc", "roc_auc"):
        assert measured[name][0] == pytest.approx(expected[name], abs=1e-3)
