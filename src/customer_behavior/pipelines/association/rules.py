"""Which items go with which others, and how surely."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations
from math import comb
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pyspark.sql import DataFrame
from pyspark.sql import functions as F
from scipy.stats import hypergeom
from statsmodels.stats.multitest import multipletests

from customer_behavior.datasets.session import get_session
from customer_behavior.evaluation.bootstrap import draw_groups
from customer_behavior.pipelines.association.parameters import AssociationParameters

Itemset = tuple[str, ...]
_SIGNIFICANT = 0.05
_RULE_COLUMNS = {
    "antecedent": "array<string>", "consequent": "string", "baskets": "bigint",
    "support": "double", "confidence": "double", "lift": "double", "lift_low": "double",
    "lift_high": "double", "leverage": "double", "p_value": "double", "q_value": "double",
    "is_cross_category": "boolean", "is_redundant": "boolean", "later_baskets": "bigint",
    "later_lift": "double", "replicates": "boolean", "model_source_id": "string",
}  # fmt: skip
_RULE_SCHEMA = ", ".join(f"{name} {kind}" for name, kind in _RULE_COLUMNS.items())


def measure_rules(
    itemset_counts: DataFrame,
    item_categories: DataFrame,
    ingestion_ledger: dict[str, Any],
    settings: AssociationParameters,
) -> DataFrame:
    """Measure each rule that the frequent itemsets hold: items → one other item.

    Whether antecedent and consequent go together is tested among baskets of like size, since large
    baskets hold more of everything: the exact form, for few baskets, of the one-sided test of
    Cochran, Mantel and Haenszel (Birch 1964, JRSS B 26; Agresti 2013, Categorical Data Analysis,
    7.3.5). Baskets with fewer items than the rule cannot hold it and say nothing. q values
    (Benjamini and Hochberg 1995, JRSS B 57) are over all rules that there could be between frequent
    items, also those in too few baskets to be counted, of the same length, within or across
    categories.

    Args:
        itemset_counts: From ``count_itemsets``.
        item_categories: One row per item.
        ingestion_ledger: Has the ``source_id``.
        settings: Parameters.

    Returns:
        One row per rule that the itemsets hold, also those that are not sure: the columns of
        item_rules, and ``is_redundant`` (boolean: a part of the antecedent leads to the consequent
        as surely).
    """
    counted = _Counted.of(itemset_counts.toPandas(), settings)
    known = item_categories.select("item", "category_l1").toPandas()
    categories = dict(zip(known["item"], known["category_l1"], strict=True))
    rules = pd.DataFrame([_measure(rule, counted, categories, settings) for rule in counted.rules])
    if rules.empty:
        return get_session().createDataFrame([], _RULE_SCHEMA)
    rules["q_value"] = _q_values(rules, counted.items, categories)
    rules["is_redundant"] = _find_redundant(rules, counted)
    rules["model_source_id"] = ingestion_ledger["source_id"]
    rows = rules[list(_RULE_COLUMNS)].astype(object)
    records = rows.where(rows.notna(), None).to_dict("records")
    return get_session().createDataFrame(records, _RULE_SCHEMA)


def choose_rules(
    measured_rules: DataFrame, settings: AssociationParameters
) -> tuple[DataFrame, DataFrame]:
    """Keep the rules that are sure, and say something that no shorter one says.

    Args:
        measured_rules: From ``measure_rules``.
        settings: ``rules.max_false_discovery_rate``.

    Returns:
        ``item_rules``: One row per rule that is sure: ``q_value`` at most
        ``max_false_discovery_rate``, ``lift_low`` above 1, not redundant.

        - ``antecedent`` (array of string): one or two items.
        - ``consequent`` (string): another one.
        - ``baskets`` (long): with all of them, in the period ``fit``.
        - ``support`` (double): ``baskets`` over all baskets.
        - ``confidence`` (double): ``baskets`` over those with the antecedent.
        - ``lift``, ``lift_low``, ``lift_high`` (double): confidence over the share of baskets with
          the consequent, and its interval (bootstrap over customers).
        - ``leverage`` (double): support less that of antecedent and consequent if they had nothing
          to do with each other.
        - ``p_value`` (double): exact one-sided test among baskets of like size.
        - ``q_value`` (double): of Benjamini and Hochberg, over all rules that there could be of the
          same length, within or across categories.
        - ``is_cross_category`` (boolean): no item of the antecedent has the consequent's top-level
          category.
        - ``later_baskets`` (long), ``later_lift`` (double): in other customers' baskets of the
          period ``later``.
        - ``replicates`` (boolean): p at most .05 there; null where fewer than ``least_expected``
          baskets are expected.
        - ``model_source_id`` (string): the input.

        ``category_rules``: Those of them with ``is_cross_category``: the same columns.
    """
    is_sure = F.col("q_value") <= settings.rules.max_false_discovery_rate
    item_rules = measured_rules.filter(
        is_sure & (F.col("lift_low") > 1) & ~F.col("is_redundant")
    ).drop("is_redundant")
    return item_rules, item_rules.filter("is_cross_category")


@dataclass(frozen=True)
class _Rule:
    antecedent: Itemset
    consequent: str

    @property
    def itemset(self) -> Itemset:
        return tuple(sorted((*self.antecedent, self.consequent)))

    @property
    def parts(self) -> tuple[Itemset, Itemset, Itemset]:
        return self.itemset, self.antecedent, (self.consequent,)


@dataclass(frozen=True)
class _Counted:
    """Baskets by itemset: in each draw of customers, as observed first; per stratum of size."""

    drawn: dict[Itemset, NDArray[np.float64]]
    by_stratum: dict[str, dict[Itemset, NDArray[np.int64]]]
    strata: NDArray[np.int64]

    @classmethod
    def of(cls, counts: pd.DataFrame, settings: AssociationParameters) -> "_Counted":
        groups = settings.customer_groups
        strata = np.array(settings.rules.strata)
        rows = counts.assign(
            items=counts["items"].map(tuple), place=np.searchsorted(strata, counts["stratum"])
        )
        by_stratum: dict[str, dict[Itemset, NDArray[np.int64]]] = {"fit": {}, "later": {}}
        drawn: dict[Itemset, NDArray[np.float64]] = {}
        draws = draw_groups(groups, settings.replicates, settings.seed)
        for (period, items), part in rows.groupby(["period", "items"]):
            summed = np.bincount(part["place"], part["baskets"], len(strata))
            by_stratum[period][items] = summed.astype(np.int64)
            if period == "fit":
                of_groups = np.bincount(part["customer_group"], part["baskets"], groups)
                drawn[items] = draws @ of_groups
        return cls(drawn, by_stratum, strata)

    @property
    def rules(self) -> Iterator[_Rule]:
        """Those whose itemset is frequent, in alphabetical order."""
        for items in sorted(self.drawn):
            if len(items) > 1:
                for one in items:
                    yield _Rule(tuple(item for item in items if item != one), one)

    @cached_property
    def items(self) -> list[str]:
        """The frequent items."""
        return sorted(items[0] for items in self.drawn if len(items) == 1)

    def total(self, items: Itemset, period: str = "fit") -> int:
        return int(self.strata_of(items, period).sum())

    def strata_of(self, items: Itemset, period: str) -> NDArray[np.int64]:
        return self.by_stratum[period].get(items, np.zeros(len(self.strata), dtype=np.int64))


def _measure(
    rule: _Rule,
    counted: _Counted,
    categories: dict[str, str],
    settings: AssociationParameters,
) -> dict[str, Any]:
    both, antecedent, consequent = (counted.drawn[items] for items in rule.parts)
    baskets = counted.drawn[()]
    lifts = _divide(both * baskets, antecedent * consequent)
    tail = (1 - settings.confidence) / 2
    low, high = np.nanquantile(lifts[1:], [tail, 1 - tail])
    same = categories.get(rule.consequent)
    return {
        "antecedent": list(rule.antecedent),
        "consequent": rule.consequent,
        "baskets": counted.total(rule.itemset),
        "support": float(both[0] / baskets[0]),
        "confidence": float(both[0] / antecedent[0]),
        "lift": float(lifts[0]),
        "lift_low": float(low),
        "lift_high": float(high),
        "leverage": float(both[0] / baskets[0] - antecedent[0] * consequent[0] / baskets[0] ** 2),
        "p_value": _p_value(rule, counted, "fit"),
        "is_cross_category": all(categories.get(item) != same for item in rule.antecedent),
        **_replicate(rule, float(lifts[0]), counted, settings),
    }


def _divide(one: NDArray[np.float64], other: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.divide(one, other, out=np.full(len(one), np.nan), where=other > 0)


def _p_value(rule: _Rule, counted: _Counted, period: str) -> float:
    """Chance of so many baskets with both or more, given those with each, in each stratum.

    Their number in a stratum is hypergeometric where they have nothing to do with each other.
    """
    observed, first, law = 0, 0, np.ones(1)
    for stratum, baskets, *parts in zip(
        counted.strata,
        counted.strata_of((), period),
        *(counted.strata_of(items, period) for items in rule.parts),
        strict=True,
    ):
        both, antecedent, consequent = parts
        if stratum >= len(rule.itemset) and antecedent and consequent:
            expected = antecedent * consequent / baskets
            # Farther from what is expected, chances are below 1e-15.
            far = 10 * np.sqrt(expected) + 30
            numbers = np.arange(max(0, int(expected - far)), int(expected + far) + 1)
            observed += both
            first += numbers[0]
            law = np.convolve(law, hypergeom.pmf(numbers, baskets, antecedent, consequent))
    return float(min(1.0, law[max(0, observed - first) :].sum()))


def _replicate(
    rule: _Rule, lift: float, counted: _Counted, settings: AssociationParameters
) -> dict[str, Any]:
    """Whether the rule is seen again; None where too few baskets are expected to tell."""
    both, antecedent, consequent = (counted.total(items, "later") for items in rule.parts)
    baskets = counted.total((), "later")
    independent = antecedent * consequent / max(1, baskets)
    holds = None
    if lift * independent >= settings.rules.least_expected:
        holds = both > independent and _p_value(rule, counted, "later") <= _SIGNIFICANT
    return {
        "later_baskets": both,
        "later_lift": both / independent if independent else None,
        "replicates": holds,
    }


def _q_values(rules: pd.DataFrame, items: list[str], categories: dict[str, str]) -> pd.Series:
    found = pd.Series(1.0, index=rules.index)
    lengths = rules["antecedent"].map(len)
    for (length, is_cross), part in rules.groupby([lengths, rules["is_cross_category"]]):
        possible = _count_possible(length, is_cross, items, categories)
        # The others, which were not counted, are as if their p were 1.
        among_counted = multipletests(part["p_value"], method="fdr_bh")[1]
        found[part.index] = np.minimum(1, among_counted * possible / len(part))
    return found


def _count_possible(
    length: int, is_cross: bool, items: list[str], categories: dict[str, str]
) -> int:
    """How many rules there could be with an antecedent of so many of the items."""
    sizes = pd.Series([categories.get(item) for item in items]).value_counts(dropna=False)
    every = len(items) * comb(len(items) - 1, length)
    across = sum(int(size) * comb(len(items) - int(size), length) for size in sizes)
    return across if is_cross else every - across


def _find_redundant(rules: pd.DataFrame, counted: _Counted) -> list[bool]:
    """Whether a part of the antecedent leads to the consequent as surely (Bayardo 1999, ICDE)."""
    return [
        _is_redundant(_Rule(tuple(antecedent), consequent), counted)
        for antecedent, consequent in zip(rules["antecedent"], rules["consequent"], strict=True)
    ]


def _is_redundant(rule: _Rule, counted: _Counted) -> bool:
    if len(rule.antecedent) == 1:
        return False
    own = _confidences(rule, counted)
    shorter = [
        _confidences(_Rule(part, rule.consequent), counted)
        for length in range(1, len(rule.antecedent))
        for part in combinations(rule.antecedent, length)
    ]
    gained = own - np.max(shorter, axis=0)
    return bool(np.nanquantile(gained[1:], _SIGNIFICANT / 2) <= 0)


def _confidences(rule: _Rule, counted: _Counted) -> NDArray[np.float64]:
    return _divide(counted.drawn[rule.itemset], counted.drawn[rule.antecedent])
