"""What each source proposes to customers."""

from dataclasses import dataclass

from pyspark.ml import PipelineModel
from pyspark.sql import DataFrame, Window
from pyspark.sql import functions as F

from customer_behavior.pipelines.association.parameters import AssociationParameters
from customer_behavior.pipelines.association.recommender_inputs import SNAPSHOT
from customer_behavior.pipelines.association.rivals import rounded, small_id

RULE, FAVOURITE, POPULAR = "rule", "favourite_category", "popular"
# So many times as many are proposed as are shown: some have been bought already. Lists are shorter
# for the few who have bought more of them than are to spare.
_SPARE = 2
# Of a category so many products, the most popular among all customers, are looked at.
_HEAD = 100


@dataclass(frozen=True)
class Sources:
    """What recommenders are made from.

    Attributes:
        interests: One row per (user_id, snapshot_date, product_id, category).
        popularity: One row per (snapshot_date, product_id).
        bought: One row per (user_id, snapshot_date, product_id).
        rules: One row per rule.
        neighbours: One row per (product_id, neighbour_id).
        als: Of ``fit_als``.
    """

    interests: DataFrame
    popularity: DataFrame
    bought: DataFrame
    rules: DataFrame
    neighbours: DataFrame
    als: PipelineModel


def products_of(sources: Sources) -> DataFrame:
    """What was looked at before each snapshot: only that is recommended."""
    return sources.popularity.select("snapshot_date", "product_id", "category", "overall_share")


def _customers(sources: Sources) -> DataFrame:
    return sources.interests.select(*SNAPSHOT, "price_class").distinct()


def most_popular(sources: Sources, number: int) -> DataFrame:
    """The most popular products before each snapshot."""
    return sources.popularity.filter(F.col("overall_rank") <= number)


def _propose_popular(sources: Sources, settings: AssociationParameters) -> DataFrame:
    popular = most_popular(sources, _SPARE * settings.recommendations.number).select(
        "snapshot_date", "product_id", F.col("overall_share").alias("score")
    )
    return _customers(sources).join(F.broadcast(popular), on="snapshot_date", how="inner")


def _categories(sources: Sources, settings: AssociationParameters) -> DataFrame:
    """The favourite categories of each customer; ``likelihood`` is their share of the weight."""
    strongest = Window.partitionBy(*SNAPSHOT).orderBy(F.desc("weight"), "category")
    of_customer = Window.partitionBy(*SNAPSHOT)
    return (
        sources.interests.groupBy(*SNAPSHOT, "price_class", "category")
        .agg(F.sum("weight").alias("weight"))
        .select(
            "*",
            F.try_divide("weight", F.sum("weight").over(of_customer)).alias("likelihood"),
            F.row_number().over(strongest).alias("number"),
        )
        .filter(F.col("number") <= settings.recommendations.favourite_categories)
    )


def _of_categories(
    categories: DataFrame, sources: Sources, settings: AssociationParameters
) -> DataFrame:
    """Popular products of categories, among customers of the own class of prices."""
    most = _SPARE * settings.recommendations.number
    cell = Window.partitionBy("snapshot_date", "category", "price_class")
    popular = (
        sources.popularity.filter(F.col("category_rank") <= _HEAD)
        .select(
            "snapshot_date", "category", "product_id",
            F.posexplode("class_shares").alias("price_class", "share"),
        )
        .withColumn("rank", F.row_number().over(cell.orderBy(F.desc("share"), "product_id")))
        .filter(F.col("rank") <= most)
    )  # fmt: skip
    return categories.join(
        popular, on=["snapshot_date", "category", "price_class"], how="inner"
    ).select(*SNAPSHOT, "product_id", (F.col("likelihood") * F.col("share")).alias("score"))


def _propose_favourites(sources: Sources, settings: AssociationParameters) -> DataFrame:
    return _of_categories(_categories(sources, settings), sources, settings)


def _propose_by_rules(sources: Sources, settings: AssociationParameters) -> DataFrame:
    """Products of the categories to which rules lead from all those of their antecedents."""
    rules = sources.rules.select(
        "antecedent", "consequent", "confidence", F.explode("antecedent").alias("category")
    )
    triggered = (
        _categories(sources, settings)
        .join(F.broadcast(rules), on="category", how="inner")
        .groupBy(*SNAPSHOT, "price_class", "antecedent", "consequent", "confidence")
        .agg(F.count("*").alias("categories"), F.min("likelihood").alias("likelihood"))
        .filter(F.col("categories") == F.size("antecedent"))
        .groupBy(*SNAPSHOT, "price_class", F.col("consequent").alias("category"))
        .agg(F.max(F.col("likelihood") * F.col("confidence")).alias("likelihood"))
    )
    return _of_categories(triggered, sources, settings)


def _propose_of_last_category(sources: Sources, settings: AssociationParameters) -> DataFrame:
    last = sources.interests.groupBy(*SNAPSHOT, "price_class").agg(
        F.max(F.struct("last_event_at", "category"))["category"].alias("category")
    )
    return _of_categories(last.withColumn("likelihood", F.lit(1.0)), sources, settings)


def _propose_neighbours(sources: Sources, settings: AssociationParameters) -> DataFrame:
    proposed = (
        sources.interests.join(sources.neighbours, on="product_id", how="inner")
        .groupBy(*SNAPSHOT, F.col("neighbour_id").alias("product_id"))
        .agg(rounded(F.sum(F.col("weight") * F.col("similarity"))).alias("score"))
    )
    return proposed.join(products_of(sources), on=["snapshot_date", "product_id"], how="left_semi")


def _propose_by_als(sources: Sources, settings: AssociationParameters) -> DataFrame:
    if not sources.als.stages:
        return _propose_popular(sources, settings).limit(0)
    most = _SPARE * settings.recommendations.number
    customers = _customers(sources).withColumn("user", small_id("user_id"))
    products = products_of(sources).withColumn("product", small_id("product_id"))
    found = sources.als.stages[0].recommendForUserSubset(customers.select("user").distinct(), most)
    return (
        found.select("user", F.inline("recommendations"))
        .join(customers, on="user", how="inner")
        .join(products, on=["snapshot_date", "product"], how="inner")
        .select(*SNAPSHOT, "product_id", F.col("rating").cast("double").alias("score"))
    )


#: By source, what makes its proposals: ``product_id`` and ``score`` for each customer.
PROPOSALS = {
    RULE: _propose_by_rules,
    FAVOURITE: _propose_favourites,
    POPULAR: _propose_popular,
    "last_category": _propose_of_last_category,
    "item_item": _propose_neighbours,
    "als": _propose_by_als,
}
