import numpy as np
import pytest
from pyspark.ml.evaluation import RankingEvaluator

from association import LEDGER, association_parameters
from customer_behavior.pipelines.association.figures import draw_recommenders
from customer_behavior.pipelines.association.recommender import (
    CANDIDATES,
    recommend,
    try_recommenders,
)
from customer_behavior.pipelines.association.recommender_evaluation import (
    choose_recommender,
    evaluate_recommendations,
)
from customer_behavior.pipelines.association.recommender_measures import CustomerHits
from customer_behavior.pipelines.association.rivals import fit_als
from recommendations import (
    BOUGHT,
    INTERACTIONS,
    NEIGHBOURS,
    RULES,
    SCORE,
    TEST,
    VALIDATION,
    make_interests,
    make_popularity,
    make_relevant,
    make_tried,
)

SETTINGS = association_parameters(
    recommendations={"number": 10, "repeats": False, "least_customers": 3}
)
TOO_FEW = association_parameters(recommendations={"number": 10, "least_customers": 1000})
BASELINES = ("popularity", "last_category", "favourite_categories", "item_item", "als")
ALL = (*CANDIDATES, *BASELINES)
FIRST_TEN, NEXT_TEN = list(range(1, 11)), list(range(11, 21))


def values_of(spark, lists, bought, level="product", settings=SETTINGS):
    """The measures of the recommender a on select."""
    hits = CustomerHits.of(make_tried(spark, *lists), make_relevant(spark, *bought), settings)
    return {name: of[0] for name, of in hits.measure("a", "select", level).items()}


def test_measures_are_those_of_the_formulas(spark):
    lists = [("a", 1, FIRST_TEN), ("a", 2, NEXT_TEN), ("a", 3, FIRST_TEN)]
    # Customer 1 finds two of three, on ranks 1 and 7; 2 the only one, on rank 2; 3 nothing.
    bought = [(1, 1), (1, 7), (1, 99), (2, 12), (3, 99)]

    found = values_of(spark, lists, bought)

    second, third = 1 / np.log2(3), 1 / np.log2(4)
    of_three = 1 + second + third
    assert found == pytest.approx(
        {
            "novelty": 1,
            "hit_rate_at_1": (1 + 0 + 0) / 3,
            "hit_rate_at_5": (1 + 1 + 0) / 3,
            "hit_rate_at_10": (1 + 1 + 0) / 3,
            "recall_at_1": (1 / 3 + 0 + 0) / 3,
            "recall_at_5": (1 / 3 + 1 + 0) / 3,
            "recall_at_10": (2 / 3 + 1 + 0) / 3,
            "mrr_at_1": (1 + 0 + 0) / 3,
            "mrr_at_5": (1 + 1 / 2 + 0) / 3,
            "mrr_at_10": (1 + 1 / 2 + 0) / 3,
            "ndcg_at_1": (1 + 0 + 0) / 3,
            "ndcg_at_5": (1 / of_three + second + 0) / 3,
            "ndcg_at_10": ((1 + 1 / np.log2(8)) / of_three + second + 0) / 3,
        }
    )


def test_who_is_shown_nothing_finds_nothing(spark):
    lists = [("a", 1, FIRST_TEN), ("b", 2, FIRST_TEN)]

    found = values_of(spark, lists, bought=[(1, 1), (2, 1)])

    assert found["hit_rate_at_10"] == 0.5
    assert found["recall_at_1"] == 0.5


def draw_lists(customers, most_bought, seed=3):
    """Ten products each of thirty, and what was bought of those."""
    random = np.random.default_rng(seed)
    shown = {user: random.permutation(30)[:10].tolist() for user in range(customers)}
    bought = {
        user: random.permutation(30)[: random.integers(1, most_bought + 1)].tolist()
        for user in range(customers)
    }
    return shown, bought


