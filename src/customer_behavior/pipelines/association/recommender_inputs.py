"""What recommendations are made from: what customers looked at and bought, and what sells."""

import pandas as pd
from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

from customer_behavior.pipelines.association.market_baskets import without_bots
from customer_behavior.pipelines.association.parameters import AssociationParameters
from customer_behavior.pipelines.feature_engineering.calendar import Calendar
from customer_behavior.pipelines.feature_engineering.imputation import UNKNOWN
from customer_behavior.pipelines.feature_engineering.parameters import FeatureParameters

SNAPSHOT = ["user_id", "snapshot_date"]
_ROLES = ("validation", "test", "score")


def build_customer_interests(
    event_features: DataFrame,
    customer_snapshots: DataFrame,
    snapshot_calendar: pd.DataFrame,
    settings: AssociationParameters,
    parameters: FeatureParameters,
) -> DataFrame:
    """Sum up which products each customer looked at before a snapshot.

    Args:
        event_features: One row per event.
        customer_snapshots: One row per (user_id, snapshot_date): roles, price levels.
        snapshot_calendar: Snapshots and their roles.
        settings: ``recommendations``.
        parameters: ``calendar.history_days``.

    Returns:
        One row per (user_id, snapshot_date, product_id, category) with events in the history, of
        all roles but train, without suspected bots: ``role``, ``category`` (the category code,
        where there is none the category id), ``price_class`` (of the customer, by ``price_level``
        of customer_snapshots; 0 is the cheapest), ``weight`` (of the events, ``event_weights``),
        ``last_event_at``.
    """
    customers = customer_snapshots.filter("role != 'train' AND NOT is_suspected_bot").select(
        *SNAPSHOT, "role", _price_class(settings).alias("price_class")
    )
    return (
        _around_snapshots(event_features, snapshot_calendar, 1, parameters.calendar.history_days)
        .groupBy(*SNAPSHOT, "product_id", "category")
        .agg(_weight(settings), F.max("event_time").alias("last_event_at"))
        .filter("weight > 0")
        .join(customers, on=SNAPSHOT, how="inner")
        .select(
            *SNAPSHOT, "role", "price_class", "product_id", "category", "weight", "last_event_at"
        )
    )


def build_product_popularity(
    customer_interests: DataFrame, settings: AssociationParameters
) -> DataFrame:
    """Tell how popular each product is before a snapshot, by the class of customers.

    Args:
        customer_interests: One row per (user_id, snapshot_date, product_id, category).
        settings: ``recommendations``.

    Returns:
        One row per (snapshot_date, product_id) with events in the history: ``category`` (that of
        most of their weight), ``category_rank``, ``class_shares`` (by class of customers, the share
        of the product among the weight of its category, drawn to that by all), ``overall_share``
        (among the weight of all products), ``overall_rank``.
    """
    chosen = settings.recommendations
    classes = range(len(chosen.price_bounds) + 1)
    of_class = [
        F.sum(F.when(F.col("price_class") == n, F.col("weight")).otherwise(0.0)).alias(f"of_{n}")
        for n in classes
    ]
    by_category = customer_interests.groupBy("snapshot_date", "product_id", "category").agg(
        F.sum("weight").alias("weight"), *of_class
    )
    products = by_category.groupBy("snapshot_date", "product_id").agg(
        F.max_by("category", F.struct("weight", "category")).alias("category"),
        *(F.sum(name).alias(name) for name in ("weight", *(f"of_{n}" for n in classes))),
    )
    overall, in_category = (
        Window.partitionBy("snapshot_date", *more) for more in ([], ["category"])
    )
    most_popular = (F.desc("weight"), "product_id")
    own = F.col("weight") / F.sum("weight").over(in_category)
    shares = [
        (F.col(f"of_{n}") + chosen.smoothing_events * own)
        / (F.sum(f"of_{n}").over(in_category) + chosen.smoothing_events)
        for n in classes
    ]
    return products.select(
        "snapshot_date",
        "product_id",
        "category",
        F.row_number().over(in_category.orderBy(*most_popular)).alias("category_rank"),
        F.array(*shares).alias("class_shares"),
        (F.col("weight") / F.sum("weight").over(overall)).alias("overall_share"),
        F.row_number().over(overall.orderBy(*most_popular)).alias("overall_rank"),
    )


def build_bought_products(event_features: DataFrame, snapshot_calendar: pd.DataFrame) -> DataFrame:
    """Tell what each customer had bought before a snapshot.

    Args:
        event_features: One row per event.
        snapshot_calendar: Snapshots and their roles.

    Returns:
        One row per (user_id, snapshot_date, product_id).
    """
    purchases = event_features.filter("event_type = 'purchase'")
    return (
        _around_snapshots(purchases, snapshot_calendar, 1, None)
        .select(*SNAPSHOT, "product_id")
        .distinct()
    )


