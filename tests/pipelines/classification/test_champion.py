import pytest
from pyspark.sql import functions as F

from classification import LEDGER, SMALL, Classification, as_examples, small_parameters
from customer_behavior.datasets import SparkMLModelDataset
from customer_behavior.evaluation.classification import RANKING
from customer_behavior.pipelines.classification.candidates import score_of, take_baselines
from customer_behavior.pipelines.classification.champion import calibrate_champion, model_version
from features import feature_parameters
from support import ask_another_process

REPEAT = """
from customer_behavior.datasets import SparkMLModelDataset
from customer_behavior.pipelines.classification.parameters import ClassificationParameters
from customer_behavior.pipelines.classification.predictions import predict_purchases

folder, settings = sys.argv[1], ClassificationParameters.model_validate_json(sys.argv[2])
model = SparkMLModelDataset(filepath=folder + "/model").load()
again = predict_purchases(model, spark.read.parquet(folder + "/examples"), settings)
saved = spark.read.parquet(folder + "/predictions")
both = again.join(saved.withColumnRenamed("probability", "saved"), on=settings.keys)
print(json.dumps([saved.count(), *both.selectExpr(
    "count(*)", "max(abs(probability - saved))", "count(DISTINCT saved)").first()]))
"""


def test_a_model_is_champion_where_columns_tell_who_buys(classified):
    selection = classified.selection

    champion = selection["candidates"][selection["champion"]]
    assert champion["pr_auc_above_baseline"]["low"] > 0
    others = [*selection["candidates"].values(), *selection["baselines"].values()]
    assert champion["pr_auc"]["value"] == max(other["pr_auc"]["value"] for other in others)


def test_the_best_baseline_is_the_one_that_is_compared_with(classified):
    baselines = classified.selection["baselines"]

    best = classified.selection["best_baseline"]

    assert baselines[best]["pr_auc"]["value"] == max(
        baseline["pr_auc"]["value"] for baseline in baselines.values()
    )
    assert baselines[best]["pr_auc_above_baseline"] == {"value": 0, "low": 0, "high": 0}


def test_scores_that_are_no_probabilities_yet_are_measured_by_their_order(classified):
    for measured in classified.selection["candidates"].values():
        assert set(measured) == {*RANKING, "pr_auc_above_baseline"}


@pytest.fixture(scope="module")
def at_random(spark, table):
    """Examples whose labels were exchanged within each role, with all that is made of them."""
    labels = table.groupby("role")["purchased_next"].sample(frac=1, random_state=2)
    by_role = table.sort_values("role", kind="stable").index
    exchanged = table.assign(purchased_next=labels.set_axis(by_role))
    candidates = SMALL["candidates"] | {"gradient_boosting": []}
    return Classification(as_examples(spark, exchanged), small_parameters(candidates=candidates))


@pytest.mark.default_line
@pytest.mark.slow
def test_a_baseline_is_champion_where_nothing_tells_who_buys(at_random):
    selection = at_random.selection

    assert selection["champion"] == selection["best_baseline"]
    assert selection["champion"] in at_random.settings.baselines


@pytest.mark.default_line
@pytest.mark.slow
def test_predictions_come_from_the_champion_even_if_it_is_a_baseline(at_random):
    score = score_of(at_random.selection["champion"])
    baseline = take_baselines(at_random.candidates, [at_random.selection["champion"]])
    rates = baseline.transform(at_random.examples)

    both = at_random.predictions.join(rates, on=at_random.settings.keys, how="inner")

    assert both.count() == at_random.predictions.count() > 1000
    assert both.filter(F.col("raw_score") != F.col(score)).isEmpty()


def calibrated(classified, isotonic_positives):
    settings = small_parameters(
        training=SMALL["training"] | {"isotonic_positives": isotonic_positives}
    )
    return calibrate_champion(
        classified.candidates, classified.selection, classified.examples, LEDGER, settings,
        feature_parameters(),
    )  # fmt: skip


@pytest.fixture(scope="module")
def calibration_rows(classified):
    return classified.examples.filter("role = 'calibrate' AND NOT is_suspected_bot")


@pytest.fixture(scope="module")
def positives(calibration_rows):
    return calibration_rows.filter("purchased_next").count()


@pytest.fixture(scope="module")
def isotonic(classified, positives):
    return calibrated(classified, positives)


def test_isotonic_calibration_needs_so_many_purchases(classified, isotonic, positives):
    logistic = calibrated(classified, positives + 1)

    def values(model):
        columns = ("raw_score", "probability")
        scored = model.transform(classified.examples.filter("role = 'calibrate'"))
        return scored.agg(*map(F.count_distinct, columns)).first()

    # A logistic curve rises all the time, an isotonic one in steps.
    assert values(logistic)[1] == values(logistic)[0] > 400
    assert values(isotonic)[1] < 100


@pytest.mark.parametrize("kind", ["isotonic", "logistic"])
def test_probabilities_are_as_high_as_the_rate_although_others_were_sampled(
    classified, isotonic, calibration_rows, kind
):
    model = isotonic if kind == "isotonic" else classified.model

    mean = F.mean(F.col("purchased_next").cast("int")).alias("rate"), F.mean("probability")
    rate, probability = model.transform(calibration_rows).agg(*mean).first()

    assert classified.training_rows.agg(F.mean("label")).first()[0] > 2 * rate
    assert probability == pytest.approx(rate, rel=0.02)


def test_probabilities_are_never_surer_than_the_rows_allow(classified, isotonic, calibration_rows):
    least = 1 / (2 * calibration_rows.count())

    lowest, highest = (
        isotonic.transform(classified.examples)
        .agg(F.min("probability"), F.max("probability"))
        .first()
    )

    # The isotonic curve itself begins at 0 and ends at 1.
    assert lowest == pytest.approx(least)
    assert highest == pytest.approx(1 - least)


def test_the_version_of_a_model_changes_with_what_it_is_made_from(classified):
    version = model_version("abc", small_parameters(), feature_parameters())

    assert classified.predictions.select(
        "model_version", "model_source_id"
    ).distinct().collect() == [(version, "abc")]
    seed = {**SMALL["training"], "seed": 8}
    assert version not in {
        model_version("other", small_parameters(), feature_parameters()),
        model_version("abc", small_parameters(training=seed), feature_parameters()),
        model_version("abc", small_parameters(), feature_parameters(calendar={"horizon_days": 14})),
    }


@pytest.mark.slow
def test_another_process_repeats_the_predictions_from_the_saved_model(classified, tmp_path):
    SparkMLModelDataset(filepath=str(tmp_path / "model")).save(classified.model)
    classified.examples.write.parquet(str(tmp_path / "examples"))
    classified.predictions.write.parquet(str(tmp_path / "predictions"))

    saved, repeated, difference, values = ask_another_process(
        REPEAT, tmp_path, classified.settings.model_dump_json()
    )

    assert saved == repeated
    assert difference < 1e-12
    assert values > 1000