def spark_measures(spark, shown, bought, *names):
    rows = [(list(map(float, shown[user])), list(map(float, bought[user]))) for user in shown]
    table = spark.createDataFrame(rows, "prediction array<double>, label array<double>")
    return {
        (name, cut): RankingEvaluator(metricName=name, k=cut).evaluate(table)
        for name in names
        for cut in (1, 5, 10)
    }


def own_measures(spark, shown, bought):
    lists = [("a", user, products) for user, products in shown.items()]
    rows = [(user, product) for user, products in bought.items() for product in products]
    return values_of(spark, lists, rows)


def test_recall_and_ndcg_are_those_of_spark(spark):
    # More than ten are bought by some: then ten hits are the best that there can be.
    shown, bought = draw_lists(customers=40, most_bought=15)

    found = own_measures(spark, shown, bought)

    expected = spark_measures(spark, shown, bought, "recallAtK", "ndcgAtK")
    for cut in (1, 5, 10):
        assert found[f"recall_at_{cut}"] == pytest.approx(expected["recallAtK", cut])
        assert found[f"ndcg_at_{cut}"] == pytest.approx(expected["ndcgAtK", cut])


def test_of_a_single_purchase_hit_rate_and_mrr_follow_from_those_of_spark(spark):
    shown, bought = draw_lists(customers=40, most_bought=1)

    found = own_measures(spark, shown, bought)

    names = ("precisionAtK", "meanAveragePrecisionAtK")
    expected = spark_measures(spark, shown, bought, *names)
    for cut in (1, 5, 10):
        assert found[f"hit_rate_at_{cut}"] == pytest.approx(cut * expected["precisionAtK", cut])
        assert found[f"mrr_at_{cut}"] == pytest.approx(expected["meanAveragePrecisionAtK", cut])
    assert found["hit_rate_at_10"] > found["hit_rate_at_1"]


def test_a_category_counts_where_it_stands_first(spark):
    lists = [("a", 1, [1, 2, 3, 4, 5], VALIDATION, ["p", "p", "q", "p", "r"])]
    # None of these products is in the list; their categories are the second and third of it.
    bought = [(1, 98, "q"), (1, 99, "q"), (1, 97, "r")]

    found = values_of(spark, lists, bought, level="category")

    second, third = 1 / np.log2(3), 1 / np.log2(4)
    assert found["hit_rate_at_1"] == 0
    assert found["mrr_at_5"] == pytest.approx(1 / 2)
    assert found["recall_at_5"] == pytest.approx(1)
    assert found["ndcg_at_5"] == pytest.approx((second + third) / (1 + second))
    assert values_of(spark, lists, bought)["hit_rate_at_10"] == 0


def test_novelty_is_how_unpopular_the_products_are(spark):
    lists = [
        ("a", 1, [1, 2], VALIDATION, ["p", "p"], [0.5, 0.125]),
        ("a", 2, [3], VALIDATION, ["p"], [0.25]),
    ]

    found = values_of(spark, lists, [(1, 1), (2, 1)])

    # One and three bits for the first, two for the second.
    assert found["novelty"] == pytest.approx(2)


def test_what_had_been_bought_before_is_not_relevant(spark):
    lists = [("a", 1, FIRST_TEN), ("a", 2, FIRST_TEN)]
    bought = [(1, 1, "a", "select", True), (1, 3, "a", "select", False),
              (2, 1, "a", "select", True)]  # fmt: skip

    found = values_of(spark, lists, bought)

    # Of customer 1 only product 3 counts; customer 2 bought nothing new and does not count.
    assert found["recall_at_1"] == 0
    assert found["mrr_at_10"] == pytest.approx(1 / 3)


def test_what_had_been_bought_before_is_relevant_where_repeats_are_wanted(spark):
    lists = [("a", 1, FIRST_TEN), ("a", 2, FIRST_TEN)]
    bought = [(1, 3, "a", "select", False), (2, 1, "a", "select", True)]
    settings = association_parameters(recommendations={"repeats": True})

    found = values_of(spark, lists, bought, settings=settings)

    assert found["mrr_at_10"] == pytest.approx((1 / 3 + 1) / 2)


