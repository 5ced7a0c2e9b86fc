from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from scipy.stats import fisher_exact
from statsmodels.stats.contingency_tables import StratifiedTable
from statsmodels.stats.multitest import multipletests

from association import Rules, association_parameters, by_name
from customer_behavior.pipelines.association.rules import choose_rules

#: Counted in two baskets already, and of two items at the most.
PAIRS = {"least_baskets": 2, "longest_itemset": 2}


def draw_baskets(number=300, items=12, seed=3):
    """Rows of baskets with 1 to 7 items of two categories, some more frequent than others."""
    random = np.random.default_rng(seed)
    names = np.array([f"{'tech' if item % 3 else 'home'}.{item}" for item in range(items)])
    weights = 1 / np.arange(1, items + 1)
    sizes = random.integers(1, 8, number)
    return [
        (1, " ".join(random.choice(names, size, replace=False, p=weights / weights.sum())))
        for size in sizes
    ]


@pytest.fixture(scope="module")
def drawn():
    return draw_baskets()


@pytest.fixture(scope="module")
def rules_of_drawn(spark, drawn):
    return Rules(spark, *drawn)


def test_measures_are_those_of_the_formulas(spark):
    # 10 baskets: 5 with both, 6 with a, 7 with b.
    rules = Rules(spark, (5, "a b"), (1, "a"), (2, "b"), (2, "c"), rules=PAIRS)

    rule = rules.measured()["a → b"]

    assert rule["baskets"] == 5
    assert rule["support"] == pytest.approx(0.5)
    assert rule["confidence"] == pytest.approx(5 / 6)
    assert rule["lift"] == pytest.approx(0.5 / (0.6 * 0.7))
    assert rule["leverage"] == pytest.approx(0.5 - 0.6 * 0.7)
    assert rule["model_source_id"] == "abc"


@pytest.mark.default_line
def test_rules_and_their_measures_are_those_of_mlxtend(drawn, rules_of_drawn):
    mlxtend = pytest.importorskip("mlxtend.frequent_patterns")
    table = pd.DataFrame([dict.fromkeys(items.split(), True) for _, items in drawn])
    table = table.notna()

    itemsets = mlxtend.fpgrowth(table, min_support=4.5 / len(drawn), use_colnames=True, max_len=3)
    rules = mlxtend.association_rules(itemsets, metric="support", min_threshold=0)

    rules = rules[rules["consequents"].map(len) == 1].to_dict("records")
    found = {
        (frozenset(rule["antecedent"]), rule["consequent"]): rule
        for rule in rules_of_drawn.measured_rules.collect()
    }
    assert len(found) == len(rules) == rules_of_drawn.measured_rules.count() > 300
    for rule in rules:
        own = found[rule["antecedents"], *rule["consequents"]]
        for measure in ("support", "confidence", "lift", "leverage"):
            assert own[measure] == pytest.approx(rule[measure], abs=1e-12)


def test_the_p_value_is_that_of_fishers_exact_test(spark):
    # Baskets of one item cannot hold both, and say nothing.
    baskets = [(20, "a b"), (10, "a c"), (15, "b c"), (25, "c d"), (30, "a"), (7, "b"), (3, "e")]
    rules = Rules(spark, *baskets, rules=PAIRS)

    found = rules.measured()["a → b"]["p_value"]

    assert found == pytest.approx(fisher_exact([[20, 10], [15, 25]], alternative="greater").pvalue)
    assert found == pytest.approx(0.0149, abs=0.0005)


def test_the_p_value_of_a_longer_rule_is_of_baskets_that_can_hold_it(spark):
    # Ten more of two items each hold a and b, or c.
    baskets = [(12, "a b c"), (8, "a b d"), (9, "a c d"), (21, "a d e"), (10, "a b"), (10, "c d")]
    rules = Rules(spark, *baskets, rules={"least_baskets": 2})

    found = rules.measured()["a b → c"]["p_value"]

    assert found == pytest.approx(fisher_exact([[12, 8], [9, 21]], alternative="greater").pvalue)


def test_the_p_value_of_many_baskets_is_close_to_that_of_the_test_of_mantel_and_haenszel(spark):
    rules = Rules(
        spark,
        (120, "a b"), (300, "a c"), (250, "b c"), (600, "c d"),
        (155, "a b c d"), (200, "a c d e"), (150, "b c d e"), (300, "c d e f"),
        rules=PAIRS,
    )  # fmt: skip
    tables = [np.array([[120, 300], [250, 600]]), np.array([[155, 200], [150, 300]])]

    found = rules.measured()["a → b"]["p_value"]

    # Two-sided, and more than expected are together.
    asymptotic = StratifiedTable(tables).test_null_odds(correction=True).pvalue / 2
    assert found == pytest.approx(asymptotic, rel=0.02)
    assert 0.02 < found < 0.05


