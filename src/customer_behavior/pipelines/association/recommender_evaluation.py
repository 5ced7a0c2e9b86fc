"""Which recommender is used, and how good it is."""

from itertools import pairwise
from typing import Any

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from customer_behavior.evaluation.bootstrap import summarise_all
from customer_behavior.pipelines.association.parameters import AssociationParameters
from customer_behavior.pipelines.association.recommender import CANDIDATES, POPULARITY
from customer_behavior.pipelines.association.recommender_inputs import SNAPSHOT, countable
from customer_behavior.pipelines.association.recommender_measures import CustomerHits

_ROLES = ("select", "test")
_BY = "ndcg_at_10"
_BY_HISTORY = (1, 2, 5, 10)
_SHOWN = ("hit_rate_at_10", "ndcg_at_10")


def choose_recommender(
    tried_recommendations: DataFrame,
    relevant_products: DataFrame,
    ingestion_ledger: dict[str, Any],
    settings: AssociationParameters,
) -> dict[str, Any]:
    """Take the best recommender with rules where it is surely above the best without, by NDCG@10.

    Args:
        tried_recommendations: From ``try_recommenders``.
        relevant_products: What was bought.
        ingestion_ledger: Has the ``source_id``.
        settings: ``recommendations.least_customers``.

    Returns:
        ``source_id``, ``status``, ``champion``, ``best_baseline``, ``candidates`` (by recommender
        its measures on select, and ``ndcg_at_10_above_baseline``, the paired difference to the best
        baseline); or the ``reason`` why there is none.
    """
    described = {"source_id": ingestion_ledger["source_id"]}
    hits = CustomerHits.of(tried_recommendations, relevant_products, settings)
    if few := _why_too_few(hits, "select"):
        return described | {"status": "not_enough_data", "reason": few}
    baselines = settings.recommendations.baselines
    measured = {name: hits.measure(name, "select") for name in (*CANDIDATES, *baselines)}
    value = {name: float(of[_BY][0]) for name, of in measured.items()}
    best = max(baselines, key=value.__getitem__)
    candidate = max(CANDIDATES, key=value.__getitem__)
    above = {name: of[_BY] - measured[best][_BY] for name, of in measured.items()}
    candidates = {
        name: summarise_all(of | {f"{_BY}_above_baseline": above[name]}, settings.confidence)
        for name, of in measured.items()
    }
    low = candidates[candidate][f"{_BY}_above_baseline"]["low"]
    return described | {
        "status": "ok",
        "champion": candidate if low is not None and low > 0 else best,
        "best_baseline": best,
        "candidates": candidates,
    }


def evaluate_recommendations(
    recommender_selection: dict[str, Any],
    tried_recommendations: DataFrame,
    relevant_products: DataFrame,
    product_popularity: DataFrame,
    ingestion_ledger: dict[str, Any],
    settings: AssociationParameters,
) -> dict[str, Any]:
    """Measure all recommenders on the role test.

    Args:
        recommender_selection: From ``choose_recommender``.
        tried_recommendations: From ``try_recommenders``.
        relevant_products: What was bought.
        product_popularity: Says how many products there are to recommend.
        ingestion_ledger: Has the ``source_id``.
        settings: Parameters.

    Returns:
        ``task``, ``source_id``, ``model_source_id``, ``status``, ``rows`` (customers measured, by
        role), ``period``, ``rebought_share`` (of what they bought had been bought before; not
        counted unless repeats are recommended); ``champion``, ``best_baseline``, its ``metrics``
        on test, those of the ``recommenders`` with rules and of ``baselines``, ``candidates`` on
        select; ``above_popularity``: paired differences of the champion;
        ``by_category`` and ``by_products_seen`` the same measures of all recommenders for
        categories instead of products, and by length of history; ``sources``: share of places in
        the champion's lists by source.
    """
    hits = CustomerHits.of(tried_recommendations, relevant_products, settings)
    shown = _of_test(tried_recommendations, countable(relevant_products, settings))
    described = {
        "task": "recommendations",
        "source_id": ingestion_ledger["source_id"],
        "model_source_id": recommender_selection["source_id"],
        "status": recommender_selection["status"],
        "rows": {role: len(hits.rows(POPULARITY, role)) for role in _ROLES},
        **_describe_relevant(relevant_products),
    }
    if recommender_selection["status"] != "ok":
        return described | {"reason": recommender_selection["reason"]}
    if few := _why_too_few(hits, "test"):
        return described | {"status": "not_enough_data", "reason": few}
    champion = recommender_selection["champion"]
    baselines = settings.recommendations.baselines
    coverage = _measure_coverage(shown, product_popularity)
    measured = {
        name: hits.describe(name, "test") | {"coverage": coverage[name]}
        for name in (*CANDIDATES, *baselines)
    }
    return described | {
        "champion": champion,
        "best_baseline": recommender_selection["best_baseline"],
        "metrics": measured[champion],
        "recommenders": {name: measured[name] for name in CANDIDATES},
        "baselines": {name: measured[name] for name in baselines},
        "candidates": recommender_selection["candidates"],
        "above_popularity": _above(hits, champion, "popularity"),
        "by_category": {name: hits.describe(name, "test", "category") for name in measured},
        "by_products_seen": _by_products_seen(hits, list(measured)),
        "sources": _count_sources(shown, champion),
    }


