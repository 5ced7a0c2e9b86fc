"""How many of the planted affinities are found as rules, and what else is."""

from typing import Any

import pandas as pd
from pyspark.sql import DataFrame

from customer_behavior.evaluation.proportions import describe_share
from customer_behavior.pipelines.association.parameters import AssociationParameters
from customer_behavior.pipelines.feature_engineering.parameters import FeatureParameters
from customer_behavior.pipelines.recovery.shares import why_not_compared

_BASKETS = ("category_code", ["purchase"])


def measure_rule_recovery(
    ingestion_recovery: dict[str, Any],
    rule_evaluation: dict[str, Any],
    measured_rules: DataFrame,
    category_rules: DataFrame,
    affinities: pd.DataFrame | None,
    settings: AssociationParameters,
    features: FeatureParameters,
) -> dict[str, Any]:
    """Compare rules across categories with the planted pairs of categories.

    Args:
        ingestion_recovery: Says whether the truth is that of the events.
        rule_evaluation: Says whether there are rules.
        measured_rules: All rules that were tested.
        category_rules: Those that are sure, across top-level categories.
        affinities: One row per planted pair (``simulation_truth_affinities``).
        settings: ``confidence``.
        features: ``baskets``: pairs are planted in the category codes of purchases.

    Returns:
        ``source_id``, ``status`` (``ok``, or why nothing is compared, with the ``reason``),
        ``planted`` and ``found`` pairs, with the ``missed`` ones; ``found_share``;
        ``pairs_in_rules`` and the ``false_discovery_share`` of them that was not planted;
        ``coverage``: share of the planted pairs that were counted whose interval holds the lift in
        the population, each share with ``value``, ``low``, ``high`` (Wilson's).
    """
    described = {"source_id": ingestion_recovery["source_id"]}
    if reason := why_not_compared(ingestion_recovery, rule_evaluation):
        return described | reason
    if affinities is None:
        return described | {"status": "no planted truth", "reason": "the truth is not there"}
    if (features.baskets.item, features.baskets.event_types) != _BASKETS:
        reason = "pairs are planted in the category codes of purchases; baskets hold something else"
        return described | {"status": "no planted truth", "reason": reason}
    codes = zip(affinities["first_code"], affinities["second_code"], strict=True)
    lifts = dict(zip(map(frozenset, codes), affinities["lift"], strict=True))
    sure = set(_by_pair(category_rules))
    intervals = _by_pair(measured_rules)
    covered = [
        intervals[pair]["lift_low"] <= lift <= intervals[pair]["lift_high"]
        for pair, lift in lifts.items()
        if pair in intervals
    ]
    missed = sorted(sorted(pair) for pair in lifts.keys() - sure)
    confidence = settings.confidence
    return described | {
        "status": "ok",
        "planted": len(lifts),
        "found": len(lifts) - len(missed),
        "missed": missed,
        "found_share": describe_share(len(lifts) - len(missed), len(lifts), confidence),
        "pairs_in_rules": len(sure),
        "false_discovery_share": describe_share(len(sure - lifts.keys()), len(sure), confidence),
        "coverage": describe_share(sum(covered), len(covered), confidence),
    }


def _by_pair(rules: DataFrame) -> dict[frozenset[str], dict[str, Any]]:
    """The rules with one item in front, by their two items."""
    found = rules.filter("SIZE(antecedent) = 1").toPandas().to_dict("records")
    return {frozenset((*rule["antecedent"], rule["consequent"])): rule for rule in found}
