"""What can be known of the customers and sessions that models are tested on."""

from typing import Any

import numpy as np
import pandas as pd
from pyspark.sql import DataFrame
from pyspark.sql import functions as F
from pyspark.sql.types import DoubleType, StringType, StructField, StructType

from customer_behavior.datasets.session import get_session
from customer_behavior.pipelines.feature_engineering.parameters import FeatureParameters
from customer_behavior.pipelines.recovery.achievable import predict_customers, predict_sessions
from customer_behavior.pipelines.recovery.oracle import (
    predict_known_customers,
    predict_known_sessions,
)
from customer_behavior.pipelines.recovery.parameters import RecoveryParameters
from customer_behavior.pipelines.recovery.shares import (
    ACHIEVABLE,
    ACHIEVABLE_SPEND,
    ORACLE,
    ORACLE_SPEND,
    why_not_compared,
)

_CUSTOMERS = ["user_id", "snapshot_date"]
_SESSIONS = ["user_id", "user_session", "k"]
_PRODUCT = ("product_id", "category_id", "price")
_CHANCES = {"purchase_probability": (ACHIEVABLE, ORACLE)}
_WITH_SPEND = _CHANCES | {"expected_spend": (ACHIEVABLE_SPEND, ORACLE_SPEND)}


def predict_test_customers(
    ingestion_recovery: dict[str, Any],
    evaluation: dict[str, Any],
    test_scores: DataFrame,
    events: DataFrame,
    process: dict[str, Any] | None,
    customers: pd.DataFrame | None,
    features: FeatureParameters,
    parameters: RecoveryParameters,
) -> DataFrame:
    """Compute what can be known of the days after each snapshot.

    Args:
        ingestion_recovery: Says whether the truth is that of the events.
        evaluation: Of the model: says whether there are test rows.
        test_scores: One row per (user_id, snapshot_date) of the role test.
        events: One row per event.
        process: The law of the simulation (``simulation_truth_process``).
        customers: The hidden customers (``simulation_truth_customers``).
        features: ``calendar.horizon_days``.
        parameters: At most ``customers`` customers are taken, by a hash of ``user_id``.

    Returns:
        One row per row of ``test_scores`` of these customers: its keys; ``achievable`` (chance of a
        purchase, given the logged events); ``oracle_latent`` (given the hidden customer instead);
        ``achievable_spend`` and ``oracle_spend`` (expected spend, in the same way); ``left_out``:
        ``bot`` (not of the law), ``not found`` (where there is no chance), else null.
    """
    if process is None or customers is None or why_not_compared(ingestion_recovery, evaluation):
        return _as_table(test_scores, _CUSTOMERS, pd.DataFrame(), _WITH_SPEND)
    rows, of_them = _collect(test_scores, _CUSTOMERS, events, parameters)
    known = []
    for day, of_day in rows.groupby("snapshot_date"):
        when = (process, pd.Timestamp(day), features.calendar.horizon_days)
        people = customers[customers["user_id"].isin(of_day["user_id"])]
        achievable = predict_customers(of_them, *when)
        oracle = predict_known_customers(people, *when)
        known.append(_describe(of_day, achievable, oracle, _WITH_SPEND))
    marked = _mark_left_out(pd.concat(known), customers)
    return _as_table(test_scores, _CUSTOMERS, marked, _WITH_SPEND)


