"""How good the rules are: whether they are seen again in other customers, later."""

from typing import Any

import pandas as pd
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from customer_behavior.evaluation.proportions import describe_share
from customer_behavior.pipelines.association.parameters import AssociationParameters


def evaluate_rules(
    measured_rules: DataFrame,
    item_rules: DataFrame,
    category_rules: DataFrame,
    market_baskets: DataFrame,
    frequent_itemsets: DataFrame,
    ingestion_ledger: dict[str, Any],
    settings: AssociationParameters,
) -> dict[str, Any]:
    """Count what was found, and how much of it other customers show in the later period.

    Args:
        measured_rules: All rules that were tested.
        item_rules: Those that are sure.
        category_rules: Those of them across top-level categories.
        market_baskets: One row per (user_id, period).
        frequent_itemsets: One row per itemset.
        ingestion_ledger: Has the ``source_id``.
        settings: ``rules``, ``confidence``.

    Returns:
        ``task``, ``source_id``, ``model_source_id``, ``status``, ``rows`` (baskets by period; those
        with one item only, and those that were cut); ``itemsets`` by length; ``rules`` (measured,
        sure, across categories); ``metrics``: ``replication_rate`` of the sure rules,
        ``baselines``: that of the ``other_rules``, which were measured and are not sure, each with
        ``value``, ``low``, ``high`` (Wilson's) over those of which enough is expected to tell.
    """
    measured = measured_rules.toPandas()
    # Rules and baskets are those that were learnt from, also when other events have come since.
    sources = [*measured["model_source_id"].unique(), ingestion_ledger["source_id"]]
    described: dict[str, Any] = {
        "task": "rules",
        "source_id": sources[0],
        "model_source_id": sources[0],
        "rows": _describe_baskets(market_baskets, settings),
    }
    itemsets = frequent_itemsets.groupBy(F.size("items").alias("length")).count()
    described |= {
        "itemsets": {str(r["length"]): r["count"] for r in itemsets.orderBy("length").collect()},
        "rules": {
            "measured": len(measured),
            "sure": item_rules.count(),
            "across_categories": category_rules.count(),
        },
    }
    if measured.empty:
        least = settings.rules.least_baskets
        reason = f"no two items are together in {least} baskets of the period fit"
        return described | {"status": "not_enough_data", "reason": reason}
    sure = item_rules.select("antecedent", "consequent").toPandas()
    keys = set(zip(sure["antecedent"].map(tuple), sure["consequent"], strict=True))
    pairs = zip(measured["antecedent"].map(tuple), measured["consequent"], strict=True)
    is_sure = pd.Series([pair in keys for pair in pairs], index=measured.index)
    return described | {
        "status": "ok",
        "metrics": {"replication_rate": _rate(measured[is_sure], settings)},
        "baselines": {"other_rules": {"replication_rate": _rate(measured[~is_sure], settings)}},
    }


def _describe_baskets(market_baskets: DataFrame, settings: AssociationParameters) -> dict[str, Any]:
    is_cut = F.col("size") > settings.rules.largest_basket
    found = (
        market_baskets.groupBy("period")
        .agg(
            F.count("*").alias("baskets"),
            F.count_if(F.col("size") == 1).alias("of_one_item"),
            F.count_if(is_cut).alias("cut"),
        )
        .collect()
    )
    none = {"baskets": 0, "of_one_item": 0, "cut": 0}
    counts = {row["period"]: row.asDict() for row in found}
    return {
        period: {name: counts.get(period, none)[name] for name in none}
        for period in ("fit", "later")
    }


def _rate(rules: pd.DataFrame, settings: AssociationParameters) -> dict[str, Any]:
    told = rules["replicates"].dropna().astype(bool)
    share = describe_share(int(told.sum()), len(told), settings.confidence)
    return {**share, "rules": len(told)}
