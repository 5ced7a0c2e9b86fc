"""Stages of Spark ML pipelines that the library lacks. They hold all that they know in parameters.

Spark saves and loads them with the models that they are part of.
"""

from collections.abc import Collection
from typing import Any

import pandas as pd
from pyspark import keyword_only
from pyspark.ml import Estimator, Model, Transformer
from pyspark.ml.functions import vector_to_array
from pyspark.ml.param import Param, Params, TypeConverters
from pyspark.ml.util import DefaultParamsReadable, DefaultParamsWritable
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from customer_behavior.datasets.session import get_session

#: Column with the part of the training rows that a customer is in; only training rows have it.
FOLD = "fold"
_DECIMALS = 12


class _Stage(Params, DefaultParamsReadable, DefaultParamsWritable):
    """Parameters by keyword, as the stages of Spark take them."""

    def _parameter(self, name: str, meaning: str, converter: Any = None) -> Param[Any]:
        return Param(self, name, meaning, converter or TypeConverters.identity)

    def value(self, name: str) -> Any:
        """Value of a parameter."""
        return self.getOrDefault(self.getParam(name))


def rate_of(feature: str) -> str:
    """Column with the rate of a feature's value."""
    return f"{feature}_rate"


class ModelInput(_Stage, Transformer):  # type: ignore[misc]
    """First stage of a model: says what is missing, and whose model it is.

    Adds ``model_source_id`` (the input that it was trained on) and ``model_version``.
    """

    @keyword_only
    def __init__(self, *, columns: Any = None, source_id: Any = "", version: Any = "") -> None:
        super().__init__()
        self.columns = self._parameter("columns", "what rows must have")
        self.source_id = self._parameter("source_id", "input of the training")
        self.version = self._parameter("version", "of the model")
        self._setDefault(columns=[], source_id="", version="")
        self._set(**self._input_kwargs)

    def _transform(self, dataset: DataFrame) -> DataFrame:
        if missing := [name for name in self.value("columns") if name not in dataset.columns]:
            raise ValueError(
                f"The model needs the columns {', '.join(missing)}, which the rows do not have. "
                "Run feature_engineering again; a model of another version has to be fitted again."
            )
        return dataset.withColumns(
            {
                "model_source_id": F.lit(self.value("source_id")),
                "model_version": F.lit(self.value("version")),
            }
        )


class PositiveProbability(_Stage, Transformer):  # type: ignore[misc]
    """Takes the probability of label 1 out of a vector, and leaves the classifier's columns out."""

    @keyword_only
    def __init__(self, *, vector: Any = "probability", output: Any = "raw_score") -> None:
        super().__init__()
        self.vector = self._parameter("vector", "vector of probabilities")
        self.output = self._parameter("output", "column to add")
        self._setDefault(vector="probability", output="raw_score")
        self._set(**self._input_kwargs)

    def _transform(self, dataset: DataFrame) -> DataFrame:
        probability = vector_to_array(F.col(self.value("vector")))[1]
        left_out = (self.value("vector"), "rawPrediction", "prediction")
        return dataset.withColumn(self.value("output"), probability).drop(*left_out)


class TargetRates(_Stage, Estimator):  # type: ignore[misc, type-arg]
    """Learns how often rows with the same value are positives (Micci-Barreca 2001).

    Rates are drawn to the rate of all rows, with the weight of ``smoothing`` rows. Training rows
    get the rate of the other folds, so that no row sees its own label.
    """

    @keyword_only
    def __init__(self, *, expressions: Any = None, smoothing: Any = 0.0) -> None:
        super().__init__()
        self.expressions = self._parameter("expressions", "column to add → SQL of what is rated")
        self.smoothing = self._parameter("smoothing", "rows", TypeConverters.toFloat)
        self._setDefault(expressions={}, smoothing=0.0)
        self._set(**self._input_kwargs)

    def _fit(self, dataset: DataFrame) -> "TargetRatesModel":
        expressions = self.value("expressions")
        values = [
            F.struct(F.lit(name).alias("output"), F.expr(sql).cast("string").alias("value"))
            for name, sql in expressions.items()
        ]
        sums = [
            F.sum(F.col("weight") * F.col("label")).alias("positives"),
            F.sum("weight").alias("rows"),
        ]
        overall = dataset.agg(*sums).first()
        counts = (
            dataset.select("label", "weight", FOLD, F.inline(F.array(*values)))
            .filter(F.col("value").isNotNull())
            .groupBy("output", "value", FOLD)
            .agg(*sums)
            .orderBy("output", "value", FOLD)
        )
        return TargetRatesModel(
            expressions=expressions,
            smoothing=self.value("smoothing"),
            overall=overall["positives"] / overall["rows"] if overall["rows"] else 0.0,
            counts=[list(row) for row in counts.collect()],
        )


