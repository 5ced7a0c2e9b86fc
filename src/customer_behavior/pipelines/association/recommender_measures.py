"""How well recommenders do, per customer and in all."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pyspark.sql import DataFrame, Window
from pyspark.sql import functions as F

from customer_behavior.evaluation.binned_scores import customer_group
from customer_behavior.evaluation.bootstrap import draw_groups, summarise
from customer_behavior.pipelines.association.parameters import AssociationParameters
from customer_behavior.pipelines.association.recommender_inputs import SNAPSHOT, countable

CUTS = (1, 5, 10)
MEASURES = (
    "novelty",
    *(f"{name}_at_{cut}" for cut in CUTS for name in ("hit_rate", "recall", "mrr", "ndcg")),
)
#: What is compared: products, or the categories they are of.
LEVELS = {"product": "product_id", "category": "category"}
_KEYS = ["recommender", "role", "user_id"]


@dataclass(frozen=True)
class CustomerHits:
    """Where what customers bought stands in the lists that they were shown.

    Attributes:
        hits: One row per (level, recommender, role, user_id): ``customer_group``, ``relevant``
            (how many), ``ranks`` (of those in the list), ``products_seen``.
        settings: ``replicates``, ``seed``, ``customer_groups``, ``confidence``.
    """

    hits: pd.DataFrame
    settings: AssociationParameters

    @classmethod
    def of(
        cls,
        tried_recommendations: DataFrame,
        relevant_products: DataFrame,
        settings: AssociationParameters,
    ) -> "CustomerHits":
        """Find what customers bought in their lists."""
        relevant = countable(relevant_products, settings)
        found = [
            _find_hits(tried_recommendations, relevant, level, column, settings)
            for level, column in LEVELS.items()
        ]
        hits = found[0].unionByName(found[1]).orderBy("level", *_KEYS).toPandas()
        return cls(hits.assign(**_measure(hits)), settings)

    def measure(
        self, recommender: str, role: str, level: str = "product"
    ) -> dict[str, NDArray[np.float64]]:
        """Mean over customers of each measure: as observed, then in each draw of customers.

        ``hit_rate_at_k``: any hit among the first k; ``recall_at_k``: hits over what was bought;
        ``mrr_at_k``: one over the rank of the first hit; ``ndcg_at_k``: Järvelin and Kekäläinen
        2002, ACM TOIS 20, with 0 and 1 as gains; ``novelty``: minus log2 of the popularity of what
        is shown (0 for an empty list).
        """
        settings = self.settings
        rows = self.rows(recommender, role, level)
        draws = draw_groups(settings.customer_groups, settings.replicates, settings.seed)
        group = rows["customer_group"].to_numpy()
        customers = draws @ np.bincount(group, minlength=draws.shape[1])
        found = {}
        for name in MEASURES:
            sums = draws @ np.bincount(group, rows[name], draws.shape[1])
            none = np.full(len(sums), np.nan)
            found[name] = np.divide(sums, customers, out=none, where=customers > 0)
        return found

    def rows(self, recommender: str, role: str, level: str = "product") -> pd.DataFrame:
        """The customers of a role."""
        hits = self.hits
        chosen = (hits["recommender"] == recommender) & (hits["role"] == role)
        return hits[chosen & (hits["level"] == level)]

    def with_products_seen(self, least: int, beyond: int | None) -> "CustomerHits":
        """Keep customers with a history of so many products, and less than ``beyond``."""
        seen = self.hits["products_seen"]
        return CustomerHits(
            self.hits[(seen >= least) & ((seen < beyond) if beyond else True)], self.settings
        )

    def describe(
        self, recommender: str, role: str, level: str = "product"
    ) -> dict[str, dict[str, float | None]]:
        """Each measure with ``value``, ``low``, ``high``."""
        return {
            name: summarise(values, self.settings.confidence)
            for name, values in self.measure(recommender, role, level).items()
        }


def _find_hits(
    tried: DataFrame, relevant: DataFrame, level: str, column: str, settings: AssociationParameters
) -> DataFrame:
    wanted = relevant.groupBy("user_id", "role", "snapshot_date", "products_seen").agg(
        F.collect_set(column).alias("wanted")
    )
    # A list may be empty; a category counts where it stands first.
    asked = wanted.crossJoin(F.broadcast(tried.select("recommender").distinct()))
    in_order = Window.partitionBy("recommender", *SNAPSHOT).orderBy("rank")
    lists = (
        tried.groupBy("recommender", *SNAPSHOT, column)
        .agg(F.min("rank").alias("rank"), F.avg(-F.log2("overall_share")).alias("novelty"))
        .withColumn("rank", F.row_number().over(in_order))
        .join(asked, on=["recommender", *SNAPSHOT], how="right")
    )
    is_hit = F.array_contains("wanted", F.col(column))
    return (
        lists.groupBy("recommender", "role", "user_id", "products_seen")
        .agg(
            F.first(F.size("wanted")).alias("relevant"),
            F.avg("novelty").alias("novelty"),
            F.sort_array(F.collect_list(F.when(is_hit, F.col("rank")))).alias("ranks"),
        )
        .select(
            F.lit(level).alias("level"),
            "recommender",
            "role",
            "user_id",
            customer_group(settings.customer_groups).alias("customer_group"),
            "products_seen",
            "relevant",
            "novelty",
            "ranks",
        )
    )


def _measure(hits: pd.DataFrame) -> dict[str, NDArray[np.float64]]:
    """The measures of each row."""
    deepest = max(CUTS)
    ranks = [[rank for rank in of if rank <= deepest] for of in hits["ranks"]]
    is_hit = np.zeros((len(hits), deepest))
    is_hit[np.repeat(np.arange(len(hits)), [len(of) for of in ranks]), _join(ranks) - 1] = 1
    places = np.arange(1, deepest + 1)
    gains = 1 / np.log2(places + 1)
    relevant = hits["relevant"].to_numpy(dtype=int)
    found = {"novelty": hits["novelty"].fillna(0).to_numpy(dtype=float)}
    for cut in CUTS:
        first = is_hit[:, :cut]
        best = np.cumsum(gains)[np.minimum(relevant, cut) - 1]
        found |= {
            f"hit_rate_at_{cut}": first.any(axis=1).astype(float),
            f"recall_at_{cut}": first.sum(axis=1) / relevant,
            f"mrr_at_{cut}": (first / places[:cut]).max(axis=1),
            f"ndcg_at_{cut}": first @ gains[:cut] / best,
        }
    return found


def _join(ranks: list[list[int]]) -> NDArray[np.int64]:
    return np.array([rank for of in ranks for rank in of], dtype=np.int64)
