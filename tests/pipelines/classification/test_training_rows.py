import pytest
from pyspark.sql import functions as F

from classification import small_parameters
from customer_behavior.pipelines.classification.training_rows import (
    check_single_features,
    select_training_rows,
)

KEYS = ["user_id", "snapshot_date"]


def keys_of(rows):
    return {tuple(row) for row in rows.select(*KEYS).collect()}


@pytest.fixture(scope="module")
def usable(examples):
    """The rows of the role train that are no bot's."""
    return examples.filter("role = 'train' AND NOT is_suspected_bot").cache()


def test_all_purchases_are_taken_and_so_many_others_for_each(classified, usable):
    rows = classified.training_rows

    assert keys_of(rows.filter("label = 1")) == keys_of(usable.filter("purchased_next"))
    negatives, positives = (rows.filter(F.col("label") == label).count() for label in (0, 1))
    assert negatives / positives == pytest.approx(2, abs=0.2)


def test_all_others_are_taken_where_they_are_few(examples, usable):
    settings = small_parameters(training={"negatives_per_positive": 100})

    rows = select_training_rows(examples, settings)

    assert keys_of(rows) == keys_of(usable)
    assert rows.filter("weight <> 1").isEmpty()


def test_weights_add_up_to_the_rows_they_stand_for(classified, usable):
    weights = dict(classified.training_rows.groupBy("label").agg(F.sum("weight")).collect())

    assert weights[1] == usable.filter("purchased_next").count()
    assert weights[0] == pytest.approx(usable.filter("NOT purchased_next").count(), rel=0.05)


def test_other_roles_and_bots_are_left_out(classified, usable):
    assert keys_of(classified.training_rows) <= keys_of(usable)


def test_the_order_of_the_rows_and_their_partitions_do_not_matter(classified, examples):
    shuffled = examples.orderBy(F.rand(3)).repartition(3)

    rows = select_training_rows(shuffled, classified.settings)

    assert set(rows.collect()) == set(classified.training_rows.collect())


def test_all_rows_of_a_customer_are_in_one_fold(classified):
    folds = classified.training_rows.select("user_id", "fold").distinct().toPandas()

    assert folds["user_id"].is_unique
    assert sorted(folds["fold"].unique()) == [0, 1, 2, 3, 4]


LEAKS = {
    "number": "IF(label = 1, 10, 0) + usual_hour / 24",
    "number_that_falls": "IF(label = 1, 0, 10) + usual_hour / 24",
    "null_number": "IF(label = 1, usual_hour, NULL)",
    "text": "IF(label = 1, CONCAT('order ', user_id % 3), CONCAT('visit ', user_id % 3))",
    "null_text": "IF(label = 1, NULL, 'no order')",
}


@pytest.mark.parametrize("leak", LEAKS)
def test_a_column_that_knows_the_future_fails_the_run_with_its_name(classified, leak):
    rows = classified.training_rows.withColumn("leak", F.expr(LEAKS[leak]))
    features = classified.settings.features
    kind = "rates" if leak.endswith("text") else "numbers"
    features = features.model_copy(update={kind: [*getattr(features, kind), "leak"]})
    settings = classified.settings.model_copy(update={"features": features})

    with pytest.raises(ValueError, match=r"leak \(\d\.\d+\)\. Most probably it knows the future"):
        check_single_features(rows, settings)


def test_so_few_purchases_that_chance_tells_them_apart_are_no_leak(classified):
    purchases = classified.training_rows.filter("label = 1").limit(2)
    rows = classified.training_rows.filter("label = 0").limit(20).unionByName(purchases)
    settings = classified.settings
    features = settings.features.model_copy(update={"numbers": ["leak"]})

    table = check_single_features(
        rows.selectExpr("*", "label AS leak"),
        settings.model_copy(update={"features": features}),
    )

    assert table.set_index("feature")["roc_auc"]["leak"] == 1


def test_an_honest_table_passes_and_says_what_each_column_tells(classified):
    table = classified.single_features.set_index("feature")

    assert list(table.index) == ["visits", "carts", "days_away", "usual_hour", "brand"]
    assert table["roc_auc"]["visits"] > 0.65
    assert table["roc_auc"]["brand"] > 0.6
    assert table["roc_auc"]["days_away"] < 0.45
    assert table["roc_auc"]["usual_hour"] == pytest.approx(0.5, abs=0.05)
    assert table["values"]["brand"] == 5


def test_a_name_of_its_own_for_each_row_tells_nothing(classified):
    rows = classified.training_rows.withColumn("brand", F.concat_ws("/", *KEYS))

    table = check_single_features(rows, classified.settings).set_index("feature")

    assert table["roc_auc"]["brand"] == 0.5
