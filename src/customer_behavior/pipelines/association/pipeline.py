"""Wiring of association."""

from kedro.pipeline import Node, Pipeline

from customer_behavior.pipelines.association.figures import draw_category_rules, draw_recommenders
from customer_behavior.pipelines.association.market_baskets import (
    build_market_baskets,
    count_itemsets,
    find_frequent_itemsets,
    find_item_categories,
)
from customer_behavior.pipelines.association.recommender import recommend, try_recommenders
from customer_behavior.pipelines.association.recommender_evaluation import (
    choose_recommender,
    evaluate_recommendations,
)
from customer_behavior.pipelines.association.recommender_inputs import (
    build_bought_products,
    build_customer_interests,
    build_product_interactions,
    build_product_popularity,
    find_relevant_products,
)
from customer_behavior.pipelines.association.rivals import fit_als, fit_item_neighbours
from customer_behavior.pipelines.association.rule_evaluation import evaluate_rules
from customer_behavior.pipelines.association.rules import choose_rules, measure_rules

_SETTINGS, _FEATURES = "params:association", "params:feature_engineering"
_SOURCES = [
    "customer_interests",
    "product_popularity",
    "bought_products",
    "item_rules",
    "item_neighbours",
    "als_model",
]


def create_pipeline() -> Pipeline:
    """From baskets to rules, and from rules to recommendations."""
    return Pipeline([_find_rules(), _learn_rivals(), _recommend(), _evaluate()], tags="association")


def _find_rules() -> Pipeline:
    return Pipeline(
        [
            Node(
                build_market_baskets,
                inputs=["baskets", "sessions", "snapshot_calendar", _SETTINGS],
                outputs="market_baskets",
                name="build_market_baskets",
            ),
            Node(
                find_item_categories,
                inputs=["event_features", "snapshot_calendar", _FEATURES],
                outputs="item_categories",
                name="find_item_categories",
            ),
            Node(
                find_frequent_itemsets,
                inputs=["market_baskets", _SETTINGS],
                outputs="frequent_itemsets",
                name="find_frequent_itemsets",
            ),
            Node(
                count_itemsets,
                inputs=["market_baskets", "frequent_itemsets", _SETTINGS],
                outputs="itemset_counts",
                name="count_itemsets",
            ),
            Node(
                measure_rules,
                inputs=["itemset_counts", "item_categories", "ingestion_ledger", _SETTINGS],
                outputs="measured_rules",
                name="measure_rules",
            ),
            Node(
                choose_rules,
                inputs=["measured_rules", _SETTINGS],
                outputs=["item_rules", "category_rules"],
                name="choose_rules",
            ),
        ],
        tags="train",
    )


def _learn_rivals() -> Pipeline:
    return Pipeline(
        [
            Node(
                build_product_interactions,
                inputs=["event_features", "sessions", "snapshot_calendar", _SETTINGS],
                outputs="product_interactions",
                name="build_product_interactions",
            ),
            Node(
                fit_item_neighbours,
                inputs=["product_interactions", _SETTINGS],
                outputs="item_neighbours",
                name="fit_item_neighbours",
            ),
            Node(
                fit_als,
                inputs=["product_interactions", _SETTINGS],
                outputs="als_model",
                name="fit_als",
            ),
            Node(
                find_relevant_products,
                inputs=[
                    "event_features",
                    "customer_interests",
                    "bought_products",
                    "snapshot_calendar",
                    _SETTINGS,
                    _FEATURES,
                ],
                outputs="relevant_products",
                name="find_relevant_products",
                tags="evaluate",
            ),
            Node(
                try_recommenders,
                inputs=[*_SOURCES, "relevant_products", _SETTINGS],
                outputs="tried_recommendations",
                name="try_recommenders",
                tags="evaluate",
            ),
            Node(
                choose_recommender,
                inputs=[
                    "tried_recommendations",
                    "relevant_products",
                    "ingestion_ledger",
                    _SETTINGS,
                ],
                outputs="recommender_selection",
                name="choose_recommender",
            ),
        ],
        tags="train",
    )


def _recommend() -> Pipeline:
    return Pipeline(
        [
            Node(
                build_customer_interests,
                inputs=[
                    "event_features",
                    "customer_snapshots",
                    "snapshot_calendar",
                    _SETTINGS,
                    _FEATURES,
                ],
                outputs="customer_interests",
                name="build_customer_interests",
            ),
            Node(
                build_product_popularity,
                inputs=["customer_interests", _SETTINGS],
                outputs="product_popularity",
                name="build_product_popularity",
            ),
            Node(
                build_bought_products,
                inputs=["event_features", "snapshot_calendar"],
                outputs="bought_products",
                name="build_bought_products",
            ),
            Node(
                recommend,
                inputs=["recommender_selection", *_SOURCES, _SETTINGS],
                outputs="recommendations",
                name="recommend",
            ),
        ],
        tags="score",
    )


def _evaluate() -> Pipeline:
    return Pipeline(
        [
            Node(
                evaluate_rules,
                inputs=[
                    "measured_rules",
                    "item_rules",
                    "category_rules",
                    "market_baskets",
                    "frequent_itemsets",
                    "ingestion_ledger",
                    _SETTINGS,
                ],
                outputs="rule_evaluation",
                name="evaluate_rules",
            ),
            Node(
                evaluate_recommendations,
                inputs=[
                    "recommender_selection",
                    "tried_recommendations",
                    "relevant_products",
                    "product_popularity",
                    "ingestion_ledger",
                    _SETTINGS,
                ],
                outputs="recommendation_evaluation",
                name="evaluate_recommendations",
            ),
            Node(
                draw_category_rules,
                inputs="category_rules",
                outputs="category_rules_figure",
                name="draw_category_rules",
            ),
            Node(
                draw_recommenders,
                inputs="recommendation_evaluation",
                outputs="recommenders_figure",
                name="draw_recommenders",
            ),
        ],
        tags="evaluate",
    )
