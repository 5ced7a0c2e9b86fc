from itertools import combinations

import pandas as pd
import pytest

from association import (
    BASKETS,
    BEFORE,
    CALENDAR,
    LATER,
    SESSIONS,
    Rules,
    association_parameters,
    make_baskets,
)
from customer_behavior.pipelines.association.market_baskets import (
    build_market_baskets,
    find_item_categories,
)
from customer_behavior.pipelines.feature_engineering.aggregates import build_baskets
from features import feature_parameters, make_events

NO_SNAPSHOTS = pd.DataFrame(
    [dict.fromkeys(["snapshot_date", "role", "data_start", "data_end", "reference_end"])]
)
LETTERS = "abcdefghijklmnopqrstuvwxyz"


def market_baskets(spark, baskets, bots=(), since=BEFORE, **rules):
    rows = [(user, since, user in bots) for user in range(1, 20)]
    sessions = spark.createDataFrame(rows, SESSIONS)
    found = build_market_baskets(baskets, sessions, CALENDAR, association_parameters(rules=rules))
    return {(row.user_id, row.period): row for row in found.collect()}


def itemsets_of(found):
    return {tuple(row["items"]): row["baskets"] for row in found.collect()}


def test_baskets_of_bots_are_left_out(spark):
    baskets = make_baskets(spark, (1, "a b"), (1, "a b"), (1, "a b", "later"), (1, "c", "later"))

    assert set(market_baskets(spark, baskets, bots=[2, 3])) == {(1, "fit"), (4, "later")}


def test_who_is_a_bot_later_has_bought_earlier_all_the_same(spark):
    baskets = make_baskets(spark, (1, "a b"), (1, "a b", "later"))

    assert set(market_baskets(spark, baskets, bots=[1, 2], since=LATER)) == {(1, "fit")}


def test_unknown_items_are_left_out(spark):
    found = market_baskets(spark, make_baskets(spark, (1, "a unknown z")))

    assert found[1, "fit"]["items"] == ["a", "z"]
    assert found[1, "fit"]["size"] == 2


def test_a_basket_of_unknown_items_only_is_none(spark):
    rows = spark.createDataFrame([(1, "fit", ["unknown"]), (1, "later", ["a", "b"])], BASKETS)

    assert set(market_baskets(spark, rows)) == {(1, "later")}


def test_numbers_as_items_are_written_as_text(spark):
    rows = spark.createDataFrame([(1, "fit", [100, 20])], BASKETS.replace("<string>", "<long>"))

    assert market_baskets(spark, rows)[1, "fit"]["items"] == ["100", "20"]


def test_baskets_of_one_item_stay(spark):
    found = market_baskets(spark, make_baskets(spark, (1, "a"), (1, "a b")))

    assert [found[user, "fit"]["size"] for user in (1, 2)] == [1, 2]


@pytest.mark.parametrize(("largest_basket", "left"), [(5, 5), (25, 25), (26, 26), (30, 26)])
def test_of_a_larger_basket_some_items_are_drawn_and_its_size_is_as_it_was(
    spark, largest_basket, left
):
    baskets = make_baskets(spark, (1, " ".join(LETTERS)))

    row = market_baskets(spark, baskets, largest_basket=largest_basket)[1, "fit"]

    assert row["size"] == 26
    assert len(set(row["items"])) == len(row["items"]) == left
    assert row["items"] == sorted(row["items"])


def test_the_same_items_are_drawn_in_any_order(spark):
    rows = [(user, "fit", list(LETTERS)) for user in range(1, 9)]
    mixed = [(user, "fit", list(reversed(LETTERS))) for user in range(8, 0, -1)]

    first = market_baskets(spark, spark.createDataFrame(rows, BASKETS), largest_basket=6)
    again = spark.createDataFrame(mixed, BASKETS).repartition(3)

    assert market_baskets(spark, again, largest_basket=6) == first
    # Others are drawn for each customer.
    assert len({tuple(row["items"]) for row in first.values()}) == 8


def test_later_baskets_of_customers_with_an_earlier_one_are_left_out(spark):
    baskets = spark.createDataFrame(
        [(1, "fit", ["a"]), (1, "later", ["b"]), (2, "later", ["a", "b"])], BASKETS
    )

    assert set(market_baskets(spark, baskets)) == {(1, "fit"), (2, "later")}


def test_an_item_has_the_category_of_most_of_its_events(spark):
    events = make_events(
        spark,
        (1, "a", "2019-10-01 10:00:00", "purchase", 7, 10, "tech.tv", "x"),
        (1, "a", "2019-10-01 10:01:00", "purchase", 8, 10, "tech.tv", "x"),
        (1, "a", "2019-10-01 10:02:00", "purchase", 9, 11, "home.sofa", "x"),
        # That brand is looked at elsewhere; what is looked at is in no basket.
        (1, "a", "2019-10-01 10:03:00", "view", 9, 11, "home.sofa", "x"),
        (1, "a", "2019-10-01 10:04:00", "view", 9, 11, "home.sofa", "x"),
        # What is bought later is not known yet.
        (1, "a", "2019-11-17 00:00:00", "purchase", 9, 11, "home.sofa", "x"),
        (1, "a", "2019-11-17 00:00:01", "purchase", 9, 11, "home.sofa", "x"),
        (1, "a", "2019-10-01 10:05:00", "purchase", 5, 11, "home.sofa", "y"),
    )
    parameters = feature_parameters(baskets={"item": "brand"})

    found = find_item_categories(events, CALENDAR, parameters)

    assert {tuple(row) for row in found.collect()} == {("x", "tech"), ("y", "home")}


