import pytest

from association import LEDGER, Rules, association_parameters
from customer_behavior.pipelines.association.figures import draw_category_rules
from customer_behavior.pipelines.association.rule_evaluation import evaluate_rules

MEASURED = """
    antecedent array<string>, consequent string, replicates boolean, p_value double,
    model_source_id string
"""
DRAWN = """
    antecedent array<string>, consequent string, baskets long, confidence double, lift double,
    lift_low double, lift_high double
"""


def evaluate(spark, measured, sure):
    """Evaluate rules such as (["a"], "b", True), of which the first so many are sure."""
    rows = [(*rule, 0.01, "its own") for rule in measured]
    none = Rules(spark)
    return evaluate_rules(
        spark.createDataFrame(rows, MEASURED),
        spark.createDataFrame(rows[:sure], MEASURED),
        spark.createDataFrame(rows[:1], MEASURED),
        none.market_baskets,
        none.frequent_itemsets,
        LEDGER,
        association_parameters(),
    )


def test_sure_rules_are_seen_again_more_often_than_others(spark):
    found = evaluate(
        spark,
        [
            (["a"], "b", True),
            (["b"], "a", True),
            (["a", "c"], "b", True),
            (["a"], "c", False),
            (["c"], "a", None),
            (["b"], "c", True),
            (["c"], "b", False),
            (["b", "c"], "a", None),
        ],
        sure=5,
    )

    assert found["status"] == "ok"
    # Rules and baskets are of what was learnt from, whatever has come since.
    assert found["source_id"] == found["model_source_id"] == "its own"
    assert found["rules"] == {"measured": 8, "sure": 5, "across_categories": 1}
    # Three of four, with the interval of Wilson; of one it cannot be told.
    assert found["metrics"]["replication_rate"] == pytest.approx(
        {"value": 0.75, "low": 0.3006, "high": 0.9544, "rules": 4}, abs=1e-4
    )
    others = found["baselines"]["other_rules"]["replication_rate"]
    assert others == pytest.approx(
        {"value": 0.5, "low": 0.0945, "high": 0.9055, "rules": 2}, abs=1e-4
    )


def test_rules_of_which_it_cannot_be_told_whether_they_are_seen_again_have_no_rate(spark):
    found = evaluate(spark, [(["a"], "b", None), (["b"], "a", None)], sure=1)

    nothing = {"value": None, "low": None, "high": None, "rules": 0}
    assert found["metrics"]["replication_rate"] == nothing
    assert found["baselines"]["other_rules"]["replication_rate"] == nothing


def test_baskets_and_itemsets_are_counted(spark):
    found = Rules(
        spark,
        (8, "a b"), (3, "a"), (1, "a b c d"), (2, "b", "later"), (4, "a b c d", "later"),
        rules={"least_baskets": 5, "largest_basket": 3},
    ).rule_evaluation  # fmt: skip

    assert found["rows"] == {
        "fit": {"baskets": 12, "of_one_item": 3, "cut": 1},
        "later": {"baskets": 6, "of_one_item": 2, "cut": 4},
    }
    assert found["itemsets"] == {"1": 2, "2": 1}
    assert found["rules"] == {"measured": 2, "sure": 0, "across_categories": 0}


@pytest.mark.parametrize("rows", [[], [(50, "a")], [(50, "a b", "later")]])
def test_too_little_data_is_no_error(spark, rows):
    rules = Rules(spark, *rows)

    found = rules.rule_evaluation

    assert found["status"] == "not_enough_data"
    assert found["reason"] == "no two items are together in 5 baskets of the period fit"
    assert found["rules"] == {"measured": 0, "sure": 0, "across_categories": 0}
    assert found["rows"]["fit"]["baskets"] == sum(row[0] for row in rows if "later" not in row)
    assert [note.text for note in rules.category_rules_figure.layout.annotations] == [
        "too little data"
    ]


def test_the_figure_shows_the_lift_of_rules_of_two_items(spark):
    rules = spark.createDataFrame(
        [
            (["tv"], "sofa", 1200, 0.25, 3.14, 2.71, 3.58),
            (["sofa"], "lamp", 30, 0.1, 2.0, 1.5, 2.5),
            (["lamp", "tv"], "sofa", 10, 0.9, 9.0, 8.0, 10.0),
        ],
        DRAWN,
    )

    figure = draw_category_rules(rules)

    (trace,) = figure.data
    assert list(trace.x) == list(trace.y) == ["lamp", "sofa", "tv"]
    # From above: what leads to what.
    assert [list(row) for row in trace.z] == [
        [None, None, None],
        [2.0, None, None],
        [None, 3.14, None],
    ]
    assert trace.text[2][1] == "lift 3.1 [2.7, 3.6]<br>1,200 baskets, confidence 25%"
    assert trace.text[0][0] == "no rule"
    assert not figure.layout.annotations


def test_of_many_categories_the_figure_shows_those_of_the_largest_lift(spark):
    # Rule 0 is the weakest; each has two items of its own.
    rows = [([f"from {n:02}"], f"to {n:02}", 10, 0.1, 2.0 + n, 1.5, 99.0) for n in range(20)]

    (trace,) = draw_category_rules(spark.createDataFrame(rows, DRAWN)).data

    # As many antecedents as fit, then consequents.
    assert len(trace.x) == 30
    assert "from 00" in trace.x
    assert "to 19" in trace.x
    assert "to 00" not in trace.x
