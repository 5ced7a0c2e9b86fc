"""What is counted: baskets, and the itemsets in them."""

from datetime import date

import pandas as pd
from pyspark.ml.fpm import FPGrowth
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from customer_behavior.evaluation.binned_scores import customer_group
from customer_behavior.pipelines.association.parameters import AssociationParameters
from customer_behavior.pipelines.feature_engineering.aggregates import item_of
from customer_behavior.pipelines.feature_engineering.calendar import Calendar
from customer_behavior.pipelines.feature_engineering.imputation import UNKNOWN
from customer_behavior.pipelines.feature_engineering.parameters import FeatureParameters

_ORDER = "array<struct<hash: bigint, item: string>>"


def build_market_baskets(
    baskets: DataFrame,
    sessions: DataFrame,
    snapshot_calendar: pd.DataFrame,
    settings: AssociationParameters,
) -> DataFrame:
    """Make baskets ready to be counted.

    Baskets of suspected bots are left out, and unknown items; baskets without items then are none.
    Of very large ones some items are drawn, by a hash. Of the period ``later`` only customers
    without a basket in ``fit`` are left, so that rules are seen again in other people. What is in
    ``fit`` does not depend on what was done later.

    Args:
        baskets: One row per (user_id, period).
        sessions: Say who is a suspected bot.
        snapshot_calendar: Says when validation, and ``later``, begin.
        settings: ``rules.largest_basket``, ``customer_groups``.

    Returns:
        One row per (user_id, period) with items, without the item ``unknown`` and without customers
        who looked like a bot by the end of the period; of the period ``later`` only customers
        without a basket in ``fit``.

        - ``customer_group`` (int): by a hash of the customer, for intervals.
        - ``size`` (int): items in the basket.
        - ``items`` (array of string): of them at most ``largest_basket``, drawn by a hash; sorted.
    """
    named = F.filter(F.col("items").cast("array<string>"), lambda item: item != UNKNOWN)
    drawn = F.transform(named, lambda item: F.struct(F.xxhash64("user_id", item), item))
    first = F.slice(F.array_sort(drawn.cast(_ORDER)), 1, settings.rules.largest_basket)
    is_fit = F.col("period") == "fit"
    known = without_bots(baskets, sessions, Calendar.of(snapshot_calendar).learned_until)
    of_later = without_bots(baskets.filter(~is_fit), sessions)
    ready = (
        known.filter(is_fit)
        .unionByName(of_later)
        .withColumns({"size": F.size(named), "items": F.array_sort(first["item"])})
        .filter("size > 0")
    )
    earlier = ready.filter(is_fit).select("user_id")
    later = ready.filter(~is_fit).join(earlier, on="user_id", how="left_anti")
    return (
        ready.filter(is_fit)
        .unionByName(later)
        .select(
            "user_id",
            "period",
            customer_group(settings.customer_groups).alias("customer_group"),
            "size",
            "items",
        )
    )


def without_bots(rows: DataFrame, sessions: DataFrame, until: date = date.max) -> DataFrame:
    """Leave out customers who looked like a program in a session that began before a day."""
    seen = F.col("is_suspected_bot") & (F.to_date("started_at") < F.lit(until))
    bots = sessions.filter(seen).select("user_id").distinct()
    return rows.join(bots, on="user_id", how="left_anti")


def find_item_categories(
    event_features: DataFrame, snapshot_calendar: pd.DataFrame, parameters: FeatureParameters
) -> DataFrame:
    """Tell the top-level category of each item.

    Args:
        event_features: One row per event.
        snapshot_calendar: Says when validation begins: only events before it are counted.
        parameters: ``baskets``: which events put what into a basket.

    Returns:
        One row per item: ``item``, ``category_l1`` (that of most of its events).
    """
    settings = parameters.baskets
    item = item_of(settings.item).cast("string").alias("item")
    is_before = F.col("event_date") < F.lit(Calendar.of(snapshot_calendar).learned_until)
    return (
        event_features.filter(F.col("event_type").isin(settings.event_types) & is_before)
        .groupBy(item, "category_l1")
        .count()
        .groupBy("item")
        .agg(F.max(F.struct("count", "category_l1"))["category_l1"].alias("category_l1"))
    )


def find_frequent_itemsets(market_baskets: DataFrame, settings: AssociationParameters) -> DataFrame:
    """Find what is in enough baskets of the period ``fit`` together, by FP-Growth.

    Han, Pei and Yin 2000 (SIGMOD), in parallel as by Li et al. 2008 (RecSys).

    Args:
        market_baskets: One row per (user_id, period).
        settings: ``rules``.

    Returns:
        One row per set of at most ``longest_itemset`` items that is in ``least_baskets`` baskets of
        the period ``fit`` or more: ``items`` (sorted), ``baskets``.
    """
    fit = market_baskets.filter(F.col("period") == "fit").select("items")
    baskets = fit.count()
    # MLlib takes the share, and rounds the number of baskets up.
    share = min(1.0, max(0.0, (settings.rules.least_baskets - 0.5) / max(1, baskets)))
    found = FPGrowth(itemsCol="items", minSupport=share).fit(fit).freqItemsets
    is_wanted = (F.size("items") <= settings.rules.longest_itemset) & (
        F.col("freq") >= settings.rules.least_baskets
    )
    return found.filter(is_wanted).select(
        F.array_sort("items").alias("items"), F.col("freq").alias("baskets")
    )


def count_itemsets(
    market_baskets: DataFrame, frequent_itemsets: DataFrame, settings: AssociationParameters
) -> DataFrame:
    """Count the frequent itemsets by what tests and intervals need.

    Args:
        market_baskets: One row per (user_id, period).
        frequent_itemsets: One row per itemset.
        settings: ``rules``.

    Returns:
        One row per (items, period, customer_group, stratum) with any: ``baskets``, for the sets of
        frequent_itemsets and the empty one, which stands for all baskets; ``stratum`` is the
        smallest size of the baskets that are compared.
    """
    frequent = F.array_distinct(F.flatten(F.collect_list("items"))).alias("frequent")
    singles = frequent_itemsets.filter(F.size("items") == 1).agg(frequent)
    none = frequent_itemsets.sparkSession.range(1).select(_no_items().alias("items"))
    wanted = frequent_itemsets.select("items").unionByName(none)
    return (
        market_baskets.crossJoin(F.broadcast(singles))
        .select(
            "period",
            "customer_group",
            _stratum(settings).alias("stratum"),
            F.array_intersect("items", "frequent").alias("items"),
        )
        .withColumn("items", F.explode(_itemsets_in("items", settings.rules.longest_itemset)))
        .join(F.broadcast(wanted), on="items", how="left_semi")
        .groupBy("items", "period", "customer_group", "stratum")
        .agg(F.count("*").alias("baskets"))
    )


def _no_items() -> Column:
    return F.array().cast("array<string>")


def _stratum(settings: AssociationParameters) -> Column:
    """The largest of the bounds that is not above the size."""
    return F.greatest(*(F.when(F.col("size") >= of, of) for of in settings.rules.strata))


def _itemsets_in(column: str, longest: int) -> Column:
    """All subsets of at most so many items of a sorted array, the empty one too."""
    levels = [F.array(_no_items())]
    for _ in range(longest):
        levels.append(F.flatten(F.transform(levels[-1], lambda found: _one_more(found, column))))
    return F.concat(*levels)


def _one_more(found: Column, column: str) -> Column:
    last = F.coalesce(F.array_max(found), F.lit(""))
    behind = F.filter(column, lambda item: item > last)
    return F.transform(behind, lambda item: F.concat(found, F.array(item)))