@pytest.mark.parametrize(
    ("item", "categories"),
    [
        ("category_l1", {"tech": "tech", "home": "home"}),
        ("category_l2", {"tech.tv": "tech", "home.sofa": "home"}),
        ("category_code", {"tech.tv": "tech", "home.sofa.bed": "home", "home.sofa": "home"}),
        ("brand", {"x": "tech", "y": "home"}),
        ("product_id", {"7": "tech", "8": "home", "9": "home"}),
    ],
)
def test_every_kind_of_item_that_is_in_baskets_has_a_category(spark, item, categories):
    events = make_events(
        spark,
        (1, "a", "2019-10-01 10:00:00", "purchase", 7, 10, "tech.tv", "x"),
        (1, "a", "2019-10-01 10:00:00", "purchase", 8, 11, "home.sofa.bed", "y"),
        (1, "a", "2019-10-01 10:00:00", "purchase", 9, 12, "home.sofa", "y"),
    )
    parameters = feature_parameters(baskets={"item": item})

    found = find_item_categories(events, CALENDAR, parameters)

    assert {row["item"]: row["category_l1"] for row in found.collect()} == categories
    (basket,) = market_baskets(spark, build_baskets(events, NO_SNAPSHOTS, parameters)).values()
    assert set(basket["items"]) == set(categories)


def test_itemsets_in_fewer_baskets_of_fit_are_not_found(spark):
    found = Rules(
        spark, (4, "a b"), (1, "a"), (1, "b c", "later"), (5, "c", "later"),
        rules={"least_baskets": 5},
    ).frequent_itemsets  # fmt: skip

    assert itemsets_of(found) == {("a",): 5}


def test_in_fewer_baskets_than_an_itemset_needs_none_is_found(spark):
    rules = Rules(spark, (4, "a b"), rules={"least_baskets": 5})

    assert itemsets_of(rules.frequent_itemsets) == {}


@pytest.mark.parametrize(("longest_itemset", "itemsets"), [(2, 4 + 6), (3, 4 + 6 + 4)])
def test_no_itemset_is_longer_than_wanted(spark, longest_itemset, itemsets):
    found = Rules(spark, (5, "a b c d"), rules={"longest_itemset": longest_itemset})

    assert found.frequent_itemsets.count() == itemsets


def test_large_baskets_that_are_alike_do_not_blow_up(spark):
    # Uncut there would be 2^40 itemsets.
    items = " ".join(f"i{number:02}" for number in range(40))
    rules = Rules(spark, (12, items), rules={"largest_basket": 8, "least_baskets": 4})

    found = itemsets_of(rules.frequent_itemsets)

    drawn = [set(row["items"]) for row in rules.market_baskets.collect()]
    every = (set(some) for n in (1, 2, 3) for some in combinations(items.split(), n))
    counts = {tuple(sorted(some)): sum(some <= basket for basket in drawn) for some in every}
    assert found == {some: count for some, count in counts.items() if count >= 4}


def test_itemsets_are_counted_by_period_group_and_size_of_the_basket(spark):
    rules = Rules(
        spark,
        (2, "a b"), (1, "a b c d e f g"), (2, "a"), (1, "a b h", "later"),
        rules={"least_baskets": 2, "basket_sizes": [2, 5]},
    )  # fmt: skip

    found = rules.itemset_counts.toPandas()

    found["items"] = found["items"].map(" ".join)
    counts = found.groupby(["items", "period", "stratum"])["baskets"].sum().to_dict()
    assert counts == {
        ("", "fit", 1): 2, ("", "fit", 2): 2, ("", "fit", 5): 1, ("", "later", 3): 1,
        ("a", "fit", 1): 2, ("a", "fit", 2): 2, ("a", "fit", 5): 1, ("a", "later", 3): 1,
        ("b", "fit", 2): 2, ("b", "fit", 5): 1, ("b", "later", 3): 1,
        ("a b", "fit", 2): 2, ("a b", "fit", 5): 1, ("a b", "later", 3): 1,
    }  # fmt: skip
    groups = rules.market_baskets.groupBy("period", "customer_group").count().collect()
    of_all = found[found["items"] == ""].groupby(["period", "customer_group"])["baskets"].sum()
    assert of_all.to_dict() == {(row[0], row[1]): row[2] for row in groups}


def test_without_baskets_nothing_is_found_and_counted(spark):
    rules = Rules(spark)

    assert rules.frequent_itemsets.isEmpty()
    assert rules.itemset_counts.isEmpty()
