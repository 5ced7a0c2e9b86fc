import pytest
from pyspark.ml import PipelineModel

from customer_behavior.pipelines.classification.stages import ModelInput, TargetRates

SEEN = "fold int, label double, weight double, brand string, hour int"


def rates_of(fitted, rows, *outputs):
    return [
        tuple(row) for row in fitted.transform(rows).select(*outputs or ["brand_rate"]).collect()
    ]


@pytest.fixture(scope="module")
def seen(spark):
    """Two rows with a purchase, and two without that stand for two and four: a fourth buy."""
    return spark.createDataFrame(
        [
            (0, 1.0, 1.0, "sony", 9),
            (0, 0.0, 2.0, "sony", 9),
            (1, 1.0, 1.0, "sony", 9),
            (1, 0.0, 4.0, "lg", 20),
            (1, 0.0, 0.0, None, 20),
        ],
        SEEN,
    )


@pytest.fixture(scope="module")
def unseen(spark):
    rows = [("sony", 9), ("lg", 9), ("lego", 9), (None, 20)]
    return spark.createDataFrame(rows, "brand string, hour int")


@pytest.fixture(scope="module")
def fitted(seen):
    """To each count four rows of all are added, one of which buys."""
    expressions = {"brand_rate": "brand", "early_score": "hour < 12"}
    return TargetRates(expressions=expressions, smoothing=4.0).fit(seen)


def test_training_rows_get_the_rate_of_the_other_folds(fitted, seen):
    rates = fitted.transform(seen).select("fold", "brand", "brand_rate").collect()

    assert {(row.fold, row.brand): round(row.brand_rate, 9) for row in rates} == {
        (0, "sony"): round((1 + 1) / (1 + 4), 9),
        (1, "sony"): round((1 + 1) / (3 + 4), 9),
        (1, "lg"): 1 / 4,
        (1, None): 1 / 4,
    }


def test_new_rows_get_the_rate_of_all_folds(fitted, unseen):
    rates = dict(rates_of(fitted, unseen, "brand", "brand_rate"))

    assert rates["sony"] == pytest.approx((2 + 1) / (4 + 4))
    assert rates["lg"] == pytest.approx((0 + 1) / (4 + 4))


def test_values_that_were_not_seen_and_nulls_get_the_rate_of_all(fitted, unseen):
    rates = dict(rates_of(fitted, unseen, "brand", "brand_rate"))

    assert (rates["lego"], rates[None]) == (0.25, 0.25)


def test_a_value_of_one_fold_has_no_rate_of_others_even_without_smoothing(seen):
    rates = rates_of(
        TargetRates(expressions={"brand_rate": "brand"}).fit(seen), seen, "brand", "brand_rate"
    )

    assert dict(rates)["lg"] == 0.25


def test_each_row_is_kept_once(fitted, seen, unseen):
    assert fitted.transform(seen).count() == 5
    assert fitted.transform(unseen).count() == 4


def test_what_is_rated_may_be_an_expression(fitted, unseen):
    rates = rates_of(fitted, unseen, "hour", "early_score")

    assert dict(rates) == pytest.approx({9: (2 + 1) / (4 + 4), 20: (0 + 1) / (4 + 4)})


def test_a_column_of_nulls_has_the_rate_of_all(spark):
    nulls = spark.createDataFrame([(0, 1.0, 1.0, None, 9), (1, 0.0, 1.0, None, 9)], SEEN)
    fitted = TargetRates(expressions={"brand_rate": "brand"}, smoothing=4.0).fit(nulls)

    assert rates_of(fitted, nulls) == [(0.5,), (0.5,)]
    assert rates_of(fitted, nulls.drop("fold")) == [(0.5,), (0.5,)]


def test_only_some_of_the_columns_are_added(fitted, unseen):
    some = fitted.only(["brand_rate"])

    assert some.transform(unseen).columns == ["brand", "hour", "brand_rate"]
    assert rates_of(some, unseen) == rates_of(fitted, unseen)


def test_rates_are_the_same_after_they_were_saved(fitted, seen, unseen, tmp_path):
    PipelineModel(stages=[fitted]).write().save(str(tmp_path / "model"))

    loaded = PipelineModel.load(str(tmp_path / "model"))

    outputs = ("brand", "brand_rate", "early_score")
    for rows in (seen, unseen):
        assert rates_of(loaded, rows, *outputs) == rates_of(fitted, rows, *outputs)


def test_the_first_stage_names_all_columns_that_are_missing(unseen):
    with pytest.raises(ValueError, match="needs the columns carts, views, which the rows do not"):
        ModelInput(columns=["carts", "brand", "views"]).transform(unseen)


def test_the_first_stage_says_whose_model_it_is(unseen):
    rows = ModelInput(columns=["brand"], source_id="abc", version="1").transform(unseen)

    assert rows.select("model_source_id", "model_version").first() == ("abc", "1")
