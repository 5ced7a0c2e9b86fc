"""Text made numbers that a linear model can weigh: the last step of the classic recipe."""

from pyspark.ml import PipelineModel, Transformer
from pyspark.ml.base import Estimator
from pyspark.ml.feature import OneHotEncoder, SQLTransformer, StringIndexer

Stage = Estimator | Transformer | PipelineModel


def one_hot_stages(largest: dict[str, int]) -> list[Stage]:
    """Stages that one-hot encode columns: to be put first into a Pipeline of Spark ML.

    The values are counted where the Pipeline is fitted: on training rows. The most frequent have a
    place of their own, all others share one, as do values that were not seen then.

    Args:
        largest: By column, how many values have a place of their own.

    Returns:
        Stages that add ``{column}_one_hot`` to the rows; ``{column}_index`` and
        ``{column}_place`` are on the way.
    """
    columns = list(largest)
    places = ", ".join(
        f"CAST(LEAST({column}_index, {number}) AS DOUBLE) AS {column}_place"
        for column, number in largest.items()
    )
    return [
        StringIndexer(
            inputCols=columns,
            outputCols=[f"{column}_index" for column in columns],
            stringOrderType="frequencyDesc",
            handleInvalid="keep",
        ),
        SQLTransformer(statement=f"SELECT *, {places} FROM __THIS__"),
        OneHotEncoder(
            inputCols=[f"{column}_place" for column in columns],
            outputCols=[f"{column}_one_hot" for column in columns],
            handleInvalid="keep",
        ),
    ]
