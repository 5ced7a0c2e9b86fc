"""Products and categories whose names, brand or price level change between months."""

import pandas as pd
from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

from customer_behavior.pipelines.exploration.event_counts import UNKNOWN
from customer_behavior.pipelines.exploration.parameters import ExplorationParameters

_KEYS = ["entity", "attribute", "previous_month", "event_month"]


def count_taxonomy_transitions(
    events: DataFrame, parameters: ExplorationParameters
) -> pd.DataFrame:
    """Count what products and category_ids were called in a month and in the one before.

    The name and brand of an id in a month are those that most of its events share (at a tie the
    alphabetically last), its price level is the mean price of its events.

    Args:
        events: One row per event.
        parameters: The price level is ``higher`` where it is more than 1 + ``price_change`` times
            the one before, ``lower`` the other way round, else ``same``; ids of fewer than
            ``min_events`` priced events in either month have none.

    Returns:
        One row per (``entity`` (``product_id`` or ``category_id``), ``attribute``
        (``category_code``, ``brand``, ``price``), ``previous_month``, ``event_month``,
        ``before``, ``after``): ``ids``, and their ``events`` in the later month. An id is compared
        with the latest earlier month that has it. Of prices, ``before`` is ``usual``.
    """
    return (
        _compare_with_month_before(_describe_ids(_sum_products(events)), parameters)
        .groupBy(*_KEYS, "before", "after")
        .agg(F.count("*").alias("ids"), F.sum("events").alias("events"))
        .toPandas()
        .sort_values([*_KEYS, "before", "after"], ignore_index=True)
    )


def measure_taxonomy_drift(taxonomy_transitions: pd.DataFrame) -> pd.DataFrame:
    """Measure the share of ids that are called, or cost, something else than the month before.

    Args:
        taxonomy_transitions: What ids were called in two months.

    Returns:
        One row per (``entity``, ``attribute``, ``previous_month``, ``event_month``): ``ids``
        compared, ``changed_ids``, ``changed_share``; ``events`` of the compared ids in the later
        month, ``changed_events`` and ``changed_event_share``.
    """
    is_changed = _is_changed(taxonomy_transitions)
    counted = taxonomy_transitions.assign(
        changed_ids=taxonomy_transitions["ids"].where(is_changed, 0),
        changed_events=taxonomy_transitions["events"].where(is_changed, 0),
    )
    columns = ["ids", "changed_ids", "events", "changed_events"]
    table = counted.groupby(_KEYS, as_index=False)[columns].sum()
    # Each row has an id with an event at least.
    table["changed_share"] = table["changed_ids"] / table["ids"]
    table["changed_event_share"] = table["changed_events"] / table["events"]
    shares = ["ids", "changed_ids", "changed_share"]
    return table[[*_KEYS, *shares, "events", "changed_events", "changed_event_share"]]


def list_taxonomy_changes(
    taxonomy_transitions: pd.DataFrame, parameters: ExplorationParameters
) -> pd.DataFrame:
    """List the changes that concern the most events.

    Args:
        taxonomy_transitions: What ids were called in two months.
        parameters: ``most_changes``: how many per entity and attribute.

    Returns:
        The rows of ``taxonomy_transitions`` in which something changed, of each (``entity``,
        ``attribute``) those with the most events, these first.
    """
    changes = taxonomy_transitions[_is_changed(taxonomy_transitions)]
    order = ["entity", "attribute", "events", "previous_month", "event_month", "before", "after"]
    ranked = changes.sort_values(order, ascending=[name != "events" for name in order])
    place = ranked.groupby(["entity", "attribute"]).cumcount()
    return ranked[place < parameters.most_changes].reset_index(drop=True)


def _is_changed(transitions: pd.DataFrame) -> pd.Series:
    return (transitions["before"] != transitions["after"]) & (transitions["after"] != "same")


def _sum_products(events: DataFrame) -> DataFrame:
    """About one row per product and month: the only pass over all events."""
    names = [F.coalesce(n, F.lit(UNKNOWN)).alias(n) for n in ("category_code", "brand")]
    return (
        events.select("event_month", "product_id", "category_id", *names, "price")
        .groupBy("event_month", "product_id", "category_id", "category_code", "brand")
        .agg(
            F.count("*").alias("events"),
            F.count("price").alias("priced_events"),
            F.sum("price").alias("amount"),
        )
    )


def _describe_ids(products: DataFrame) -> DataFrame:
    """One row per (entity, id, event_month): what most of its events call it, and its price."""
    keys = ["entity", "id", "event_month"]
    sums = [F.sum(name).alias(name) for name in ("events", "priced_events", "amount")]
    names = F.max(F.struct("events", "category_code", "brand"))
    return (
        products.unpivot(
            ["event_month", "category_code", "brand", "events", "priced_events", "amount"],
            ["product_id", "category_id"],
            "entity",
            "id",
        )
        # One exchange for all that follows, up to the comparison of the months of an id.
        .repartition("entity", "id")
        .groupBy(*keys, "category_code", "brand")
        .agg(*sums)
        .groupBy(*keys)
        .agg(*sums, names.alias("names"))
        .select(*keys, "events", "priced_events", "amount", "names.category_code", "names.brand")
    )


def _compare_with_month_before(ids: DataFrame, parameters: ExplorationParameters) -> DataFrame:
    """One row per attribute of each id that has an earlier month: ``before``, ``after``."""
    months = Window.partitionBy("entity", "id").orderBy("event_month")
    compared = (
        ids.select("*", F.lag(F.struct(*ids.columns)).over(months).alias("earlier"))
        .filter(F.col("earlier").isNotNull())
        .select("*", _price_level(parameters).alias("price"))
    )
    attributes = [
        _attribute(name, F.col(f"earlier.{name}"), F.col(name))
        for name in ("category_code", "brand")
    ]
    attributes.append(_attribute("price", F.lit("usual"), F.col("price")))
    previous_month = F.col("earlier.event_month").alias("previous_month")
    return compared.select(
        "entity", previous_month, "event_month", "events", F.inline(F.array(*attributes))
    ).filter(F.col("after").isNotNull())


def _attribute(name: str, before: Column, after: Column) -> Column:
    return F.struct(F.lit(name).alias("attribute"), before.alias("before"), after.alias("after"))


def _price_level(parameters: ExplorationParameters) -> Column:
    """Compare mean prices; null where there are too few."""
    least = F.least("priced_events", "earlier.priced_events")
    mean_price = F.try_divide("amount", "priced_events")
    ratio = F.try_divide(mean_price, F.try_divide("earlier.amount", "earlier.priced_events"))
    limit = 1 + parameters.price_change
    level = F.when(ratio > limit, "higher").when(ratio < 1 / limit, "lower").otherwise("same")
    return F.when(least >= parameters.min_events, level)
