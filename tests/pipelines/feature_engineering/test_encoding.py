from pyspark.ml import Pipeline

from customer_behavior.pipelines.feature_engineering.encoding import one_hot_stages


def encode(spark, fitted_on, applied_to, largest):
    schema = "brand string"
    model = Pipeline(stages=one_hot_stages({"brand": largest})).fit(
        spark.createDataFrame([(brand,) for brand in fitted_on], schema)
    )
    rows = model.transform(spark.createDataFrame([(brand,) for brand in applied_to], schema))
    return {row.brand: row.brand_one_hot.toArray().tolist() for row in rows.collect()}


def test_the_most_frequent_have_a_place_and_all_others_share_one(spark):
    found = encode(spark, "aaabbcd", ["a", "b", "c", "d", "new", None], largest=2)

    assert found["a"] != found["b"]
    assert found["c"] == found["d"] == found["new"] == found[None]
    assert len({tuple(vector) for vector in found.values()}) == 3
    assert all(sum(vector) <= 1 for vector in found.values())


def test_with_few_values_each_has_a_place_and_new_ones_are_no_error(spark):
    found = encode(spark, "ab", ["a", "b", "new"], largest=10)

    assert len({tuple(vector) for vector in found.values()}) == 3