def test_items_that_are_together_in_large_baskets_only_do_not_go_together(spark):
    # Of small ones each is in a tenth, of large ones in half; in neither more often with the other.
    fill = "p q r s t u"
    rules = Rules(
        spark,
        (4, "a b"), (36, "a p"), (36, "b p"), (324, "p q"),
        (100, f"a b {fill}"), (100, f"a v {fill}"), (100, f"b v {fill}"), (100, f"v w {fill}"),
        rules=PAIRS,
    )  # fmt: skip

    rule = rules.measured()["a → b"]

    assert rule["p_value"] > 0.4
    assert rule["lift_low"] > 1
    assert fisher_exact([[104, 136], [136, 424]], alternative="greater").pvalue < 1e-6
    assert "a → b" not in rules.chosen()


def test_sizes_that_are_compared_together_are_tested(spark):
    baskets = [(20, "a b"), (10, "a c"), (15, "b c"), (25, "c d")]
    rules = Rules(spark, *baskets, rules=PAIRS | {"basket_sizes": [1]})

    found = rules.measured()["a → b"]["p_value"]

    assert found == pytest.approx(fisher_exact([[20, 10], [15, 25]], alternative="greater").pvalue)


def test_a_rule_that_never_fails_is_as_sure_as_can_be(spark):
    rules = Rules(spark, (1000, "a b"), (1000, "c d"), rules=PAIRS)

    assert rules.measured()["a → b"]["p_value"] == pytest.approx(0, abs=1e-15)
    assert {"a → b", "b → a", "c → d", "d → c"} == rules.chosen()


def test_q_values_are_over_all_rules_that_there_could_be(rules_of_drawn):
    measured = rules_of_drawn.measured_rules.toPandas()
    singles = rules_of_drawn.frequent_itemsets.filter("size(items) = 1").collect()
    items = {row["items"][0] for row in singles}
    possible = [
        (length, not any(item[:4] == consequent[:4] for item in antecedent))
        for consequent in items
        for length in (1, 2)
        for antecedent in combinations(items - {consequent}, length)
    ]

    families = measured.groupby([measured["antecedent"].map(len), "is_cross_category"])

    assert len(families) == 4
    for family, rules in families:
        # Those in too few baskets to be counted stand for nothing.
        uncounted = np.ones(possible.count(family) - len(rules))
        expected = multipletests([*rules["p_value"], *uncounted], method="fdr_bh")[1]
        np.testing.assert_allclose(rules["q_value"], expected[: len(rules)], rtol=1e-9)
    assert len(measured) < len(possible)
    assert measured["q_value"].lt(1).any()


def test_intervals_of_the_lift_are_around_it(rules_of_drawn):
    found = rules_of_drawn.measured_rules.toPandas()

    assert found[["lift_low", "lift_high"]].notna().all(axis=None)
    assert (found["lift_low"] <= found["lift_high"]).all()
    assert found["lift"].between(found["lift_low"], found["lift_high"]).mean() > 0.98


def test_the_interval_of_the_lift_is_narrower_with_more_customers(spark):
    few = Rules(spark, (20, "a b"), (20, "a c"), (20, "b c"), (40, "c d"), rules=PAIRS)
    many = Rules(spark, (400, "a b"), (400, "a c"), (400, "b c"), (800, "c d"), rules=PAIRS)

    wide, narrow = (rules.measured()["a → b"] for rules in (few, many))

    assert narrow["lift"] == wide["lift"] == 1.25
    # With 20 times the customers about a quarter; an odd draw of groups is allowed for.
    width = narrow["lift_high"] - narrow["lift_low"]
    assert 0.05 < width < 0.6 * (wide["lift_high"] - wide["lift_low"])


@pytest.mark.parametrize(
    ("later", "replicates"),
    [
        # 30 with each of 60: 15 are expected by chance, and 24 by a lift of 1.6.
        ([(26, "a b"), (4, "a c"), (4, "b c"), (26, "c d")], True),
        # As by chance.
        ([(15, "a b"), (15, "a c"), (15, "b c"), (15, "c d")], False),
        # More than by chance, but not surely.
        ([(17, "a b"), (13, "a c"), (13, "b c"), (17, "c d")], False),
        # 4.8 are expected by the lift: too few, whatever there is.
        ([(6, "a b"), (6, "c d")], None),
        ([], None),
    ],
)
def test_a_rule_is_seen_again_by_other_customers_or_not_or_that_cannot_be_told(
    spark, later, replicates
):
    fit = [(40, "a b"), (10, "a c"), (10, "b c"), (40, "c d")]
    rules = Rules(spark, *fit, *((*row, "later") for row in later), rules=PAIRS)

    rule = rules.measured()["a → b"]

    assert rule["lift"] == pytest.approx(1.6)
    assert rule["replicates"] is replicates


