import datetime as dt

import numpy as np
import pandas as pd
import pytest
from pyspark.ml import PipelineModel
from pyspark.sql import functions as F

from classification import LEDGER, SMALL, small_parameters
from customer_behavior.datasets import SparkMLModelDataset
from customer_behavior.pipelines.classification.training_rows import usable_rows
from customer_behavior.pipelines.regression.figures import draw_customer_spend
from customer_behavior.pipelines.regression.parameters import SpendParameters
from customer_behavior.pipelines.regression.spend_candidates import take_baselines, take_spend
from customer_behavior.pipelines.regression.spend_champion import take_spend_champion
from customer_behavior.pipelines.regression.spend_evaluation import evaluate_customer_spend
from features import feature_parameters
from regression import Spend, as_category_days, as_spenders, draw_days, draw_spenders
from support import ask_another_process

PARAMETERS = SpendParameters(
    baselines={"training_mean": "{mean_spend}", "last_period": "spend_last"},
    candidates={
        "two_part_linear": [{"penalty": 0.01}],
        "two_part_boosting": [{"trees": 5, "depth": 3, "step": 0.3, "least_rows_per_leaf": 5}],
        "tweedie": [
            {"variance_power": power, "penalty": 0.01, "iterations": 10} for power in (1.3, 1.7)
        ],
        "gradient_boosting": [],
    },
    least_share=0.001,
    evaluated_rows=100_000,
    seed=7,
)
FEW_TREES = SMALL["candidates"] | {"random_forest": []}
PROPENSITY = small_parameters(candidates=FEW_TREES)
KEYS = ["user_id", "snapshot_date"]
REPEAT = """
from customer_behavior.datasets import SparkMLModelDataset
from customer_behavior.pipelines.classification.parameters import ClassificationParameters
from customer_behavior.pipelines.regression.spend_champion import predict_customer_spend

folder, settings = sys.argv[1], ClassificationParameters.model_validate_json(sys.argv[2])
model = SparkMLModelDataset(filepath=folder + "/model").load()
examples, propensity, saved = (
    spark.read.parquet(f"{folder}/{name}") for name in ("examples", "propensity", "spend"))
again = predict_customer_spend(model, examples, propensity, settings)
both = again.join(saved.withColumnRenamed("expected_spend", "saved"), on=settings.keys)
print(json.dumps([saved.count(), *both.selectExpr(
    "count(*)", "max(abs(expected_spend - saved))", "count(DISTINCT saved)").first()]))
"""


@pytest.fixture(scope="module")
def both(settings):
    return settings.model_copy(update={"customer_spend": PARAMETERS})


@pytest.fixture(scope="module")
def days(spark):
    return as_category_days(spark, draw_days(61))


@pytest.fixture(scope="module")
def table():
    return draw_spenders()


@pytest.fixture(scope="module")
def spend(spark, table, both, days):
    return Spend(as_spenders(spark, table), both, days, PROPENSITY)


def test_a_model_beats_the_baselines_where_spend_follows_a_law(spend):
    found = spend.customer_spend_evaluation

    assert found["champion"] not in PARAMETERS.baselines
    assert found["above_best_baseline"]["normalised_gini"]["low"] > 0
    assert found["metrics"]["tweedie_deviance"]["value"] < min(
        measures["tweedie_deviance"]["value"] for measures in found["baselines"].values()
    )


def test_the_total_is_what_was_spent(spend):
    ratio = spend.customer_spend_evaluation["metrics"]["total_ratio"]

    assert ratio["low"] < 1 < ratio["high"]


def test_a_baseline_has_the_level_of_what_was_spent(spend):
    model = PipelineModel(stages=take_baselines(spend.customer_spend_candidates, PARAMETERS))

    calibrate = usable_rows(spend.examples, "calibrate", settings=PROPENSITY)
    rows = model.transform(calibrate).toPandas()

    mean = rows["spend_next"].mean()
    assert rows["training_mean_spend"].to_numpy() == pytest.approx(mean)
    assert rows["last_period_spend"].mean() == pytest.approx(mean)
    # In the example what was spent last says nothing: so much for those who spent nothing, and in
    # proportion for the others.
    spent = rows["spend_last"] > 0
    ratio = rows.loc[spent, "last_period_spend"] / rows.loc[spent, "spend_last"]
    assert ratio.to_numpy() == pytest.approx(ratio.iloc[0])
    assert rows.loc[~spent, "last_period_spend"].nunique() == 1
    for these in (spent, ~spent):
        assert rows.loc[these, "last_period_spend"].mean() == pytest.approx(mean, rel=0.3)