def test_each_role_and_recommender_is_measured_on_its_own(spark):
    tried = make_tried(spark, ("a", 1, [1], VALIDATION), ("a", 1, [2], TEST), ("b", 1, [3], TEST))
    relevant = make_relevant(spark, (1, 1, "a", "select"), (1, 3, "a", "test"))

    hits = CustomerHits.of(tried, relevant, SETTINGS)

    rates = {
        (name, role): hits.measure(name, role)["hit_rate_at_1"][0]
        for name, role in (("a", "select"), ("a", "test"), ("b", "test"))
    }
    assert rates == {("a", "select"): 1, ("a", "test"): 0, ("b", "test"): 1}


def test_values_lie_in_their_intervals(spark):
    shown, bought = draw_lists(customers=60, most_bought=3)
    lists = [("a", user, products) for user, products in shown.items()]
    rows = [(user, product) for user, products in bought.items() for product in products]

    hits = CustomerHits.of(make_tried(spark, *lists), make_relevant(spark, *rows), SETTINGS)

    found = hits.describe("a", "select")
    found.pop("novelty")
    assert all(of["low"] < of["value"] < of["high"] for of in found.values())


#: Customers look at phones and buy a case, to which a rule leads.
SELECT, TESTED = range(1, 61), range(61, 121)


@pytest.fixture(scope="module")
def sources(spark):
    """What recommenders know of them, and of 200, who will not buy."""
    return {
        "customer_interests": make_interests(
            spark,
            *((user, 201, "phone", 3, 0, VALIDATION, "select") for user in SELECT),
            *((user, 201, "phone", 3, 0, TEST, "test") for user in TESTED),
            # Is shown boots, too.
            (1, 401, "boot", 1, 0, VALIDATION, "select"),
            (200, 201, "phone", 3, 0, TEST, "test"),
            (1, 201, "phone", 3, 0, SCORE, "score"),
        ),
        "product_popularity": make_popularity(spark, VALIDATION, TEST, SCORE),
        "bought_products": spark.createDataFrame([], BOUGHT),
        "item_rules": spark.createDataFrame([(["phone"], "case", 0.5)], RULES),
        "item_neighbours": spark.createDataFrame([], NEIGHBOURS),
        "als_model": fit_als(spark.createDataFrame([], INTERACTIONS), SETTINGS),
    }


@pytest.fixture(scope="module")
def relevant(spark):
    return make_relevant(
        spark,
        *((user, 301, "case", "select") for user in SELECT),
        # Half of them have seen one product, half seven; 15 bought a popular shoe, too, which 7
        # had bought before.
        *((user, 301, "case", "test", False, 1 if user <= 90 else 7) for user in TESTED),
        *((user, 101, "shoe", "test", user <= 67, 1) for user in TESTED[:15]),
    ).localCheckpoint()


@pytest.fixture(scope="module")
def tried(sources, relevant):
    found = try_recommenders(**sources, relevant_products=relevant, settings=SETTINGS)
    return found.localCheckpoint()


@pytest.fixture(scope="module")
def selection(tried, relevant):
    return choose_recommender(tried, relevant, LEDGER, SETTINGS)


@pytest.fixture(scope="module")
def evaluation(selection, tried, relevant, sources):
    return evaluate_recommendations(
        selection, tried, relevant, sources["product_popularity"], LEDGER, SETTINGS
    )


def test_rules_that_surely_beat_the_rest_are_used(selection):
    assert selection["status"] == "ok"
    assert selection["source_id"] == "abc"
    assert selection["champion"] == "rules_first"
    assert selection["best_baseline"] in BASELINES
    candidates = {name: of["mrr_at_10"]["value"] for name, of in selection["candidates"].items()}
    # Blended, two phones stand before the case.
    assert candidates == pytest.approx(
        dict.fromkeys(BASELINES, 0) | {"rules_first": 1, "rules_blended": 1 / 3}
    )


