"""Rules that were not planted, in shops that have nothing else to find."""

import numpy as np
import pytest

from association import CALENDAR, LEDGER, SESSIONS, association_parameters
from customer_behavior.pipelines.association.market_baskets import (
    build_market_baskets,
    count_itemsets,
    find_frequent_itemsets,
)
from customer_behavior.pipelines.association.rules import choose_rules, measure_rules
from customer_behavior.pipelines.simulation.blocks import Blocks
from simulated import good_events, simulate, simulation_parameters

pytestmark = [pytest.mark.long, pytest.mark.default_line]

SIMULATIONS = 20
EVENTS = 400_000
VALIDATION = "2019-11-17"


def false_discovery_proportion(spark, parameters):
    """Share of pairs in rules across categories that were not planted, 0 without any; and them."""
    planted = planted_pairs(parameters)
    rules = category_rules_of(spark, good_events(simulate(parameters)))
    found = {frozenset((*rule.antecedent, rule.consequent)) for rule in rules}
    found = {pair for pair in found if len(pair) == 2}
    return len(found - planted) / max(1, len(found)), found


def planted_pairs(parameters):
    shop = Blocks(parameters).shop
    return {frozenset(shop.category_code[list(pair)]) for pair in shop.pairs}


def category_rules_of(spark, events):
    settings = association_parameters(replicates=200, customer_groups=100)
    bought = events[(events.event_type == "purchase") & (events.category_code != "")]
    period = np.where(bought.event_time < VALIDATION, "fit", "later")
    items = bought.groupby([bought.user_id, period]).category_code.agg(lambda of: sorted(set(of)))
    rows = [(int(user), period, items) for (user, period), items in items.items()]
    baskets = spark.createDataFrame(rows, "user_id long, period string, items array<string>")
    sessions = spark.createDataFrame([], SESSIONS)
    categories = spark.createDataFrame(
        [(code, code.split(".")[0]) for code in bought.category_code.unique()],
        "item string, category_l1 string",
    )
    market = build_market_baskets(baskets, sessions, CALENDAR, settings).localCheckpoint()
    itemsets = find_frequent_itemsets(market, settings).localCheckpoint()
    counts = count_itemsets(market, itemsets, settings)
    measured = measure_rules(counts, categories, LEDGER, settings)
    return choose_rules(measured, settings)[1].collect()


@pytest.mark.parametrize("pairs", [24, 0])
def test_at_most_one_in_ten_rules_was_not_planted(spark, pairs):
    proportions, found = zip(
        *(
            false_discovery_proportion(
                spark,
                simulation_parameters(events=EVENTS, seed=seed, affinities={"pairs": pairs}),
            )
            for seed in range(SIMULATIONS)
        ),
        strict=True,
    )

    assert np.mean(proportions) <= 0.1
    if pairs:
        assert sum(map(len, found)) >= 5 * SIMULATIONS
