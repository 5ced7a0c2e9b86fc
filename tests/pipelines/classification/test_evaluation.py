import json

import pytest
from pyspark.sql import functions as F

from classification import Classification, output_names, small_parameters
from customer_behavior.pipelines.classification.evaluation import evaluate_predictions

METRICS = {
    "pr_auc", "roc_auc", "log_loss", "brier", "calibration_slope",
    "lift_at_1_percent", "lift_at_5_percent", "lift_at_10_percent",
}  # fmt: skip


@pytest.fixture(scope="module")
def evaluation(classified):
    return classified.evaluation


def test_the_evaluation_says_what_readers_of_all_evaluations_look_for(evaluation):
    assert (evaluation["task"], evaluation["source_id"]) == ("customer_propensity", "abc")
    assert evaluation["status"] == "ok"
    assert evaluation["champion"] in evaluation["candidates"]
    # What was tried on select: the models and, beside them, the baselines.
    assert set(evaluation["baselines"]) < set(evaluation["candidates"])
    assert list(evaluation["baselines"]) == ["prior", "recency", "has_cart"]
    for measured in (evaluation["metrics"], *evaluation["baselines"].values()):
        assert measured.keys() >= METRICS
        assert all(entry.keys() == {"value", "low", "high"} for entry in measured.values())


def test_rows_rates_and_times_of_each_role_are_those_of_the_examples(evaluation, table):
    people = table[~table["is_suspected_bot"]].groupby("role")
    roles = ["train", "select", "calibrate", "test"]

    assert evaluation["rows"] == people.size()[roles].to_dict()
    rates = people["purchased_next"].mean()[roles].astype(float)
    assert evaluation["base_rates"] == pytest.approx(rates.to_dict())
    assert evaluation["period"]["train"] == ["2019-10-20", "2019-11-03"]
    assert evaluation["period"]["test"] == ["2019-11-17", "2019-11-17"]


def test_reports_are_json_without_nan(classified):
    for report in (classified.evaluation, classified.selection, classified.contact_policy):
        json.dumps(report, allow_nan=False)


def test_intervals_lie_around_what_was_observed(evaluation):
    for name in METRICS:
        measured = evaluation["metrics"][name]
        assert measured["low"] < measured["value"] < measured["high"], name


def test_the_advantage_of_a_model_that_is_clearly_better_is_above_zero(evaluation):
    above = evaluation["above_best_baseline"]
    best = evaluation["baselines"][evaluation["best_baseline"]]

    assert above["pr_auc"]["low"] > 0
    assert above["log_loss"]["high"] < 0
    difference = evaluation["metrics"]["pr_auc"]["value"] - best["pr_auc"]["value"]
    assert above["pr_auc"]["value"] == pytest.approx(difference)


def test_small_parts_are_left_out_and_the_others_in_order(classified, evaluation):
    rows = classified.test_scores.groupBy("by_visits").count().collect()
    large = sorted(int(row.by_visits) for row in rows if row["count"] >= 40)
    settings = small_parameters(
        evaluation=classified.settings.evaluation.model_dump() | {"least_rows_of_slice": 40}
    )

    found = evaluate_predictions(
        classified.test_scores, classified.selection, classified.examples,
        {"source_id": "abc"}, settings,
    )["by_visits"]  # fmt: skip

    assert 12 in large
    assert len(large) < len(rows)
    assert list(found) == [str(visits) for visits in large]


def test_a_part_is_measured_as_if_it_was_all(classified, evaluation):
    lego = evaluation["by_brand"]["lego"]
    rows = classified.test_scores.filter("by_brand = 'lego'")

    number, rate = rows.agg(F.count("*"), F.mean("label")).first()

    assert lego["rows"] == number
    assert lego["metrics"]["base_rate"]["value"] == pytest.approx(rate)
    assert lego["best_baseline"]["base_rate"]["value"] == pytest.approx(rate)
    assert lego["metrics"]["pr_auc"]["value"] > lego["best_baseline"]["pr_auc"]["value"]


def test_deciles_hold_all_rows_and_the_first_buys_most(evaluation):
    deciles = evaluation["deciles"]
    actual = [decile["actual"]["value"] for decile in deciles]

    assert [decile["decile"] for decile in deciles] == list(range(1, 11))
    assert sum(decile["rows"] for decile in deciles) == evaluation["rows"]["test"]
    assert actual[0] == max(actual) > 3 * evaluation["base_rates"]["test"]
    assert deciles[0]["predicted"] > deciles[-1]["predicted"]


def test_a_curve_ends_where_all_are_taken(evaluation):
    curve = evaluation["curves"]["champion"]

    assert curve[-1]["share"] == curve[-1]["recall"] == 1
    assert curve[-1]["precision"] == pytest.approx(evaluation["base_rates"]["test"])
    recalls = [point["recall"] for point in curve]
    assert recalls == sorted(recalls)


# What is kept, what the reason says, and what is the same as with all rows.
LITTLE = {
    "no purchase in train": ("role <> 'train' OR NOT purchased_next", "train has 0 rows with", []),
    "no row to select by": ("role <> 'select'", "select has 0 rows with", ["candidates"]),
    "no row to calibrate by": ("role <> 'calibrate'", "calibrate has 0 rows with", ["candidates"]),
    "no row to test by": (
        "role <> 'test'",
        "test has 0 rows with",
        ["candidates", "selection", "model"],
    ),
    "no row at all": ("false", "train has 0 rows with", []),
}


@pytest.mark.default_line
@pytest.mark.slow
@pytest.mark.parametrize("case", LITTLE)
def test_too_little_data_is_said_and_no_error(classified, case):
    kept, reason, same_as_before = LITTLE[case]
    given = {name: getattr(classified, name) for name in same_as_before}
    little = Classification(classified.examples.filter(kept), classified.settings, **given)

    made = {name: getattr(little, name) for name in output_names()}

    for name in ("evaluation", "contact_policy"):
        assert made[name]["status"] == "not_enough_data"
        json.dumps(made[name], allow_nan=False)
    assert reason in made["evaluation"]["reason"]
    assert "20 of each are needed" in made["evaluation"]["reason"]
    assert made["predictions"].dtypes == classified.predictions.dtypes
    assert made["predictions"].isEmpty() == ("model" not in same_as_before)
    assert made["test_scores"].isEmpty()
    for name in ("precision_recall_figure", "lift_figure", "reliability_figure", "slices_figure"):
        assert made[name].layout.annotations[-1].text == "too little data"


def test_predictions_of_other_rows_are_not_measured(classified):
    some = classified.predictions.filter("user_id % 2 = 0")
    mixed = Classification(
        classified.examples,
        classified.settings,
        candidates=classified.candidates,
        selection=classified.selection,
        predictions=some,
    )

    with pytest.raises(ValueError, match=r"test rows have a prediction.*--tags=score"):
        mixed.evaluation  # noqa: B018


def test_features_that_are_all_the_same_are_not_enough(classified):
    same = {
        "visits": F.lit(3), "carts": F.lit(0), "days_away": F.lit(2.0), "usual_hour": F.lit(9.0),
        "brand": F.lit("lego"),
    }  # fmt: skip
    dull = Classification(classified.examples.withColumns(same), classified.settings)

    assert dull.evaluation["status"] == "not_enough_data"
    assert "no feature has two values" in dull.evaluation["reason"]
    assert dull.predictions.isEmpty()