def hits_at(spark, customers=60, **ranks):
    """Lists in which what each customer bought stands at a rank; of other recommenders, at 5."""
    tried = []
    for name in ALL:
        rank = ranks.get(name, 5)
        for user in range(1, customers + 1):
            at = rank(user) if callable(rank) else rank
            tried.append((name, user, [99 if place == at else place for place in FIRST_TEN]))
    bought = [(user, 99) for user in range(1, customers + 1)]
    return make_tried(spark, *tried), make_relevant(spark, *bought)


def test_the_better_of_those_with_rules_is_used(spark):
    found = choose_recommender(
        *hits_at(spark, rules_first=2, rules_blended=1, item_item=4), LEDGER, SETTINGS
    )

    assert (found["champion"], found["best_baseline"]) == ("rules_blended", "item_item")


def test_rules_that_are_better_by_chance_are_not_used(spark):
    lists = hits_at(spark, rules_first=lambda user: 1 if user == 1 else 3, als=3)

    found = choose_recommender(*lists, LEDGER, SETTINGS)

    measured = {name: of["ndcg_at_10"]["value"] for name, of in found["candidates"].items()}
    assert measured["rules_first"] > measured["als"]
    lead = found["candidates"]["rules_first"]["ndcg_at_10_above_baseline"]
    assert lead["value"] == pytest.approx(measured["rules_first"] - measured["als"])
    assert lead["low"] <= 0
    assert (found["champion"], found["best_baseline"]) == ("als", "als")


def test_rules_that_are_worse_are_not_used(spark):
    found = choose_recommender(*hits_at(spark, last_category=1, als=2), LEDGER, SETTINGS)

    assert (found["champion"], found["best_baseline"]) == ("last_category", "last_category")


def test_an_evaluation_says_what_was_evaluated(evaluation):
    assert evaluation["task"] == "recommendations"
    assert (evaluation["source_id"], evaluation["model_source_id"]) == ("abc", "abc")
    assert evaluation["status"] == "ok"
    assert evaluation["rows"] == {"select": 60, "test": 60}
    assert evaluation["period"] == {
        "select": ["2019-10-15", "2019-10-15"], "test": ["2019-10-22", "2019-10-22"],
    }  # fmt: skip
    # Of 75 products that were bought on test, those of 7 shoes.
    assert evaluation["rebought_share"] == {"select": 0, "test": pytest.approx(7 / 75)}


def test_an_evaluation_has_all_measures_of_all_recommenders(evaluation):
    assert evaluation["champion"] == "rules_first"
    assert set(evaluation["recommenders"]) == set(CANDIDATES)
    assert set(evaluation["baselines"]) == set(BASELINES)
    assert evaluation["metrics"] == evaluation["recommenders"]["rules_first"]
    expected = {f"{name}_at_{cut}" for name in ("hit_rate", "recall", "mrr", "ndcg")
                for cut in (1, 5, 10)} | {"novelty"}  # fmt: skip
    for of in (evaluation["recommenders"] | evaluation["baselines"]).values():
        assert set(of) == expected | {"coverage"}
        assert all(set(measure) == {"value", "low", "high"} for measure in of.values())
    assert set(evaluation["by_category"]) == set(ALL)
    assert all(set(of) == expected for of in evaluation["by_category"].values())


def test_an_evaluation_is_that_of_the_customers_of_test(evaluation):
    found = evaluation["metrics"]

    # All find the case on rank 1; 8 bought a new shoe, too, which stands on rank 8.
    assert found["hit_rate_at_1"] == {"value": 1, "low": 1, "high": 1}
    assert found["recall_at_1"]["value"] == pytest.approx((52 + 8 / 2) / 60)
    assert found["recall_at_10"]["value"] == pytest.approx(1)
    assert evaluation["baselines"]["popularity"]["recall_at_10"]["value"] == pytest.approx(
        8 / 2 / 60
    )