def test_an_odd_customer_is_not_worth_more_than_all_others(spend, table):
    odd = spend.examples.filter("role = 'test'").selectExpr(
        *(name for name in spend.examples.columns if name not in ("visits", "carts")),
        "1000000000000 AS visits",
        "1000000000000 AS carts",
        "1.0D AS purchase_probability",
    )

    found = spend.customer_spend_candidates.transform(odd).toPandas()

    most = table["spend_next"].max()
    assert 0 < found["two_part_linear_spend"].max() < 3 * most
    assert 0 < found["tweedie_1_spend"].max() < 3 * most


def test_a_promotion_in_the_week_of_calibrate_is_not_expected_again(spark, spend, both, table):
    days = draw_days(61)
    is_peak = days["event_date"] == dt.date(2019, 11, 12)
    days.loc[is_peak, ["views", "revenue"]] *= 8
    after = Spend(spend.examples, both, as_category_days(spark, days), PROPENSITY)
    after.classified = spend.classified
    after._made["customer_spend_candidates"] = spend.customer_spend_candidates

    share = after.customer_spend_selection["usual_week_share"]

    week = (days["event_date"] >= dt.date(2019, 11, 10)) & (
        days["event_date"] < dt.date(2019, 11, 17)
    )
    extra = days.loc[is_peak, "revenue"].sum() * 7 / 8
    recorded = days.loc[week, "revenue"].sum()
    assert share == pytest.approx((recorded - extra) / recorded, rel=0.05)
    expected = spend.customer_spend_predictions.toPandas().set_index(KEYS)["expected_spend"]
    found = after.customer_spend_predictions.toPandas().set_index(KEYS)["expected_spend"]
    pd.testing.assert_series_equal(
        found.sort_index(), share * expected.sort_index(), check_names=False
    )
    # Nor by the baselines beside it.
    baselines = [
        one.customer_spend_test_scores.toPandas().set_index(KEYS)["last_period_spend"].sort_index()
        for one in (spend, after)
    ]
    pd.testing.assert_series_equal(baselines[1], share * baselines[0])


def test_each_customer_with_a_probability_has_an_expected_spend(spend):
    predicted = spend.customer_spend_predictions.toPandas()

    assert len(predicted) == spend.classified.predictions.count() > 1000
    assert (predicted["expected_spend"] > 0).all()
    assert set(predicted["role"]) == {"select", "calibrate", "test", "score"}
    assert set(predicted["model_source_id"]) == {"abc"}
    means = predicted.groupby(["role", "decile"])["expected_spend"].mean().unstack()
    assert (means.diff(axis=1).iloc[:, 1:] <= 0).all(axis=None)


def test_what_select_and_test_spent_changes_no_prediction(spark, table, spend):
    is_poisoned = table["role"].isin(["select", "test"])
    poisoned = Spend(
        as_spenders(
            spark, table.assign(spend_next=np.where(is_poisoned, 1e6, table["spend_next"]))
        ),
        spend.settings,
        spend.days,
        PROPENSITY,
    )
    # The same purchase likelihood: this is about the spend. The choice is made on select.
    poisoned.classified = spend.classified
    poisoned._made["customer_spend_selection"] = spend.customer_spend_selection

    expected, found = (
        one.customer_spend_predictions.toPandas().set_index(KEYS)["expected_spend"].sort_index()
        for one in (spend, poisoned)
    )

    pd.testing.assert_series_equal(found, expected, rtol=1e-9)


def test_another_process_repeats_the_predictions_from_the_saved_model(spend, tmp_path):
    SparkMLModelDataset(filepath=str(tmp_path / "model")).save(spend.customer_spend_model)
    tables = {
        "examples": spend.examples,
        "propensity": spend.classified.predictions,
        "spend": spend.customer_spend_predictions,
    }
    for name, table in tables.items():
        table.write.parquet(str(tmp_path / name))

    saved, repeated, difference, values = ask_another_process(
        REPEAT, tmp_path, PROPENSITY.model_dump_json()
    )

    assert saved == repeated
    assert difference < 1e-9
    assert values > 1000


