"""Events as models see them: nulls filled, and what their time and values say."""

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from customer_behavior.pipelines.feature_engineering.imputation import impute


def build_event_features(
    events: DataFrame, imputation_values: DataFrame, frequencies: DataFrame
) -> DataFrame:
    """Fill nulls, and add what the time, brand, category and price of each event say.

    Args:
        events: One row per event.
        imputation_values: What fills nulls.
        frequencies: How often brands and categories came in the reference period.

    Returns:
        One row per event, in folders by ``event_month``: ``event_time``, ``event_date``,
        ``event_type``, ``product_id``, ``category_id``, ``user_id``, ``user_session`` as they were,
        and

        - ``category_code``, ``brand`` (string), ``price`` (double): where null, filled from the
          product, else its category_id, else global.
        - ``category_was_missing``, ``brand_was_missing``, ``price_was_missing`` (boolean): whether
          they were null.
        - ``category_l1`` (string): first name of ``category_code``.
        - ``hour`` (int): 0 to 23.
        - ``day_of_week`` (int): 1 = Monday.
        - ``brand_frequency``, ``category_frequency`` (long): from frequencies; 0 where the value
          was not seen.
        - ``relative_price`` (double): ``price`` over the ``price`` of its category_id in
          imputation_values, else over the global one; null where there is none or it is 0.
    """
    marked = events.withColumns(
        {
            "category_was_missing": F.col("category_code").isNull(),
            "brand_was_missing": F.col("brand").isNull(),
            "price_was_missing": F.col("price").isNull(),
        }
    )
    known = (
        impute(marked, imputation_values)
        .join(frequency_of("brand", frequencies, "brand"), on="brand", how="left")
        .join(
            frequency_of("category_code", frequencies, "category"), on="category_code", how="left"
        )
    )
    return known.select(
        "event_time", "event_date", "event_type", "product_id", "category_id", "user_id",
        "user_session", "category_code", "brand", "price",
        "category_was_missing", "brand_was_missing", "price_was_missing",
        F.substring_index("category_code", ".", 1).alias("category_l1"),
        F.hour("event_time").alias("hour"),
        day_of_week("event_time").alias("day_of_week"),
        *(_or_zero(f"{name}_frequency") for name in ("brand", "category")),
        F.try_divide(F.col("price"), F.col("usual_price")).alias("relative_price"),
        "event_month",
    )  # fmt: skip


def frequency_of(column_name: str, frequencies: DataFrame, name: str) -> DataFrame:
    """How often each value of a column came, for a join: ``column_name``, ``{name}_frequency``."""
    of_column = frequencies.filter(F.col("column_name") == column_name)
    return F.broadcast(
        of_column.select(
            F.col("value").alias(column_name), F.col("events").alias(f"{name}_frequency")
        )
    )


def day_of_week(time: str) -> Column:
    """1 for Monday to 7 for Sunday."""
    return F.weekday(time) + 1


def _or_zero(name: str) -> Column:
    return F.coalesce(F.col(name), F.lit(0)).alias(name)
