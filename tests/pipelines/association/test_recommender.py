import pytest

from association import association_parameters
from customer_behavior.pipelines.association.recommender import (
    CANDIDATES,
    RECOMMENDERS,
    recommend,
    try_recommenders,
)
from customer_behavior.pipelines.association.recommender_inputs import build_product_popularity
from customer_behavior.pipelines.association.rivals import fit_als
from recommendations import (
    BOUGHT,
    INTERACTIONS,
    NEIGHBOURS,
    NO_CODE,
    RULES,
    SCORE,
    TEST,
    make_interests,
    make_popularity,
    make_relevant,
)

LARGE = 5_000_000_000
CUSTOMERS = [
    # user, product, category, weight, price class
    (1, 204, "phone", 3, 0),
    (2, 204, "phone", 3, 1),
    (3, 201, "phone", 3, 0),
    (3, 401, "boot", 1, 0, SCORE, "score", "2019-10-20 10:00:00"),
    (4, 301, "case", 1, 0),
    (5, 201, "phone", 3, 0),
    (6, 402, "boot", 9, 0),
    (7, 601, NO_CODE, 2, 0),
    (LARGE, 201, "phone", 3, 0),
    (9, 201, "phone", 3, 0, TEST, "test"),
]
RULES_OF_ALL = [
    (["phone"], "case", 0.5),
    (["boot", "phone"], "case", 0.9),
    (["boot", "phone"], "bag", 0.8),
]
BOUGHT_BY = [(5, 301), (5, 201), (5, 101), (4, 302)]
#: Nobody looked at 999 lately.
NEIGHBOURS_OF_ALL = [(201, 999, 0.9), (201, 302, 0.5), (201, 303, 0.4), (401, 303, 0.4)]
INTERACTIONS_OF_ALL = [
    (user, product, 1.0) for user in (LARGE, 1, 2) for product in (201, 302, 999)
]


def settings_of(**changes):
    usual = {
        "number": 10,
        "repeats": False,
        "favourite_categories": 5,
        "als": {"products": 9, "rank": 2, "max_iter": 2, "reg_param": 0.1, "alpha": 10},
    }
    return association_parameters(recommendations=usual | changes)


def sources_of(spark, *interests, rules=(), bought=(), neighbours=(), interactions=()):
    """What there is to recommend from, in the shop of ``recommendations.SHOP``."""
    bought = [(user, SCORE, product) for user, product in bought]
    interactions = spark.createDataFrame(list(interactions), INTERACTIONS)
    return {
        "customer_interests": make_interests(spark, *interests),
        "product_popularity": make_popularity(spark, TEST, SCORE),
        "bought_products": spark.createDataFrame(bought, BOUGHT),
        "item_rules": spark.createDataFrame(list(rules), RULES),
        "item_neighbours": spark.createDataFrame(list(neighbours), NEIGHBOURS),
        "als_model": fit_als(interactions, settings_of()),
    }


def recommended_by(name, sources, **changes):
    selection = {"source_id": "of the selection", "status": "ok", "champion": name}
    return recommend(selection, **sources, settings=settings_of(**changes))


def places_of(name, sources, **changes):
    """What customer 1 is shown, in its order: products and their sources."""
    rows = recommended_by(name, sources, **changes).filter("user_id = 1").sort("rank").collect()
    return [(row.product_id, row.source) for row in rows]


def products_of(name, sources, **changes):
    return [product for product, _ in places_of(name, sources, **changes)]


def from_source(source, *products):
    return [(product, source) for product in products]


@pytest.fixture(scope="module")
def sources(spark):
    return sources_of(
        spark,
        *CUSTOMERS,
        rules=RULES_OF_ALL,
        bought=BOUGHT_BY,
        neighbours=NEIGHBOURS_OF_ALL,
        interactions=INTERACTIONS_OF_ALL,
    )


@pytest.fixture(scope="module")
def tried(spark, sources):
    """The lists of all recommenders for all customers but 6."""
    relevant = make_relevant(
        spark,
        *((user, 1, "a", "select", False, 1, SCORE) for user in (1, 2, 3, 4, 5, 7, LARGE)),
        (9, 1, "a", "test"),
        (9, 2, "a", "test"),
    )
    found = try_recommenders(**sources, relevant_products=relevant, settings=settings_of())
    return found.toPandas()


@pytest.fixture(scope="module")
def recommended(sources):
    """What ``rules_first`` recommends to all customers."""
    return recommended_by("rules_first", sources).toPandas().sort_values("rank")


def shown(tried, name, user):
    """What a recommender shows a customer, in its order: products and their sources."""
    rows = tried[(tried["recommender"] == name) & (tried["user_id"] == user)].sort_values("rank")
    return list(zip(rows["product_id"], rows["source"], strict=True))


