"""What the rivals of the rules learn: which products go together, for all or for a customer."""

import math

from pyspark.ml import PipelineModel
from pyspark.ml.recommendation import ALS
from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

from customer_behavior.pipelines.association.parameters import AssociationParameters

# Each block of products proposes its best to each customer: larger ones leave fewer to sort.
_BLOCK = 65_536
# Of two products that one customer looked at, all could be said.
_LEAST_IN_COMMON = 2
_LARGEST_ID = 2**31 - 1
_LEAST_PARTS, _PER_PART = 2, 500_000


def fit_item_neighbours(
    product_interactions: DataFrame, settings: AssociationParameters
) -> DataFrame:
    """Find the products that the same customers looked at (Sarwar et al. 2001, WWW 10).

    Args:
        product_interactions: One row per (user_id, product_id).
        settings: ``recommendations.neighbours``.

    Returns:
        One row per (product_id, neighbour_id): ``similarity``, the cosine of the weights of both
        by customer; of products that at least two customers have in common.
    """
    if "item_item" not in settings.recommendations.baselines:
        product_interactions = product_interactions.limit(0)
    norms = (
        product_interactions.groupBy("product_id")
        .agg(F.sqrt(F.sum(F.col("weight") ** 2)).alias("norm"), F.count("*").alias("customers"))
        .filter(F.col("customers") >= _LEAST_IN_COMMON)
    )
    unit = product_interactions.join(norms, on="product_id", how="inner").select(
        "user_id", "product_id", (F.col("weight") / F.col("norm")).alias("weight")
    )
    by_customer = unit.groupBy("user_id").agg(
        F.collect_list(F.struct("product_id", "weight")).alias("products")
    )
    one = by_customer.select("products", F.inline("products"))
    pairs = (
        one.select("product_id", "weight", F.explode("products").alias("other"))
        .filter(F.col("other.product_id") > F.col("product_id"))
        .groupBy("product_id", F.col("other.product_id").alias("neighbour_id"))
        .agg(
            rounded(F.sum(F.col("weight") * F.col("other.weight"))).alias("similarity"),
            F.count("*").alias("in_common"),
        )
        .filter(F.col("in_common") >= _LEAST_IN_COMMON)
    )
    both = F.array(
        F.struct("product_id", "neighbour_id"),
        F.struct(
            F.col("neighbour_id").alias("product_id"), F.col("product_id").alias("neighbour_id")
        ),
    )
    nearest = Window.partitionBy("product_id").orderBy(F.desc("similarity"), "neighbour_id")
    return (
        pairs.select(F.inline(both), "similarity")
        .withColumn("number", F.row_number().over(nearest))
        .filter(F.col("number") <= settings.recommendations.neighbours)
        .select("product_id", "neighbour_id", "similarity")
    )


def fit_als(product_interactions: DataFrame, settings: AssociationParameters) -> PipelineModel:
    """Fit alternating least squares for implicit feedback (Hu, Koren and Volinsky 2008, ICDM).

    Args:
        product_interactions: One row per (user_id, product_id).
        settings: ``recommendations.als``, ``seed``.

    Returns:
        A PipelineModel whose only stage knows customers and products by ``small_id``: the
        ``products`` with the most weight, since it compares every customer with each of them;
        without stages where there are no rows, or it is no baseline.
    """
    chosen = settings.recommendations.als
    rows = _of_heaviest_products(product_interactions, chosen.products).select(
        small_id("user_id").alias("user"), small_id("product_id").alias("product"), "weight"
    )
    number = rows.count()
    if not number or "als" not in settings.recommendations.baselines:
        return PipelineModel(stages=[])
    # Fits depend on the layout of the rows.
    parts = max(_LEAST_PARTS, math.ceil(number / _PER_PART))
    ordered = rows.repartition(parts, "user").sortWithinPartitions("user", "product")
    als = ALS(
        userCol="user", itemCol="product", ratingCol="weight", implicitPrefs=True,
        rank=chosen.rank, maxIter=chosen.max_iter, regParam=chosen.reg_param, alpha=chosen.alpha,
        seed=settings.seed, numUserBlocks=parts, numItemBlocks=parts, blockSize=_BLOCK,
    )  # fmt: skip
    return PipelineModel(stages=[als.fit(ordered)])


def _of_heaviest_products(product_interactions: DataFrame, number: int) -> DataFrame:
    heaviest = (
        product_interactions.groupBy("product_id")
        .agg(rounded(F.sum("weight")).alias("weight_of_all"))
        .orderBy(F.desc("weight_of_all"), "product_id")
        .limit(number)
    )
    return product_interactions.join(F.broadcast(heaviest), on="product_id", how="left_semi")


def rounded(score: Column) -> Column:
    """Sums of the same numbers differ in their last digits, by the order in which they come."""
    return F.round(score, 9)


def small_id(column: str) -> Column:
    """An id that fits into 31 bits, as ALS needs it; of a million, a few hundred share theirs."""
    return F.pmod(F.xxhash64(column), F.lit(_LARGEST_ID)).cast("int")