def test_what_comes_later_is_counted_and_not_learned_from(spark):
    fit = [(40, "a b"), (10, "a c"), (10, "b c"), (40, "c d")]
    rules = Rules(spark, *fit, (3, "a b", "later"), (1, "a", "later"), rules=PAIRS)

    found = rules.measured()

    assert found["a → b"]["lift"] == pytest.approx(1.6)
    assert found["a → b"]["baskets"] == 40
    assert found["a → b"]["later_baskets"] == 3
    assert found["a → b"]["later_lift"] == pytest.approx(3 / 4 / (1 * 3 / 4))


def test_what_is_not_there_later_has_no_lift_later(spark):
    rules = Rules(spark, (40, "a b"), (40, "c d"), (3, "a b", "later"), rules=PAIRS)

    found = rules.measured()

    assert found["a → b"]["later_lift"] == 1
    assert found["c → d"]["later_baskets"] == 0
    assert found["c → d"]["later_lift"] is None


def test_a_longer_rule_that_adds_nothing_is_dropped(spark):
    # b comes with 9 in 10 of a, with c or without it.
    rules = Rules(
        spark,
        (90, "a b c"), (10, "a c d"), (90, "a b d"), (10, "a d e"), (20, "b c d"), (20, "b d e"),
        (180, "c d e"), (180, "d e f"),
    )  # fmt: skip

    longer = rules.measured()["a c → b"]

    assert longer["q_value"] < 0.05
    assert longer["lift_low"] > 1
    assert longer["is_redundant"]
    assert "a → b" in rules.chosen()
    assert "a c → b" not in rules.chosen()


def test_a_longer_rule_that_surely_adds_is_kept(spark):
    # b comes with 9 in 10 of those with a and c, and with 4 in 10 of those with one of them.
    rules = Rules(
        spark,
        (90, "a b c"), (10, "a c d"), (40, "a b d"), (60, "a d e"), (40, "b c d"), (60, "c d e"),
        (40, "b d e"), (260, "d e f"),
    )  # fmt: skip

    assert {"a → b", "c → b", "a c → b"} <= rules.chosen()


def test_the_parts_of_a_rule_across_categories_are_of_different_ones(spark):
    rules = Rules(spark, (50, "tech.tv tech.cable home.sofa"), (50, "car.tyre food.tea toy.lego"))

    found = rules.measured()

    assert found["tech.tv → home.sofa"]["is_cross_category"]
    assert found["tech.cable tech.tv → home.sofa"]["is_cross_category"]
    assert not found["tech.tv → tech.cable"]["is_cross_category"]
    assert not found["home.sofa tech.tv → tech.cable"]["is_cross_category"]
    across = set(by_name(rules.category_rules))
    assert "tech.tv → home.sofa" in across
    assert "tech.tv → tech.cable" in rules.chosen() - across


def test_rules_are_kept_that_are_sure_and_say_something_new(spark):
    measured = spark.createDataFrame(
        [
            # antecedent, consequent, q_value, lift_low, is_redundant, is_cross_category
            (["a"], "b", 0.05, 1.01, False, True),
            (["a"], "c", 0.01, 1.01, False, False),
            (["a"], "d", 0.06, 1.01, False, True),
            (["a"], "e", 0.01, 1.0, False, True),
            (["a", "b"], "f", 0.01, 1.01, True, True),
        ],
        "antecedent array<string>, consequent string, q_value double, lift_low double, "
        "is_redundant boolean, is_cross_category boolean",
    )

    item_rules, category_rules = choose_rules(measured, association_parameters())

    assert set(by_name(item_rules)) == {"a → b", "a → c"}
    assert set(by_name(category_rules)) == {"a → b"}


@pytest.mark.default_line
@pytest.mark.parametrize("seed", range(3))
def test_among_items_that_have_nothing_to_do_with_each_other_hardly_a_rule_is_found(spark, seed):
    random = np.random.default_rng(seed)
    names = np.array([f"{item % 6}.{item}" for item in range(60)])
    weights = 1 / np.arange(3, 63)
    sizes = np.minimum(40, random.zipf(2, 3000))
    rows = [
        (1, " ".join(random.choice(names, size, replace=False, p=weights / weights.sum())))
        for size in sizes
    ]
    rules = Rules(spark, *rows, rules={"longest_itemset": 2})

    assert rules.measured_rules.count() > 1500
    assert len(rules.chosen()) <= 2


def test_without_baskets_there_are_rules_of_the_same_columns(spark, rules_of_drawn):
    rules = Rules(spark)

    for name in ("measured_rules", "item_rules", "category_rules"):
        none = getattr(rules, name)
        assert none.isEmpty()
        assert none.schema == getattr(rules_of_drawn, name).schema


def test_baskets_of_one_item_have_no_rules(spark):
    assert Rules(spark, (50, "a"), (50, "b")).measured_rules.isEmpty()