def test_products_of_rules_come_first_then_favourite_categories_then_what_is_popular(tried):
    assert shown(tried, "rules_first", 1) == [
        *from_source("rule", 301, 302, 303),
        *from_source("favourite_category", 201, 202, 203, 204),
        *from_source("popular", 101, 102, 103),
    ]


def test_blended_rules_and_favourite_categories_compete_by_their_likelihood(tried):
    # Phones have 4/10, 3/10, 2/10 and 1/10 of their category; cases 3/6, 2/6 and 1/6, which count
    # half by the confidence of the rule.
    assert shown(tried, "rules_blended", 1)[:7] == [
        (201, "favourite_category"), (202, "favourite_category"), (301, "rule"),
        (203, "favourite_category"), (302, "rule"), (204, "favourite_category"), (303, "rule"),
    ]  # fmt: skip


def test_a_rule_with_two_categories_needs_both(recommended):
    bags = recommended[recommended["category_code"] == "bag"]

    # Customers 1 and 6 have one of them each.
    assert list(zip(bags["user_id"], bags["product_id"], bags["source"], strict=True)) == [
        (3, 501, "rule"), (3, 502, "rule"),
    ]  # fmt: skip


def test_a_rule_is_as_strong_as_its_weakest_category_and_the_strongest_of_rules_counts(recommended):
    of_rules = recommended[(recommended["user_id"] == 3) & (recommended["source"] == "rule")]

    # Three quarters of the interest are in phones. Bags: 1/4 * 0.8. Cases: 3/4 * 0.5 by the first
    # rule, 1/4 * 0.9 by the second.
    assert list(zip(of_rules["product_id"], of_rules["score"], strict=True)) == [
        (301, pytest.approx(0.375 * 3 / 6)),
        (501, pytest.approx(0.2 * 2 / 3)),
        (302, pytest.approx(0.375 * 2 / 6)),
        (502, pytest.approx(0.2 * 1 / 3)),
        (303, pytest.approx(0.375 * 1 / 6)),
    ]


def test_only_favourite_categories_trigger_rules(spark):
    sources = sources_of(
        spark, (1, 101, "shoe", 3), (1, 201, "phone", 2), rules=[(["phone"], "case", 0.5)]
    )

    # The second favourite would, as the other tests show.
    assert products_of("rules_first", sources, favourite_categories=1) == list(range(101, 111))


def test_the_price_class_of_the_customer_decides_which_products_stand_first(tried):
    cheap, dear = ([p for p, _ in shown(tried, "rules_first", user)] for user in (1, 2))

    assert cheap[:7] == [301, 302, 303, 201, 202, 203, 204]
    assert dear[:7] == [303, 302, 301, 204, 203, 202, 201]


def test_a_rival_that_is_left_out_is_not_tried(spark):
    with pytest.raises(ValueError, match="no popularity"):
        settings_of(baselines=["als"])
    settings = settings_of(baselines=["popularity"])
    sources = sources_of(spark, (1, 101, "shoe", 3, 0, TEST, "test"))
    relevant = make_relevant(spark, (1, 102, "shoe", "test"))

    tried = try_recommenders(*sources.values(), relevant, settings)

    names = {row.recommender for row in tried.select("recommender").distinct().collect()}
    assert names == {*CANDIDATES, "popularity"}


@pytest.mark.parametrize("name", CANDIDATES)
def test_a_customer_whose_category_has_no_rule_gets_that_category(tried, name):
    assert shown(tried, name, 7) == [
        (601, "favourite_category"), *from_source("popular", *range(101, 110)),
    ]  # fmt: skip


@pytest.mark.parametrize("name", CANDIDATES)
def test_without_any_rule_customers_get_their_favourite_categories(spark, name):
    sources = sources_of(spark, (1, 301, "case", 1))

    assert places_of(name, sources) == [
        *from_source("favourite_category", 301, 302, 303),
        *from_source("popular", *range(101, 108)),
    ]


@pytest.mark.parametrize("name", list(RECOMMENDERS))
def test_nobody_is_shown_what_they_have_bought(tried, name):
    assert not {301, 201, 101} & {product for product, _ in shown(tried, name, 5)}


def test_what_was_bought_is_shown_where_repeats_are_wanted(sources, recommended):
    repeating = recommended_by("rules_first", sources, repeats=True)
    of_five = repeating.filter("user_id = 5").sort("rank").collect()

    assert recommended[recommended["user_id"] == 5]["product_id"].tolist() == [
        302, 303, 202, 203, 204, 102, 103, 104, 105, 106,
    ]  # fmt: skip
    assert [row.product_id for row in of_five] == [
        301, 302, 303, 201, 202, 203, 204, 101, 102, 103,
    ]  # fmt: skip


