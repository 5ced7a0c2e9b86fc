"""The few rows of Spark tables that the report shows."""

from typing import Any

import pandas as pd
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

# A report shows so many at most.
_OUTAGES, _RULES, _FORECAST_DAYS = 50, 50, 31


def take_report_rows(
    purchase_outages: DataFrame,
    customer_propensity_predictions: DataFrame | None = None,
    session_intent_predictions: DataFrame | None = None,
    customer_spend_predictions: DataFrame | None = None,
    revenue_forecast: DataFrame | None = None,
    category_rules: DataFrame | None = None,
    recommendations: DataFrame | None = None,
) -> dict[str, Any]:
    """Take from large tables what the report shows of them.

    Args:
        purchase_outages: One row per outage.
        customer_propensity_predictions: One row per customer and snapshot; None where the
            pipeline has not been run, as for those that follow.
        session_intent_predictions: One row per beginning of a visit.
        customer_spend_predictions: One row per customer and snapshot.
        revenue_forecast: One row per category, or ``total``, and day.
        category_rules: One row per rule.
        recommendations: One row per customer and rank.

    Returns:
        ``purchase_outages`` (the first 50), ``category_rules`` (the 50 of highest lift) and
        ``revenue_forecast`` (the shop's, at most 31 days), as lists of rows; ``model_source_id``
        by table of predictions, None where it is missing or empty.
    """
    predictions = {
        "customer_propensity": customer_propensity_predictions,
        "session_intent": session_intent_predictions,
        "customer_spend": customer_spend_predictions,
        "revenue_forecast": revenue_forecast,
        "rules": category_rules,
        "recommendations": recommendations,
    }
    return {
        "purchase_outages": _rows(purchase_outages.orderBy("start"), _OUTAGES),
        "category_rules": _strongest(category_rules),
        "revenue_forecast": _of_the_shop(revenue_forecast),
        "model_source_id": {name: _model_source_id(table) for name, table in predictions.items()},
    }


def _strongest(category_rules: DataFrame | None) -> list[dict[str, Any]]:
    if category_rules is None:
        return []
    ordered = category_rules.orderBy(F.desc("lift"), "antecedent", "consequent")
    joined = ordered.withColumn("antecedent", F.concat_ws(", ", "antecedent"))
    columns = ["antecedent", "consequent", "baskets", "confidence", "lift", "lift_low", "lift_high"]
    return _rows(joined.select(*columns, "replicates"), _RULES)


def _of_the_shop(revenue_forecast: DataFrame | None) -> list[dict[str, Any]]:
    if revenue_forecast is None:
        return []
    total = revenue_forecast.filter(F.col("category_l1") == "total").orderBy("event_date")
    return _rows(total.select("event_date", "expected_revenue", "low", "high"), _FORECAST_DAYS)


def _model_source_id(predictions: DataFrame | None) -> str | None:
    row = None if predictions is None else predictions.select("model_source_id").first()
    return row and row["model_source_id"]


def _rows(table: DataFrame, most: int) -> list[dict[str, Any]]:
    """Rows as JSON has them: times as text, null as None."""
    rows: pd.DataFrame = table.limit(most).toPandas()
    for name in rows.select_dtypes(include=["datetime", "datetimetz"]):
        rows[name] = rows[name].dt.strftime("%Y-%m-%d %H:%M:%S")
    texts = rows.astype(object).where(rows.notna(), None)
    return [
        {name: str(value) if hasattr(value, "isoformat") else value for name, value in row.items()}
        for row in texts.to_dict("records")
    ]