def _why_too_few(hits: CustomerHits, role: str) -> str | None:
    found = len(hits.rows(POPULARITY, role))
    least = hits.settings.recommendations.least_customers
    if found >= least:
        return None
    return (
        f"in role {role} {found} customers with a history bought products that they had not bought "
        f"before; {least} are needed"
    )


def _describe_relevant(relevant_products: DataFrame) -> dict[str, Any]:
    found = (
        relevant_products.groupBy("role")
        .agg(
            F.min("snapshot_date").cast("string").alias("begin"),
            F.max("snapshot_date").cast("string").alias("end"),
            F.avg(F.col("is_rebought").cast("int")).alias("rebought_share"),
        )
        .collect()
    )
    return {
        "period": {row["role"]: [row["begin"], row["end"]] for row in found},
        "rebought_share": {row["role"]: row["rebought_share"] for row in found},
    }


def _of_test(tried_recommendations: DataFrame, relevant_products: DataFrame) -> DataFrame:
    customers = relevant_products.filter("role = 'test'").select(*SNAPSHOT).distinct()
    return tried_recommendations.join(customers, on=SNAPSHOT, how="left_semi")


def _measure_coverage(
    shown: DataFrame, product_popularity: DataFrame
) -> dict[str, dict[str, float]]:
    """Share of the products that there were which stand in any list of those measured."""
    products = product_popularity.join(
        shown.select("snapshot_date").distinct(), on="snapshot_date", how="left_semi"
    )
    number = products.select("product_id").distinct().count()
    counts = shown.groupBy("recommender").agg(F.count_distinct("product_id").alias("products"))
    return {
        row["recommender"]: {"value": row["products"] / max(1, number), "low": None, "high": None}
        for row in counts.collect()
    }


def _above(hits: CustomerHits, champion: str, other: str) -> dict[str, Any]:
    of_champion, of_other = (hits.measure(name, "test") for name in (champion, other))
    differences = {name: of_champion[name] - of_other[name] for name in of_champion}
    return summarise_all(differences, hits.settings.confidence)


def _by_products_seen(hits: CustomerHits, names: list[str]) -> dict[str, Any]:
    """The same measures by how many products a customer had looked at: from so many to the next."""
    bounds = [*_BY_HISTORY, None]
    found = {}
    for least, beyond in pairwise(bounds):
        part = hits.with_products_seen(least, beyond)
        if len(part.rows(names[0], "test")):
            described = {name: part.describe(name, "test") for name in names}
            found[str(least)] = {
                "customers": len(part.rows(names[0], "test")),
                **{name: {measure: of[measure] for measure in _SHOWN}
                   for name, of in described.items()},
            }  # fmt: skip
    return found


def _count_sources(shown: DataFrame, champion: str) -> dict[str, Any]:
    """By source: the share of customers with products from there, and of the places in lists."""
    rows = shown.filter(F.col("recommender") == champion)
    customers = rows.select(*SNAPSHOT).distinct().count()
    places = rows.count()
    counts = rows.groupBy("source").agg(
        F.count_distinct(*SNAPSHOT).alias("customers"), F.count("*").alias("places")
    )
    return {
        row["source"]: {
            "customers": row["customers"] / customers, "places": row["places"] / places,
        }
        for row in counts.orderBy("source").collect()
    }  # fmt: skip