def test_the_champion_is_compared_with_what_is_popular(evaluation):
    above = evaluation["above_popularity"]["recall_at_10"]

    assert above["value"] == pytest.approx(1 - 8 / 2 / 60)
    assert 0 < above["low"] <= above["value"] <= above["high"]


def test_categories_are_measured_too(evaluation):
    # The case stands first, phones second, shoes third; of popular products all are shoes.
    found = evaluation["by_category"]

    assert found["rules_first"]["hit_rate_at_1"]["value"] == pytest.approx(1)
    assert found["popularity"]["hit_rate_at_1"]["value"] == pytest.approx(8 / 60)


def test_customers_are_told_apart_by_what_they_had_seen(evaluation):
    found = evaluation["by_products_seen"]

    # One product, and from five to nine.
    assert {least: of["customers"] for least, of in found.items()} == {"1": 30, "5": 30}
    assert found["1"]["rules_first"]["hit_rate_at_10"]["value"] == pytest.approx(1)
    # Who bought shoes has an odd number, and seven products seen.
    rates = {least: of["popularity"]["hit_rate_at_10"]["value"] for least, of in found.items()}
    assert rates == pytest.approx({"1": 8 / 30, "5": 0})


def test_places_in_lists_are_counted_by_their_source(evaluation):
    # To each: three cases, four phones, three shoes.
    assert evaluation["sources"] == {
        "rule": {"customers": 1, "places": pytest.approx(0.3)},
        "favourite_category": {"customers": 1, "places": pytest.approx(0.4)},
        "popular": {"customers": 1, "places": pytest.approx(0.3)},
    }


def test_coverage_is_the_share_of_products_that_anybody_is_shown(evaluation):
    # Of 36 products: to all customers of test the same ten.
    assert evaluation["metrics"]["coverage"]["value"] == pytest.approx(10 / 36)


def test_the_figure_marks_the_champion(evaluation):
    (points,) = draw_recommenders(evaluation).data

    assert set(points.y) == {name.replace("_", " ") for name in ALL}
    colours = dict(zip(points.y, points.marker.color, strict=True))
    assert [name for name in points.y if colours[name] != colours["popularity"]] == ["rules first"]


def runs_through(settings, sources, tried, relevant, selection=None):
    """All that follows on a choice; the reason why there is none."""
    selection = selection or choose_recommender(tried, relevant, LEDGER, settings)
    assert recommend(selection, **sources, settings=settings).isEmpty()
    evaluated = evaluate_recommendations(
        selection, tried, relevant, sources["product_popularity"], LEDGER, settings
    )
    assert evaluated["status"] == selection["status"] == "not_enough_data"
    assert evaluated["reason"] == selection["reason"]
    assert "metrics" not in evaluated
    (note,) = draw_recommenders(evaluated).layout.annotations
    assert note.text == "too little data"
    return selection["reason"]


def test_too_few_customers_are_no_error(sources, tried, relevant):
    reason = runs_through(TOO_FEW, sources, tried, relevant)

    assert "in role select 60 customers" in reason
    assert "1000 are needed" in reason


def test_no_customers_at_all_are_no_error(spark, sources):
    nothing = {
        name: table.limit(0)
        for name, table in sources.items()
        if name not in ("als_model", "item_rules")
    }
    relevant = make_relevant(spark)
    tried = try_recommenders(**(sources | nothing), relevant_products=relevant, settings=SETTINGS)

    reason = runs_through(SETTINGS, sources | nothing, tried, relevant)

    assert "in role select 0 customers" in reason


def test_too_few_customers_of_test_have_no_measures(selection, sources, tried, relevant):
    on_select = relevant.filter("role = 'select'")

    found = evaluate_recommendations(
        selection, tried, on_select, sources["product_popularity"], LEDGER, SETTINGS
    )

    assert found["status"] == "not_enough_data"
    assert "in role test 0 customers" in found["reason"]
    assert "metrics" not in found