def predict_test_sessions(
    ingestion_recovery: dict[str, Any],
    evaluation: dict[str, Any],
    test_scores: DataFrame,
    events: DataFrame,
    process: dict[str, Any] | None,
    customers: pd.DataFrame | None,
    parameters: RecoveryParameters,
) -> DataFrame:
    """Compute what can be known of the rest of sessions after their first ``k`` events.

    Args:
        ingestion_recovery: Says whether the truth is that of the events.
        evaluation: Of the model: says whether there are test rows.
        test_scores: One row per (user_id, user_session, k) of the role test.
        events: One row per event.
        process: The law of the simulation (``simulation_truth_process``).
        customers: The hidden customers (``simulation_truth_customers``).
        parameters: At most ``customers`` customers are taken, by a hash of ``user_id``.

    Returns:
        As customer_propensity.known_rows, with the keys of ``test_scores``: chances of a purchase
        later in the session, given its first events and the customer's past, or the hidden
        customer.
    """
    if process is None or customers is None or why_not_compared(ingestion_recovery, evaluation):
        return _as_table(test_scores, _SESSIONS, pd.DataFrame(), _CHANCES)
    rows, of_them = _collect(test_scores, _SESSIONS, events, parameters)
    people = customers[customers["user_id"].isin(rows["user_id"])]
    known = _describe(
        rows,
        predict_sessions(of_them, rows, process),
        predict_known_sessions(of_them, rows, people, process),
        _CHANCES,
    )
    return _as_table(test_scores, _SESSIONS, _mark_left_out(known, customers), _CHANCES)


def _collect(
    test_scores: DataFrame, keys: list[str], events: DataFrame, parameters: RecoveryParameters
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Keys and events of the chosen customers."""
    by_hash = F.xxhash64("user_id", F.lit("recovery"))
    chosen = (
        test_scores.select("user_id")
        .distinct()
        .orderBy(by_hash, "user_id")
        .limit(parameters.customers)
    )
    rows = test_scores.join(chosen, on="user_id", how="left_semi").select(*keys).toPandas()
    return rows, collect_events(events, rows[["user_id"]])


def collect_events(events: DataFrame, customers: pd.DataFrame) -> pd.DataFrame:
    """Collect the events of some customers. Times are seconds on their way, of no time zone.

    Args:
        events: One row per event.
        customers: ``user_id``, more than once or not.

    Returns:
        One row per event: ``user_id``, ``user_session``, ``event_time``, ``event_type``,
        ``product_id``, ``category_id``, ``price``.
    """
    users = get_session().createDataFrame(customers.drop_duplicates(), "user_id long")
    seconds = F.unix_seconds("event_time").alias("event_time")
    of_them = (
        events.join(F.broadcast(users), on="user_id", how="left_semi")
        .select("user_id", "user_session", seconds, "event_type", *_PRODUCT)
        .toPandas()
    )
    return of_them.assign(event_time=pd.to_datetime(of_them["event_time"], unit="s"))


def _describe(
    rows: pd.DataFrame,
    achievable: pd.DataFrame,
    oracle: pd.DataFrame,
    columns: dict[str, tuple[str, str]],
) -> pd.DataFrame:
    """Put what is known beside the rows; ``columns`` says under which names."""
    keys = list(rows.columns)
    for number, known in enumerate((achievable, oracle)):
        names = {column: both[number] for column, both in columns.items()}
        shared = [key for key in keys if key in known.columns]
        found = known[[*shared, *names]].rename(columns=names)
        rows = rows.merge(found, on=shared, how="left")
    return rows


def _mark_left_out(known: pd.DataFrame, customers: pd.DataFrame) -> pd.DataFrame:
    bots = customers.loc[customers["customer_type"] == "bot", "user_id"]
    conditions = [known["user_id"].isin(bots), known[[ACHIEVABLE, ORACLE]].isna().any(axis=1)]
    return known.assign(left_out=np.select(conditions, ["bot", "not found"], None))


def _as_table(
    test_scores: DataFrame,
    keys: list[str],
    known: pd.DataFrame,
    columns: dict[str, tuple[str, str]],
) -> DataFrame:
    numbers = [StructField(name, DoubleType()) for both in columns.values() for name in both]
    of_keys = [test_scores.schema[key] for key in keys]
    schema = StructType([*of_keys, *numbers, StructField("left_out", StringType())])
    rows = known.reindex(columns=schema.names)
    return get_session().createDataFrame(rows, schema).replace(float("nan"), None)
