"""The few rows of Spark tables that the report shows."""

from typing import Any

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

# More than the report shows, so that it can say where there are more; the days are added up there.
_OUTAGES, _FORECAST_DAYS, _RULES = 50, 366, 50


def take_report_rows(
    purchase_outages: DataFrame,
    revenue_forecast: DataFrame | None = None,
    category_rules: DataFrame | None = None,
) -> dict[str, list[dict[str, Any]]]:
    """Take from Spark tables what the report shows of them.

    Args:
        purchase_outages: One row per outage.
        revenue_forecast: One row per category, or ``total``, and day; None where the pipeline
            has not been run, as for the rules.
        category_rules: One row per rule.

    Returns:
        ``purchase_outages`` (the first 50), ``revenue_forecast`` (the shop's, at most 366 days) and
        ``category_rules`` (the 50 of highest lift), as lists of rows; times are text.
    """
    return {
        "purchase_outages": _outages(purchase_outages),
        "revenue_forecast": _of_the_shop(revenue_forecast),
        "category_rules": _strongest(category_rules),
    }


def _outages(purchase_outages: DataFrame) -> list[dict[str, Any]]:
    times = [F.date_format(name, "yyyy-MM-dd HH:mm:ss").alias(name) for name in ("start", "end")]
    counts = ("views", "carts", "expected_purchases")
    return _rows(purchase_outages.orderBy("start").select(*times, *counts), _OUTAGES)


def _of_the_shop(revenue_forecast: DataFrame | None) -> list[dict[str, Any]]:
    if revenue_forecast is None:
        return []
    total = revenue_forecast.filter(F.col("category_l1") == "total").orderBy("event_date")
    day = F.col("event_date").cast("string").alias("event_date")
    columns = ("expected_revenue", "low", "high", "model_source_id")
    return _rows(total.select(day, *columns), _FORECAST_DAYS)


def _strongest(category_rules: DataFrame | None) -> list[dict[str, Any]]:
    if category_rules is None:
        return []
    ordered = category_rules.orderBy(F.desc("lift"), "antecedent", "consequent")
    antecedent = F.concat_ws(", ", "antecedent").alias("antecedent")
    lift = ("lift", "lift_low", "lift_high")
    columns = ("consequent", "baskets", "confidence", *lift, "replicates", "model_source_id")
    return _rows(ordered.select(antecedent, *columns), _RULES)


def _rows(table: DataFrame, most: int) -> list[dict[str, Any]]:
    return [row.asDict() for row in table.limit(most).collect()]
