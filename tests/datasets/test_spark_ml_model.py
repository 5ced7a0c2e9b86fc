import pytest
from pyspark.ml import PipelineModel
from pyspark.ml.feature import SQLTransformer

from customer_behavior.datasets import SparkMLModelDataset
from customer_behavior.pipelines.classification.stages import ModelInput


@pytest.fixture
def dataset(tmp_path):
    return SparkMLModelDataset(filepath=str(tmp_path / "06_models/model"))


def model(statement):
    return PipelineModel(stages=[ModelInput(), SQLTransformer(statement=statement)])


def test_what_is_loaded_does_what_was_saved(spark, dataset):
    dataset.save(model("SELECT id, id * 2 AS twice FROM __THIS__"))

    assert dataset.load().transform(spark.range(2)).collect() == [(0, 0), (1, 2)]


def test_the_new_model_takes_the_place_of_the_one_before(spark, dataset):
    dataset.save(model("SELECT id, id * 2 AS twice FROM __THIS__"))
    dataset.save(PipelineModel(stages=[SQLTransformer(statement="SELECT 7 AS a FROM __THIS__")]))

    loaded = dataset.load()

    assert len(loaded.stages) == 1
    assert loaded.transform(spark.range(1)).collect() == [(7,)]


def test_a_model_exists_once_it_is_saved(spark, dataset):
    assert not dataset.exists()

    dataset.save(model("SELECT * FROM __THIS__"))

    assert dataset.exists()


def test_a_model_without_stages_is_saved_and_loaded_too(spark, dataset):
    dataset.save(PipelineModel(stages=[]))

    assert dataset.exists()
    assert dataset.load().stages == []


def test_a_folder_that_holds_no_model_does_not_count_as_one(spark, dataset, tmp_path):
    (tmp_path / "06_models/model").mkdir(parents=True)

    assert not dataset.exists()
