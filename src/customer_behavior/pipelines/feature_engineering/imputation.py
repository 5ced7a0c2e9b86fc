"""Nulls filled with what was usual in the reference period, and how often each value came."""

import pandas as pd
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from customer_behavior.pipelines.feature_engineering.calendar import Calendar
from customer_behavior.pipelines.feature_engineering.parameters import FeatureParameters

UNKNOWN = "unknown"
_CATEGORICAL = ("category_code", "brand")


def count_reference_events(events: DataFrame, snapshot_calendar: pd.DataFrame) -> DataFrame:
    """Count the events before the reference period ends.

    Args:
        events: One row per event.
        snapshot_calendar: Says when that is.

    Returns:
        One row per (product_id, category_id, category_code, brand, event_type), nulls as they are,
        of the events before ``reference_end``: ``events``, ``priced_events`` (long), ``price_sum``
        (double).
    """
    until = Calendar.of(snapshot_calendar).reference_end
    return (
        events.filter(F.col("event_date") < F.lit(until).cast("date"))
        .groupBy("product_id", "category_id", "category_code", "brand", "event_type")
        .agg(
            F.count("*").alias("events"),
            F.count("price").alias("priced_events"),
            F.sum("price").alias("price_sum"),
        )
    )


def fit_imputation_values(reference_counts: DataFrame, parameters: FeatureParameters) -> DataFrame:
    """Find what fills a null: modes of categorical columns, means of prices.

    Modes are of the values that are there: on these events the most frequent category_code is null.

    Args:
        reference_counts: Events of the reference period, counted.
        parameters: ``imputation.categorical``.

    Returns:
        One row per product, per category_id and one for all, from the events before
        ``reference_end``.

        - ``level`` (string): ``product``, ``category``, ``global``.
        - ``key`` (long): product_id, category_id, null.
        - ``category_code``, ``brand`` (string): what fills a null: the mode of the values that are
          there, at a tie the alphabetically first; at level ``global`` ``unknown``. With
          ``imputation.categorical: global_mode`` they are null but at level ``global``, where they
          are the mode over all of these events.
        - ``price`` (double): the mean of the prices that are there, of all event types.
    """
    values = (
        reference_counts.select("*", F.inline(_levels()))
        .select("*", F.inline(_values("category_code", "brand", "price")))
        .groupBy("level", "key", "column_name", "value")
        .agg(*(F.sum(name).alias(name) for name in ("events", "priced_events", "price_sum")))
        .groupBy("level", "key")
        .agg(*(_mode(name) for name in _CATEGORICAL), _mean_price())
    )
    is_global = F.col("level") == "global"
    if parameters.imputation.categorical == "global_mode":
        modes = {name: F.when(is_global, F.col(name)) for name in _CATEGORICAL}
    else:
        modes = {name: F.when(is_global, UNKNOWN).otherwise(F.col(name)) for name in _CATEGORICAL}
    return values.withColumns(modes).select("level", "key", *_CATEGORICAL, "price")


def _levels() -> Column:
    """An event counts for its product, for its category_id and for all."""
    keys = {"product": F.col("product_id"), "category": F.col("category_id"), "global": F.lit(None)}
    return F.array(
        *(
            F.struct(F.lit(level).alias("level"), key.cast("long").alias("key"))
            for level, key in keys.items()
        )
    )


def _values(*names: str) -> Column:
    """Columns as rows: ``column_name``, ``value``."""
    return F.array(
        *(
            F.struct(F.lit(name).alias("column_name"), _text_of(name).alias("value"))
            for name in names
        )
    )


def _text_of(name: str) -> Column:
    return F.lit(None).cast("string") if name == "price" else F.col(name)


def _mean_price() -> Column:
    is_price = F.col("column_name") == "price"
    sums = (F.sum(F.when(is_price, F.col(of))) for of in ("price_sum", "priced_events"))
    return F.try_divide(*sums).alias("price")


def _mode(name: str) -> Column:
    """The value with the most events: the least of (-events, value), so that ties are decided."""
    is_known = (F.col("column_name") == name) & F.col("value").isNotNull()
    ranked = F.struct((-F.col("events")).alias("rank"), "value")
    return F.min(F.when(is_known, ranked))["value"].alias(name)


def fit_frequencies(reference_counts: DataFrame, imputation_values: DataFrame) -> DataFrame:
    """Count the events of the reference period by brand, category and type.

    Args:
        reference_counts: Events of the reference period, counted.
        imputation_values: Fill nulls before brands and categories are counted.

    Returns:
        One row per (column_name, value).

        - ``column_name`` (string): ``brand``, ``category_code`` (both after imputation) or
          ``event_type``.
        - ``value`` (string): that the column has.
        - ``events`` (long): before ``reference_end`` with this value.
    """
    imputed = impute(reference_counts.withColumn("price", F.lit(None)), imputation_values)
    return (
        imputed.select("events", F.inline(_values(*_CATEGORICAL, "event_type")))
        .groupBy("column_name", "value")
        .agg(F.sum("events").alias("events"))
    )


def impute(rows: DataFrame, imputation_values: DataFrame) -> DataFrame:
    """Fill nulls of ``category_code``, ``brand`` and ``price``.

    Args:
        rows: Have these columns, ``product_id`` and ``category_id``.
        imputation_values: What fills them.

    Returns:
        The rows with these columns filled, and ``usual_price`` (of the category_id, else of all).
    """
    columns = (*_CATEGORICAL, "price")
    filled = (
        rows.join(_values_of("product", imputation_values), on="product_id", how="left")
        .join(_values_of("category", imputation_values), on="category_id", how="left")
        .crossJoin(_values_of("global", imputation_values))
    )
    usual_price = F.coalesce(F.col("category_level.price"), F.col("global_level.price"))
    return filled.select(
        *(F.col(name) for name in rows.columns if name not in columns),
        *(_first_known(rows, name).alias(name) for name in columns),
        usual_price.alias("usual_price"),
    )


def _values_of(level: str, imputation_values: DataFrame) -> DataFrame:
    """The values of a level, in a struct named after it."""
    values = F.struct(*_CATEGORICAL, "price").alias(f"{level}_level")
    of_level = imputation_values.filter(F.col("level") == level)
    key = [] if level == "global" else [F.col("key").alias(f"{level}_id")]
    return F.broadcast(of_level.select(*key, values))


def _first_known(rows: DataFrame, name: str) -> Column:
    levels = [F.col(f"{level}_level.{name}") for level in ("product", "category", "global")]
    return F.coalesce(rows[name], *levels)
