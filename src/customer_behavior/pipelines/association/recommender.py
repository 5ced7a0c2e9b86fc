"""Which products to show to whom."""

from collections.abc import Sequence
from functools import reduce
from typing import Any

from pyspark.ml import PipelineModel
from pyspark.sql import DataFrame, Window
from pyspark.sql import functions as F

from customer_behavior.pipelines.association.parameters import AssociationParameters
from customer_behavior.pipelines.association.proposals import (
    FAVOURITE,
    POPULAR,
    PROPOSALS,
    RULE,
    Sources,
    most_popular,
    products_of,
)
from customer_behavior.pipelines.association.recommender_inputs import SNAPSHOT, countable

POPULARITY = "popularity"
#: By recommender, the sources of its products: those of an earlier step come first.
RECOMMENDERS = {
    "rules_first": {RULE: 0, FAVOURITE: 1, POPULAR: 2},
    "rules_blended": {RULE: 0, FAVOURITE: 0, POPULAR: 1},
    POPULARITY: {POPULAR: 0},
    "last_category": {"last_category": 0, POPULAR: 1},
    "favourite_categories": {FAVOURITE: 0, POPULAR: 1},
    "item_item": {"item_item": 0, POPULAR: 1},
    "als": {"als": 0, POPULAR: 1},
}
#: Those that use the rules; they have to beat the others.
CANDIDATES = ("rules_first", "rules_blended")


def try_recommenders(
    customer_interests: DataFrame,
    product_popularity: DataFrame,
    bought_products: DataFrame,
    item_rules: DataFrame,
    item_neighbours: DataFrame,
    als_model: PipelineModel,
    relevant_products: DataFrame,
    settings: AssociationParameters,
) -> DataFrame:
    """Let all recommenders choose products for those customers whose purchases are known.

    Args:
        customer_interests: One row per (user_id, snapshot_date, product_id, category).
        product_popularity: One row per (snapshot_date, product_id).
        bought_products: One row per (user_id, snapshot_date, product_id).
        item_rules: One row per rule.
        item_neighbours: One row per (product_id, neighbour_id).
        als_model: From ``fit_als``.
        relevant_products: Say for whom.
        settings: ``recommendations``.

    Returns:
        One row per (recommender, user_id, snapshot_date, rank): ``product_id``, ``category``,
        ``overall_share``, ``source``.
    """
    names = (*CANDIDATES, *settings.recommendations.baselines)
    some = countable(relevant_products, settings).select(*SNAPSHOT).distinct()
    sources = Sources(
        customer_interests.join(some, on=SNAPSHOT, how="left_semi"),
        product_popularity, bought_products, item_rules, item_neighbours, als_model,
    )  # fmt: skip
    return rank_products(names, sources, settings).select(
        "recommender", *SNAPSHOT, "rank", "product_id", "category", "overall_share", "source"
    )


def recommend(
    recommender_selection: dict[str, Any],
    customer_interests: DataFrame,
    product_popularity: DataFrame,
    bought_products: DataFrame,
    item_rules: DataFrame,
    item_neighbours: DataFrame,
    als_model: PipelineModel,
    settings: AssociationParameters,
) -> DataFrame:
    """Choose products for every customer with a history before the last snapshot, but bots.

    Args:
        recommender_selection: From ``choose_recommender``.
        customer_interests: One row per (user_id, snapshot_date, product_id, category).
        product_popularity: One row per (snapshot_date, product_id).
        bought_products: One row per (user_id, snapshot_date, product_id).
        item_rules: One row per rule.
        item_neighbours: One row per (product_id, neighbour_id).
        als_model: From ``fit_als``.
        settings: ``recommendations``.

    Returns:
        One row per (user_id, snapshot_date, rank) of the last snapshot. The rows without
        ``user_id`` are for anybody who is not known. No rows where there is no recommender.

        - ``rank`` (int): 1 is the first.
        - ``product_id`` (long), ``category_code`` (string): null where the product has none.
        - ``score`` (double): to be compared within a customer and source only.
        - ``source`` (string): ``rule``, ``favourite_category``, ``last_category``, ``item_item``,
          ``als``, ``popular``.
        - ``model_source_id`` (string): the input that rules and rivals were learnt from.
    """
    last = customer_interests.filter("role = 'score'")
    sources = Sources(
        last, product_popularity, bought_products, item_rules, item_neighbours, als_model
    )
    ok = recommender_selection["status"] == "ok"
    name = recommender_selection["champion"] if ok else POPULARITY
    ranked = rank_products((name,), sources, settings).unionByName(
        _for_anybody(sources, settings), allowMissingColumns=True
    )
    is_code = F.col("category").rlike("[^0-9]")
    return (ranked if ok else ranked.limit(0)).select(
        *SNAPSHOT,
        "rank",
        "product_id",
        F.when(is_code, F.col("category")).alias("category_code"),
        "score",
        "source",
        F.lit(recommender_selection["source_id"]).alias("model_source_id"),
    )


def rank_products(
    names: Sequence[str], sources: Sources, settings: AssociationParameters
) -> DataFrame:
    """Choose products by some recommenders.

    Args:
        names: Of ``RECOMMENDERS``.
        sources: For whom, and from what.
        settings: ``recommendations``.

    Returns:
        One row per (recommender, user_id, snapshot_date, rank): ``product_id``, ``category``,
        ``overall_share``, ``score``, ``source``.
    """
    needed = dict.fromkeys(source for name in names for source in RECOMMENDERS[name])
    proposed = reduce(
        DataFrame.unionByName,
        [
            PROPOSALS[source](sources, settings).select(
                *SNAPSHOT, "product_id", "score", F.lit(source).alias("source")
            )
            for source in needed
        ],
    )
    if not settings.recommendations.repeats:
        proposed = proposed.join(sources.bought, on=[*SNAPSHOT, "product_id"], how="left_anti")
    steps = [
        F.struct(
            F.lit(name).alias("recommender"),
            F.lit(source).alias("source"),
            F.lit(step).alias("step"),
        )
        for name in names
        for source, step in RECOMMENDERS[name].items()
    ]
    uses = F.filter(F.array(*steps), lambda use: use["source"] == F.col("source"))
    place = F.struct(F.col("step"), (-F.col("score")).alias("score"), F.col("source"))
    keys = ["recommender", *SNAPSHOT]
    return (
        proposed.withColumn("use", F.explode(uses))
        .select(*SNAPSHOT, "product_id", "score", "source", "use.recommender", "use.step")
        .groupBy(*keys, "product_id")
        .agg(F.min(place).alias("place"))
        .withColumn(
            "rank", F.row_number().over(Window.partitionBy(*keys).orderBy("place", "product_id"))
        )
        .filter(F.col("rank") <= settings.recommendations.number)
        .join(products_of(sources), on=["snapshot_date", "product_id"], how="inner")
        .select(
            *keys, "rank", "product_id", "category", "overall_share",
            (-F.col("place.score")).alias("score"), "place.source",
        )
    )  # fmt: skip


def _for_anybody(sources: Sources, settings: AssociationParameters) -> DataFrame:
    """What is popular where there is anybody to recommend to."""
    when = sources.interests.select("snapshot_date").distinct()
    return (
        most_popular(sources, settings.recommendations.number)
        .join(when, on="snapshot_date", how="left_semi")
        .select(
            F.lit(None).cast("bigint").alias("user_id"), "snapshot_date",
            F.col("overall_rank").alias("rank"), "product_id", "category", "overall_share",
            F.col("overall_share").alias("score"), F.lit(POPULAR).alias("source"),
        )
    )  # fmt: skip
