import pytest
from pyspark.ml import PipelineModel
from pyspark.ml.classification import LogisticRegressionModel
from pyspark.ml.feature import SQLTransformer, StringIndexerModel, VectorAssembler
from pyspark.sql import functions as F

from classification import SMALL, Classification, small_parameters
from customer_behavior.pipelines.classification.candidates import (
    candidate_names,
    score_of,
    take_scorer,
)
from customer_behavior.pipelines.classification.stages import TargetRatesModel
from customer_behavior.pipelines.classification.training_rows import usable_rows

LINEAR = SMALL["candidates"]["logistic_regression"]
FOREST = SMALL["candidates"]["random_forest"]
NAMES = [
    "prior",
    "recency",
    "has_cart",
    "logistic_regression",
    "random_forest",
    "gradient_boosting",
]


def linear_of(candidates):
    (model,) = [stage for stage in candidates.stages if isinstance(stage, LogisticRegressionModel)]
    return [*model.coefficients, model.intercept]


def trees_of(candidates):
    """All trees as text, without the name that each fit draws."""
    forests = [stage for stage in candidates.stages if hasattr(stage, "toDebugString")]
    return [forest.toDebugString.partition("\n")[2] for forest in forests]


def prepared_by(candidates):
    """What was fitted before the classifiers: rates, fillers and the order of the brands."""
    stages = candidates.stages
    return (
        [s.value("counts") for s in stages if isinstance(s, TargetRatesModel)],
        [s.getStatement() for s in stages if isinstance(s, SQLTransformer)],
        [s.labelsArray for s in stages if isinstance(s, StringIndexerModel)],
    )


def scores_of(candidates, rows, settings):
    names = [*settings.baselines, *candidate_names(settings.candidates)]
    scored = candidates.transform(rows).orderBy(*settings.keys).toPandas()
    return scored[[score_of(name) for name in names]]


@pytest.fixture(scope="module")
def new_rows(classified):
    """50 rows of the role test."""
    rows = usable_rows(classified.examples, "test", settings=classified.settings)
    return rows.orderBy("user_id").limit(50).localCheckpoint()


@pytest.mark.default_line
@pytest.mark.slow
def test_only_training_rows_are_learned_from(classified, examples):
    is_other = F.col("role") != "train"
    poison = {
        "visits": F.lit(10**9),
        "carts": F.lit(0),
        "days_away": F.lit(-1e9),
        "usual_hour": F.lit(None),
        "brand": F.lit("poison"),
        "purchased_next": ~F.col("purchased_next"),
    }
    poisoned = examples.withColumns(
        {name: F.when(is_other, value).otherwise(F.col(name)) for name, value in poison.items()}
    )

    candidates = Classification(poisoned.localCheckpoint()).candidates

    assert linear_of(candidates) == linear_of(classified.candidates)
    assert trees_of(candidates) == trees_of(classified.candidates)
    assert prepared_by(candidates) == prepared_by(classified.candidates)


@pytest.mark.slow
def test_the_order_of_the_rows_and_their_partitions_do_not_matter(classified, examples):
    shuffled = examples.orderBy(F.rand(3)).repartition(3).localCheckpoint()

    candidates = Classification(shuffled).candidates

    assert linear_of(candidates) == pytest.approx(linear_of(classified.candidates), rel=1e-6)
    assert trees_of(candidates) == trees_of(classified.candidates)


@pytest.mark.default_line
@pytest.mark.slow
def test_columns_with_one_value_or_none_are_left_out(examples, new_rows):
    features = SMALL["features"] | {
        "numbers": ["days_away", "shop", "empty"],
        "categories": {"brand": 4, "country": 4},
        "rates": ["brand", "country"],
    }
    candidates = {"logistic_regression": LINEAR, "random_forest": FOREST, "gradient_boosting": []}
    settings = small_parameters(features=features, candidates=candidates)
    useless = {"shop": F.lit(1), "empty": F.lit(None).cast("double"), "country": F.lit("kz")}
    other = {"shop": F.lit(900), "empty": F.lit(5.0), "country": F.lit("elsewhere")}

    fitted = Classification(examples.withColumns(useless), settings).candidates

    vectors = [stage for stage in fitted.stages if isinstance(stage, VectorAssembler)]
    learned_from = {name.rsplit("_", 1)[0] for v in vectors for name in v.getInputCols()}
    assert {name.removesuffix("_one") for name in learned_from} == {
        "visits", "carts", "days_away", "brand",
    }  # fmt: skip
    usual = scores_of(fitted, new_rows.withColumns(useless), settings)
    assert usual["logistic_regression_score"].nunique() > 40
    assert usual.equals(scores_of(fitted, new_rows.withColumns(other), settings))


def test_names_never_seen_and_nulls_get_a_score(classified, new_rows):
    features = classified.settings.features.columns
    without = [dict.fromkeys([name], F.lit(None)) for name in features]
    cases = [{"brand": F.lit("never seen")}, dict.fromkeys(features, F.lit(None)), *without]
    row = new_rows.limit(1)
    rows = row
    for case in cases:
        rows = rows.unionByName(row.withColumns(case).select(row.columns))

    scores = scores_of(classified.candidates, rows, classified.settings)

    assert len(scores) == 1 + len(cases)
    assert scores.notna().all(axis=None)
    assert ((scores >= 0) & (scores <= 1)).all(axis=None)


@pytest.mark.parametrize("name", NAMES)
def test_a_scorer_taken_alone_scores_as_it_did_among_the_others(classified, new_rows, name):
    together = scores_of(classified.candidates, new_rows, classified.settings)

    alone = PipelineModel(stages=take_scorer(classified.candidates, name, classified.settings))

    scored = alone.transform(new_rows).orderBy(*classified.settings.keys).toPandas()
    assert scored[score_of(name)].tolist() == together[score_of(name)].tolist()
    others = {score_of(other) for other in NAMES if other != name}
    assert not others & set(scored.columns)


@pytest.mark.default_line
@pytest.mark.slow
def test_all_settings_of_a_list_are_tried_under_numbered_names(examples):
    weak, strong = (LINEAR[0] | {"penalty": penalty} for penalty in (0.002, 100))
    candidates = {
        "logistic_regression": [strong, weak], "random_forest": FOREST, "gradient_boosting": [],
    }  # fmt: skip

    selection = Classification(examples, small_parameters(candidates=candidates)).selection

    names = ["logistic_regression_1", "logistic_regression_2", "random_forest"]
    assert list(selection["candidates"]) == names
    # With so strong a penalty nothing is left to tell customers apart.
    assert selection["candidates"]["logistic_regression_1"]["roc_auc"]["value"] == 0.5
    assert selection["champion"] == "logistic_regression_2"
