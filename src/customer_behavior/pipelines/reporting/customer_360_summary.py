"""Customers counted and summed up, for the report."""

from typing import Any

import pandas as pd
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from customer_behavior.pipelines.clustering.profiles import ABSENT
from customer_behavior.pipelines.reporting.customer_360_inputs import DAYS, OK, SEGMENTS

_TIMES = ("snapshot_date", "label_end", "segment_month")
_MODELS = ("propensity", "spend", "recommendations")
_COUNTS = ("customers", "scored_customers", "buyers", "suspected_bots", "new_customers")
_SUMS = ("expected_purchases", "expected_spend", "monetary_value")


def summarise_customer_360(
    customer_360: DataFrame, customer_360_inputs: dict[str, Any]
) -> dict[str, Any]:
    """Count and sum up customers by segment and likelihood, and recommendations by source.

    Args:
        customer_360: One row per user_id.
        customer_360_inputs: From ``check_customer_360_inputs``.

    Returns:
        ``source_id``, ``snapshot_date``, ``label_end``, ``segment_month``, ``tables`` as in
        ``customer_360_inputs``; ``status``: ``ok``, ``incomplete`` where a table is not used, and
        without customer_days the status of these, with the ``reason``; ``model_source_ids``: by
        model the input it was trained on.

        ``customers``, ``scored_customers`` (with a probability), ``buyers``, ``suspected_bots``,
        ``new_customers``, ``expected_purchases`` (customers who are expected to buy),
        ``expected_spend``, ``monetary_value``: the sums over all; the same ``by_segment`` and
        ``by_decile``; ``recommendations_by_source``: ``recommendations`` and their ``share``.
    """
    counts = _count(customer_360)
    segmented = customer_360_inputs["tables"][SEGMENTS]["status"] == OK
    by_segment = counts.assign(segment=counts["segment"].fillna(ABSENT))
    return {
        "source_id": customer_360_inputs["source_id"],
        **{name: customer_360_inputs[name] for name in _TIMES},
        **_status(customer_360_inputs["tables"]),
        "tables": customer_360_inputs["tables"],
        "model_source_ids": {name: _only(counts[f"{name}_model_source_id"]) for name in _MODELS},
        **_sums(counts),
        "by_segment": _sums_by(by_segment, "segment") if segmented else [],
        "by_decile": _sums_by(counts.dropna(subset="purchase_decile"), "purchase_decile"),
        "recommendations_by_source": _count_recommendations(customer_360),
    }


def _count(customer_360: DataFrame) -> pd.DataFrame:
    """Counts and sums of customers who are alike, in one pass; some hundred rows."""
    return (
        customer_360.groupBy(
            "segment", "purchase_decile", *(f"{name}_model_source_id" for name in _MODELS),
        )
        .agg(
            F.count("*").alias("customers"),
            F.count("purchase_probability").alias("scored_customers"),
            F.count_if(F.col("frequency") > 0).alias("buyers"),
            F.count_if("is_suspected_bot").alias("suspected_bots"),
            F.count_if("is_new").alias("new_customers"),
            F.sum("purchase_probability").alias("expected_purchases"),
            F.sum("expected_spend").alias("expected_spend"),
            F.sum("monetary_value").alias("monetary_value"),
        )
        .toPandas()
    )  # fmt: skip


def _status(tables: dict[str, dict[str, str]]) -> dict[str, str]:
    reasons = [f"{name}: {table['reason']}" for name, table in tables.items() if "reason" in table]
    if not reasons:
        return {"status": OK}
    without_days = tables[DAYS]["status"]
    status = without_days if without_days != OK else "incomplete"
    return {"status": status, "reason": "; ".join(reasons)}


def _sums(counts: pd.DataFrame) -> dict[str, float]:
    sums = counts[[*_COUNTS, *_SUMS]].sum()
    return {name: int(sums[name]) for name in _COUNTS} | {n: float(sums[n]) for n in _SUMS}


def _sums_by(counts: pd.DataFrame, column: str) -> list[dict[str, Any]]:
    return [
        {column: value if isinstance(value, str) else int(value), **_sums(rows)}
        for value, rows in counts.groupby(column)
    ]


def _only(values: pd.Series) -> str | None:
    """All predictions are of one model."""
    known = values.dropna()
    return None if known.empty else known.iloc[0]


def _count_recommendations(customer_360: DataFrame) -> list[dict[str, Any]]:
    shown = [name for name in customer_360.columns if name.startswith("recommended_by_")]
    counts = (
        customer_360.select(F.explode(F.array(*shown)).alias("source"))
        .dropna()
        .groupBy("source")
        .count()
        .toPandas()
        .sort_values("source")
    )
    total = counts["count"].sum()
    return [
        {"source": row.source, "recommendations": row[2], "share": row[2] / total}
        for row in counts.itertuples()
    ]