def find_relevant_products(
    event_features: DataFrame,
    customer_interests: DataFrame,
    bought_products: DataFrame,
    snapshot_calendar: pd.DataFrame,
    settings: AssociationParameters,
    parameters: FeatureParameters,
) -> DataFrame:
    """Find what customers with a history bought after a snapshot.

    Args:
        event_features: One row per event.
        customer_interests: Say who has a history.
        bought_products: One row per (user_id, snapshot_date, product_id).
        snapshot_calendar: Snapshots and their roles.
        settings: ``recommendations.evaluated_customers``.
        parameters: ``calendar.horizon_days``.

    Returns:
        One row per (user_id, snapshot_date, product_id) of the roles select and test, of some
        customers by a hash: ``role``, ``category``, ``products_seen`` (by the customer in the
        history), ``is_rebought`` (had been bought before the snapshot).
    """
    horizon = parameters.calendar.horizon_days
    purchases = event_features.filter("event_type = 'purchase'")
    bought = (
        _around_snapshots(purchases, snapshot_calendar, 1 - horizon, 0)
        .groupBy(*SNAPSHOT, "product_id")
        .agg(F.max("category").alias("category"))
    )
    customers = (
        customer_interests.filter(F.col("role").isin("select", "test"))
        .groupBy(*SNAPSHOT, "role")
        .agg(F.count_distinct("product_id").alias("products_seen"))
    )
    by_hash = Window.partitionBy("role").orderBy(F.xxhash64("user_id"), "user_id")
    before = bought_products.withColumn("is_rebought", F.lit(True))
    return (
        bought.join(customers, on=SNAPSHOT, how="inner")
        .join(before, on=[*SNAPSHOT, "product_id"], how="left")
        .withColumn("customer_number", F.dense_rank().over(by_hash))
        .filter(F.col("customer_number") <= settings.recommendations.evaluated_customers)
        .select(
            *SNAPSHOT,
            "role",
            "product_id",
            "category",
            "products_seen",
            F.coalesce("is_rebought", F.lit(False)).alias("is_rebought"),
        )
    )


def countable(relevant_products: DataFrame, settings: AssociationParameters) -> DataFrame:
    """Leave out what had been bought before, unless it may be recommended."""
    if settings.recommendations.repeats:
        return relevant_products
    return relevant_products.filter("NOT is_rebought")


def build_product_interactions(
    event_features: DataFrame,
    sessions: DataFrame,
    snapshot_calendar: pd.DataFrame,
    settings: AssociationParameters,
) -> DataFrame:
    """Sum up, for the rivals, what customers did with products before validation begins.

    Args:
        event_features: One row per event.
        sessions: Say who is a suspected bot.
        snapshot_calendar: Says when validation begins.
        settings: ``recommendations``.

    Returns:
        One row per (user_id, product_id), at most ``products_per_customer``: ``weight``.
    """
    border = Calendar.of(snapshot_calendar).learned_until
    strongest = Window.partitionBy("user_id").orderBy(F.desc("weight"), "product_id")
    return (
        without_bots(event_features, sessions, border)
        .filter(F.col("event_date") < F.lit(border))
        .repartition("user_id")
        .groupBy("user_id", "product_id")
        .agg(_weight(settings))
        .filter("weight > 0")
        .withColumn("number", F.row_number().over(strongest))
        .filter(F.col("number") <= settings.recommendations.products_per_customer)
        .select("user_id", "product_id", "weight")
    )


def _weight(settings: AssociationParameters) -> Column:
    kinds = [
        F.when(F.col("event_type") == kind, float(weight))
        for kind, weight in settings.recommendations.event_weights
    ]
    return F.sum(F.coalesce(*kinds)).alias("weight")


def _price_class(settings: AssociationParameters) -> Column:
    bounds = settings.recommendations.price_bounds
    return sum((F.when(F.col("price_level") > bound, 1).otherwise(0) for bound in bounds), F.lit(0))


def _around_snapshots(
    event_features: DataFrame, snapshot_calendar: pd.DataFrame, least_age: int, most: int | None
) -> DataFrame:
    """Repeat each event for each snapshot to which it is so many days.

    That is 1 from the day before it, 0 and less from it on. ``category`` is the category code, or
    the category id where there is none.
    """
    roles = Calendar.of(snapshot_calendar).roles
    days = [F.lit(day) for day, role in roles.items() if role in _ROLES]
    code = F.col("category_code")

    def is_near(day: Column) -> Column:
        age = F.date_diff(day, F.col("event_date"))
        return age >= least_age if most is None else age.between(least_age, most)

    return event_features.select(
        "user_id", "product_id", "event_type", "event_time",
        F.when(code == UNKNOWN, F.col("category_id").cast("string")).otherwise(code).alias(
            "category"),
        F.explode(F.filter(F.array(*days).cast("array<date>"), is_near)).alias("snapshot_date"),
    )  # fmt: skip