def test_the_last_category_is_that_of_the_latest_event(tried):
    # Customer 3 looked at a boot last, though at phones more.
    assert shown(tried, "last_category", 3) == [
        (401, "last_category"), (402, "last_category"), *from_source("popular", *range(101, 109)),
    ]  # fmt: skip


def test_neighbours_count_by_their_similarity_to_all_that_was_looked_at(tried):
    # 303: 3 * 0.4 + 1 * 0.4, 302: 3 * 0.5. The nearest, 999, is not looked at any more.
    assert shown(tried, "item_item", 3) == [
        (303, "item_item"), (302, "item_item"), *from_source("popular", *range(101, 109)),
    ]  # fmt: skip


def test_als_recommends_what_is_looked_at_lately(tried):
    of_als = {user: shown(tried, "als", user) for user in (1, LARGE)}

    # It knows 999, too.
    for places in of_als.values():
        assert set(places[:2]) == {(201, "als"), (302, "als")}
        assert places[2:] == from_source("popular", *range(101, 109))


def test_als_recommends_what_is_popular_to_those_it_does_not_know(tried):
    assert shown(tried, "als", 4) == from_source("popular", *range(101, 111))


def test_als_that_learned_nothing_recommends_what_is_popular(spark):
    sources = sources_of(spark, (1, 201, "phone", 3))

    assert places_of("als", sources) == from_source("popular", *range(101, 111))


def test_all_recommenders_are_tried_for_those_whose_purchases_are_known(tried):
    customers = tried.groupby("recommender")["user_id"].agg(lambda users: sorted(set(users)))

    known = [1, 2, 3, 4, 5, 7, 9, LARGE]
    assert customers.to_dict() == dict.fromkeys(RECOMMENDERS, known)


@pytest.mark.parametrize("name", list(RECOMMENDERS))
def test_every_customer_gets_so_many_distinct_products(tried, name):
    lists = tried[tried["recommender"] == name].groupby("user_id")

    assert {tuple(sorted(ranks)) for _, ranks in lists["rank"]} == {tuple(range(1, 11))}
    assert set(lists["product_id"].nunique()) == {10}


def test_a_product_stands_with_its_category_and_popularity(tried):
    found = tried[["product_id", "category", "overall_share"]].drop_duplicates()
    found = found.set_index("product_id")

    assert found.index.is_unique
    # Of 36 products, the first has 36 parts of 666.
    assert found.loc[101].tolist() == ["shoe", pytest.approx(36 / 666)]
    assert found.loc[601].tolist() == [NO_CODE, pytest.approx(1 / 666)]


def test_a_product_that_was_in_two_categories_is_shown_once(spark):
    sources = sources_of(
        spark,
        (1, 7, "shoe", 5),
        (2, 7, "boot", 3),
        *((1, product, "shoe", 1) for product in range(101, 121)),
    )
    popularity = build_product_popularity(sources["customer_interests"], settings_of())

    found = products_of("popularity", sources | {"product_popularity": popularity})

    assert found == [7, *range(101, 110)]


def test_the_champion_recommends_before_the_last_snapshot(recommended):
    assert list(recommended) == [
        "user_id", "snapshot_date", "rank", "product_id", "category_code", "score", "source",
        "model_source_id",
    ]  # fmt: skip
    # Customer 9 is of the test.
    assert sorted(recommended["user_id"].dropna().unique()) == [1, 2, 3, 4, 5, 6, 7, LARGE]
    assert set(recommended["snapshot_date"]) == {SCORE}
    assert recommended[recommended["user_id"] == 1]["rank"].tolist() == list(range(1, 11))
    assert recommended[recommended["user_id"] == 1]["product_id"].tolist() == [
        301, 302, 303, 201, 202, 203, 204, 101, 102, 103,
    ]  # fmt: skip


def test_recommendations_say_where_the_selection_comes_from(recommended):
    assert set(recommended["model_source_id"]) == {"of the selection"}


def test_who_is_not_known_gets_what_is_most_popular(recommended):
    unknown = recommended[recommended["user_id"].isna()]

    assert unknown["rank"].tolist() == list(range(1, 11))
    assert unknown["product_id"].tolist() == list(range(101, 111))
    assert set(unknown["source"]) == {"popular"}


def test_a_category_without_code_has_none(recommended):
    found = recommended[recommended["user_id"] == 7]

    assert list(zip(found["product_id"], found["category_code"], strict=True))[:2] == [
        (601, None), (101, "shoe"),
    ]  # fmt: skip


def test_without_a_recommender_there_are_no_rows(sources):
    none = {"source_id": "abc", "status": "not_enough_data", "reason": "too few"}

    found = recommend(none, **sources, settings=settings_of())

    assert found.isEmpty()
    assert found.dtypes == recommended_by("rules_first", sources).dtypes
