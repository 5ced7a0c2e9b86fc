"""One model of revenue for all categories, days and days ahead."""

from typing import Any

import numpy as np
import pandas as pd
from pyspark.ml import PipelineModel
from pyspark.ml.feature import SQLTransformer, VectorAssembler
from pyspark.ml.regression import LinearRegression
from pyspark.sql import DataFrame

from customer_behavior.datasets.session import get_session
from customer_behavior.pipelines.regression.daily_revenue import TOTAL
from customer_behavior.pipelines.regression.forecast_rows import FEATURES
from customer_behavior.pipelines.regression.parameters import ForecastParameters

_FORECAST = (
    "category_l1 string, event_date date, step_number int, expected_revenue double, low double, "
    "high double, low_95 double, high_95 double, model_source_id string"
)
MODEL = "model"
BASELINES = ("seasonal_naive", "mean_of_7_days", "drift")
_VECTOR, _RELATIVE = "features", "relative"
# A day with a fifth or five times the level is no more than that to the fit.
_MOST = 1.6
_LEAST_ROWS = 100


def fit_revenue_forecast(
    forecast_rows: pd.DataFrame, settings: ForecastParameters
) -> PipelineModel:
    """Fit a ridge regression on the logarithm of revenue relative to its category's level.

    Rows weigh as the square root of the level. Back from logarithms it goes with the mean of the
    exponentials of the residuals (Duan 1983, Journal of the American Statistical Association 78).
    Of a category that sells on fewer than half of the days, so that its level is 0, the mean of two
    weeks is expected.

    Args:
        forecast_rows: From ``build_forecast_rows``; those whose revenue is known, and of no peak,
            are learned from.
        settings: ``penalty``.

    Returns:
        A PipelineModel that adds ``model`` to forecast rows: the expected revenue. Without stages
        where there are fewer than 100 rows.
    """
    is_usual = forecast_rows["revenue"].notna() & ~forecast_rows["is_peak"].astype(bool)
    is_category = (forecast_rows["category_l1"] != TOTAL) & (forecast_rows["level"] > 0)
    rows = forecast_rows[is_usual & is_category]
    if len(rows) < _LEAST_ROWS:
        return PipelineModel(stages=[])
    ratio = (rows["revenue"] + rows["offset"]) / (rows["level"] + rows["offset"])
    label = np.log(ratio).clip(-_MOST, _MOST)
    weight = np.sqrt(rows["level"] / rows["level"].mean())
    table = _as_table(rows[FEATURES].assign(label=label, weight=weight))
    assembler = VectorAssembler(inputCols=FEATURES, outputCol=_VECTOR)
    ready = assembler.transform(table)
    regression = LinearRegression(
        featuresCol=_VECTOR,
        predictionCol=_RELATIVE,
        weightCol="weight",
        regParam=settings.penalty,
        solver="normal",
    )
    fitted = regression.fit(ready)
    found = fitted.transform(ready).select("label", "weight", _RELATIVE).toPandas()
    smearing = np.average(np.exp(found["label"] - found[_RELATIVE]), weights=found["weight"])
    back = SQLTransformer(
        statement=f"SELECT *, IF(level > 0, GREATEST(0, (level + offset) * EXP({_RELATIVE}) * "
        f"{float(smearing)!r}D - offset), mean_of_14_days) AS {MODEL} FROM __THIS__"
    )
    return PipelineModel(stages=[assembler, fitted, back])


def _as_table(rows: pd.DataFrame) -> DataFrame:
    """Make a Spark table of a few rows, in one partition: fits depend on the layout."""
    return get_session().createDataFrame(rows.reset_index(drop=True)).coalesce(1)


def predict_revenue(model: PipelineModel, forecast_rows: pd.DataFrame) -> pd.DataFrame:
    """Add the column ``model``: the expected revenue; that of the total is the categories' sum."""
    if not model.stages or forecast_rows.empty:
        return forecast_rows.assign(**{MODEL: np.nan})
    rows = forecast_rows.reset_index(drop=True)
    needed = [*FEATURES, "level", "mean_of_14_days", "offset"]
    numbered = rows[needed].assign(number=rows.index)
    predicted = model.transform(_as_table(numbered)).select("number", MODEL).toPandas()
    rows = rows.assign(**{MODEL: predicted.set_index("number")[MODEL]})
    return rows.assign(**{MODEL: _with_sums(rows, MODEL)})


def forecast_revenue(
    model: PipelineModel, forecast_rows: pd.DataFrame, selection: dict[str, Any]
) -> DataFrame:
    """Forecast the days behind the data, with intervals.

    Args:
        model: From ``fit_revenue_forecast``.
        forecast_rows: From ``build_forecast_rows``; the last origin is taken.
        selection: From ``choose_forecast_champion``.

    Returns:
        One row per (category_l1, event_date) of the days behind the data, and one per (``total``,
        event_date). No rows where data are not enough.

        - ``step_number`` (int): 1 is the day behind the last one of the data.
        - ``expected_revenue`` (double): of the total: the sum over the categories.
        - ``low``, ``high`` (double): interval with the chance ``coverage``; low is at least 0.
        - ``low_95``, ``high_95`` (double): null where there were too few errors; the evaluation's
          ``intervals`` say why.
        - ``model_source_id`` (string): the input that the model was fitted on.
    """
    if selection["status"] != "ok" or forecast_rows.empty:
        return get_session().createDataFrame([], _FORECAST)
    rows = predict_revenue(model, forecast_rows[_is_newest(forecast_rows)])
    is_total = rows["category_l1"] == TOTAL
    expected = _with_sums(rows, selection["champion"])
    widths = pd.DataFrame(selection["intervals"]).drop(columns="reason_95")
    rows = rows.assign(expected_revenue=expected, is_total=is_total).merge(
        widths, on=["is_total", "step_number"], how="left"
    )
    for ending in ("", "_95"):
        half = rows[f"half_width{ending}"].astype(float) * rows["scale"]
        rows[f"low{ending}"] = (rows["expected_revenue"] - half).clip(lower=0)
        rows[f"high{ending}"] = rows["expected_revenue"] + half
    rows = rows.assign(
        model_source_id=selection["source_id"], event_date=rows["event_date"].dt.date
    )
    names = [part.split()[0] for part in _FORECAST.split(", ")]
    return get_session().createDataFrame(rows[names], _FORECAST).replace(float("nan"), None)


def _is_newest(forecast_rows: pd.DataFrame) -> pd.Series:
    return forecast_rows["origin"] == forecast_rows["origin"].max()


def _with_sums(rows: pd.DataFrame, forecast: str) -> pd.Series:
    """A forecast; that of the total is the sum over the categories."""
    is_total = rows["category_l1"] == TOTAL
    keys = ["origin", "step_number"]
    sums = rows[~is_total].groupby(keys)[forecast].sum()
    of_total = sums.reindex(pd.MultiIndex.from_frame(rows[keys]))
    return rows[forecast].where(~is_total, of_total.to_numpy())