def test_a_missing_column_is_named(spend):
    rows = spend.examples.drop("brand")

    with pytest.raises(ValueError, match="needs the columns brand, purchase_probability"):
        spend.customer_spend_model.transform(rows)


def test_too_few_purchases_are_no_error(spark, table, spend):
    few = table.assign(
        purchased_next=table["purchased_next"].where(table["user_id"] < 5, False).astype(object),
    )
    few.loc[few["role"] == "score", "purchased_next"] = None
    nothing = Spend(as_spenders(spark, few), spend.settings, spend.days, PROPENSITY)

    assert nothing.customer_spend_evaluation["status"] == "not_enough_data"
    assert "rows with a purchase" in nothing.customer_spend_evaluation["reason"]
    assert nothing.customer_spend_predictions.isEmpty()
    assert "expected_spend" in nothing.customer_spend_predictions.columns


def test_a_week_with_too_few_purchases_to_choose_by_is_no_error(spark, table, spend):
    few = table.copy()
    few.loc[few["role"].isin(["select", "calibrate"]), ["purchased_next", "spend_next"]] = [
        False,
        0,
    ]
    nothing = Spend(as_spenders(spark, few), spend.settings, spend.days, PROPENSITY)

    assert "select has 0 rows with a purchase" in nothing.customer_spend_evaluation["reason"]
    assert nothing.customer_spend_predictions.isEmpty()


def test_a_test_week_without_purchases_is_no_error(spark, table, spend):
    none = table.copy()
    none.loc[none["role"] == "test", ["purchased_next", "spend_next"]] = [False, 0]
    quiet = Spend(as_spenders(spark, none), spend.settings, spend.days, PROPENSITY)

    assert quiet.customer_spend_evaluation["status"] == "not_enough_data"
    assert "test has 0 rows with a purchase" in quiet.customer_spend_evaluation["reason"]
    assert not quiet.customer_spend_predictions.isEmpty()


def test_predictions_of_another_input_are_noticed(spend):
    part = spend.customer_spend_test_scores.withColumn(
        "expected_spend", F.when(F.col("user_id") > 100, F.col("expected_spend"))
    )

    with pytest.raises(ValueError, match=r"\d+ of \d+ test rows have no prediction"):
        evaluate_customer_spend(
            part, spend.customer_spend_selection, spend.examples, LEDGER, PARAMETERS, PROPENSITY
        )


def test_each_of_several_candidates_can_be_taken(spend):
    model = spend.customer_spend_candidates
    rows = spend.examples.filter("role = 'test'").selectExpr("*", "0.1D AS purchase_probability")
    everything = model.transform(rows).toPandas().set_index(KEYS).sort_index()

    for name in ("tweedie_1", "tweedie_2", "two_part_boosting", "training_mean", "last_period"):
        stages = take_spend(model, name, PARAMETERS)
        column = f"{name}_spend"
        found = PipelineModel(stages=stages).transform(rows).toPandas().set_index(KEYS).sort_index()
        pd.testing.assert_series_equal(found[column], everything[column])
        others = [other for other in found if other.endswith("_spend") and other != column]
        assert not others


def test_a_baseline_that_is_not_beaten_is_champion(spend):
    selection = spend.customer_spend_selection | {
        "champion": "last_period", "usual_week_share": 0.5,
    }  # fmt: skip
    model = take_spend_champion(
        spend.customer_spend_candidates, selection, LEDGER, spend.settings, PROPENSITY,
        feature_parameters(),
    )  # fmt: skip

    rows = spend.examples.filter("role = 'test'").selectExpr("*", "0.1D AS purchase_probability")
    found = model.transform(rows).toPandas()

    assert found["expected_spend"].to_numpy() == pytest.approx(found["last_period_spend"] / 2)


def test_the_figure_shows_each_tenth(spend):
    deciles = spend.customer_spend_evaluation["deciles"]
    spent, expected = draw_customer_spend(spend.customer_spend_evaluation).data

    assert list(spent.x) == list(expected.x) == [*range(1, 11)]
    assert list(spent.y) == [of["actual"]["value"] for of in deciles]
    assert list(expected.y) == [of["predicted"] for of in deciles]
    empty = draw_customer_spend({"status": "not_enough_data"})
    assert empty.layout.annotations[-1].text == "too little data"