class TargetRatesModel(_Stage, Model):  # type: ignore[misc]
    """Adds the rate of each value; that of all rows where the value was not seen."""

    @keyword_only
    def __init__(
        self,
        *,
        expressions: Any = None,
        smoothing: Any = 0.0,
        overall: Any = 0.0,
        counts: Any = None,
    ) -> None:
        super().__init__()
        self.expressions = self._parameter("expressions", "column to add → SQL of what is rated")
        self.smoothing = self._parameter("smoothing", "rows", TypeConverters.toFloat)
        self.overall = self._parameter("overall", "rate of all rows", TypeConverters.toFloat)
        self.counts = self._parameter("counts", "output, value, fold, positives, rows")
        self._setDefault(expressions={}, smoothing=0.0, overall=0.0, counts=[])
        self._set(**self._input_kwargs)

    def only(self, outputs: Collection[str]) -> "TargetRatesModel":
        """The same for some of the columns that it adds."""
        return TargetRatesModel(
            expressions={k: v for k, v in self.value("expressions").items() if k in outputs},
            smoothing=self.value("smoothing"),
            overall=self.value("overall"),
            counts=[row for row in self.value("counts") if row[0] in outputs],
        )

    def _transform(self, dataset: DataFrame) -> DataFrame:
        is_training = FOLD in dataset.columns
        rates = self._rates(is_training)
        joined = dataset
        for output, expression in self.value("expressions").items():
            rows = rates.loc[rates["output"] == output, ["value", FOLD, "rate"]]
            rated = get_session().createDataFrame(
                rows.to_records(index=False).tolist(),
                f"{output}_value string, {output}_fold int, {output}_found double",
            )
            is_same = F.expr(expression).cast("string") == F.col(f"{output}_value")
            if is_training:
                is_same &= F.col(FOLD) == F.col(f"{output}_fold")
            joined = joined.join(F.broadcast(rated), on=is_same, how="left")
        overall = F.lit(self.value("overall"))
        found = [
            F.coalesce(f"{output}_found", overall).alias(output)
            for output in self.value("expressions")
        ]
        return joined.select(*dataset.columns, *found)

    def _rates(self, is_training: bool) -> pd.DataFrame:
        """One row per (output, value), for training rows per fold too: ``rate``."""
        keys = ["output", "value"]
        columns = [*keys, FOLD, "positives", "rows"]
        counts = pd.DataFrame(self.value("counts"), columns=columns)
        rates = counts.groupby(keys, as_index=False)[["positives", "rows"]].sum()
        if is_training:
            own = counts.rename(columns={"positives": "own_positives", "rows": "own_rows"})
            rates = rates.merge(counts[[FOLD]].drop_duplicates(), how="cross")
            rates = rates.merge(own, on=[*keys, FOLD], how="left").fillna(0.0)
            rates["positives"] -= rates["own_positives"]
            rates["rows"] -= rates["own_rows"]
        else:
            rates[FOLD] = 0
        smoothing, overall = self.value("smoothing"), self.value("overall")
        rows = rates["rows"] + smoothing
        rate = (rates["positives"] + smoothing * overall) / rows.where(rows > 0)
        # Rounded: values with equal rates stay equal in whatever order Spark added up the weights.
        return rates[[*keys, FOLD]].assign(rate=rate.astype(float).fillna(overall).round(_DECIMALS))
