import pytest
from pyspark.ml import PipelineModel
from pyspark.sql import functions as F

from classification import Classification
from customer_behavior.pipelines.classification.predictions import predict_purchases

NOTHING = {"model": PipelineModel(stages=[]), "selection": {"status": "not_enough_data"}}


@pytest.fixture(scope="module")
def predictions(classified):
    return classified.predictions.toPandas()


def test_each_row_whose_outcome_was_not_learned_from_is_predicted_once(classified, predictions):
    wanted = classified.examples.filter("role <> 'train' AND NOT is_suspected_bot").toPandas()

    keys = ["user_id", "snapshot_date", "role"]
    assert sorted(map(tuple, predictions[keys].values)) == sorted(map(tuple, wanted[keys].values))


def test_rows_whose_outcome_is_not_known_yet_have_probabilities(predictions):
    probability = predictions.loc[predictions["role"] == "score", "probability"]

    assert len(probability) > 900
    assert probability.between(0, 1).all()
    assert probability.nunique() > 900


def test_the_first_decile_has_the_highest_scores_of_its_role(predictions):
    for _, of_role in predictions.groupby("role"):
        scores = of_role.groupby("decile")["raw_score"].agg(["min", "max", "size"])

        assert list(scores.index) == list(range(1, 11))
        assert (scores["min"].to_numpy()[:-1] >= scores["max"].to_numpy()[1:]).all()
        assert scores["size"].max() - scores["size"].min() <= 1


def test_a_probability_does_not_depend_on_the_other_rows(classified, predictions):
    alone = classified.examples.filter("role = 'score'").limit(5)

    repeated = predict_purchases(classified.model, alone, classified.settings).toPandas()

    both = repeated.merge(predictions, on=["user_id", "snapshot_date"], suffixes=("", "_before"))
    assert len(both) == len(repeated) > 0
    assert both["probability"].tolist() == both["probability_before"].tolist()


def test_without_a_model_there_are_no_rows_but_all_columns(classified):
    without = Classification(
        classified.examples, classified.settings, candidates=PipelineModel(stages=[]), **NOTHING
    )

    assert without.predictions.isEmpty()
    assert without.predictions.dtypes == classified.predictions.dtypes
    assert without.test_scores.isEmpty()
    assert without.test_scores.dtypes == classified.test_scores.dtypes


def test_a_column_that_the_model_needs_is_named_where_it_is_missing(classified):
    rows = classified.examples.drop("visits", "brand")

    with pytest.raises(ValueError, match="needs the columns visits, brand"):
        predict_purchases(classified.model, rows, classified.settings)


def test_test_rows_have_the_scores_of_baselines_and_model(classified, predictions):
    rows = classified.test_scores
    known = classified.examples.filter("role = 'test'")

    both = rows.join(known, on=["user_id", "snapshot_date"], how="inner")

    assert both.count() == rows.count() == (predictions["role"] == "test").sum()
    wrong = (F.col("label") == 1) != F.col("purchased_next")
    assert both.filter(wrong | (F.col("by_brand") != F.col("brand"))).isEmpty()
    rates = both.groupBy(F.col("carts") > 0).agg(F.collect_set("has_cart_score")).collect()
    (with_cart,), (without_cart,) = dict(rates)[True], dict(rates)[False]
    assert with_cart > without_cart
