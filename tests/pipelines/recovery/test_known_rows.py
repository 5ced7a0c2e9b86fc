import datetime as dt
import time

import numpy as np
import pandas as pd
import pytest
import yaml
from pyspark.sql import functions as F

from conftest import PROJECT
from customer_behavior.pipelines.feature_engineering.parameters import FeatureParameters
from customer_behavior.pipelines.recovery.achievable import predict_customers, predict_sessions
from customer_behavior.pipelines.recovery.known_rows import (
    predict_test_customers,
    predict_test_sessions,
)
from customer_behavior.pipelines.recovery.oracle import predict_known_customers
from customer_behavior.pipelines.recovery.parameters import RecoveryParameters
from customer_behavior.pipelines.simulation.shop import Shop
from simulated import process_of, simulation_parameters

SNAPSHOT = dt.date(2019, 11, 13)
INGESTION = {"source_id": "abc", "status": "ok"}
NO_TRUTH = {"source_id": "abc", "status": "no planted truth", "reason": "real"}
EVALUATION = {"source_id": "abc", "status": "ok"}
ALL = RecoveryParameters(customers=10)
COLUMNS = ["user_id", "user_session", "event_time", "event_type"]
SHOP = Shop(simulation_parameters())
# The hour before the snapshot, as UTC: in Tokyo it is another day.
EVENTS = pd.DataFrame(
    [
        (1, "a", pd.Timestamp("2019-11-12 23:10:00"), "view"),
        (1, "a", pd.Timestamp("2019-11-12 23:11:00"), "cart"),
        (1, "b", pd.Timestamp("2019-11-13 00:10:00"), "view"),
        (2, "c", pd.Timestamp("2019-11-05 10:00:00"), "view"),
        (3, "d", pd.Timestamp("2019-11-05 10:00:00"), "view"),
    ],
    columns=COLUMNS,
).assign(product_id=1, category_id=int(SHOP.category_id[0]), price=float(SHOP.price[0]))
CUSTOMERS = pd.DataFrame(
    {
        "user_id": [1, 2, 3],
        "customer_type": ["frequent_buyer", "bot", "browser"],
        "session_rate": [9.0, 150.0, 1.0],
        "purchase_log_odds": [-1.0, float("-inf"), -5.0],
        "mean_price": [100.0, 0.0, 20.0],
    }
)


@pytest.fixture(scope="module")
def process():
    return process_of(simulation_parameters())


@pytest.fixture(scope="module")
def features():
    text = (PROJECT / "conf/base/parameters/feature_engineering.yml").read_text()
    return FeatureParameters.model_validate(yaml.safe_load(text)["feature_engineering"])


@pytest.fixture
def events(spark):
    rows = EVENTS.astype({"event_time": str}).to_numpy().tolist()
    text = (
        "user_id long, user_session string, event_time string, event_type string, "
        "product_id long, category_id long, price double"
    )
    moment = F.col("event_time").cast("timestamp")
    return spark.createDataFrame(rows, text).withColumn("event_time", moment)


def customer_rows(spark, *users):
    rows = [(user, SNAPSHOT, 0.5) for user in users]
    return spark.createDataFrame(rows, "user_id long, snapshot_date date, raw_score double")


def session_rows(spark, *rows):
    return spark.createDataFrame(rows, "user_id long, user_session string, k int")


def by_user(table):
    return {row.user_id: row for row in table.collect()}


def test_customers_have_what_is_known_of_them_wherever_the_computer_stands(
    spark, events, process, features, monkeypatch
):
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    time.tzset()
    scores = customer_rows(spark, 1, 3)

    known = by_user(
        predict_test_customers(
            INGESTION, EVALUATION, scores, events, process, CUSTOMERS, features, ALL
        )
    )
    monkeypatch.undo()
    time.tzset()

    when = (process, pd.Timestamp(SNAPSHOT), 7)
    achievable = predict_customers(EVENTS[EVENTS.user_id != 2], *when)
    oracle = predict_known_customers(CUSTOMERS, *when)
    for expected, chance, spend in (
        (achievable, "achievable", "achievable_spend"),
        (oracle, "oracle_latent", "oracle_spend"),
    ):
        found = [(known[user][chance], known[user][spend]) for user in (1, 3)]
        columns = expected[["purchase_probability", "expected_spend"]]
        assert np.array(found) == pytest.approx(columns.to_numpy())
    assert {row.left_out for row in known.values()} == {None}
    assert known[1].snapshot_date == SNAPSHOT


def test_programs_and_customers_without_events_are_marked(spark, events, process, features):
    scores = customer_rows(spark, 1, 2, 4)

    known = by_user(
        predict_test_customers(
            INGESTION, EVALUATION, scores, events, process, CUSTOMERS, features, ALL
        )
    )

    left_out = {user: row.left_out for user, row in known.items()}
    assert left_out == {1: None, 2: "bot", 4: "not found"}
    assert known[4].achievable is None
    assert known[4].oracle_latent is None


def test_sessions_have_what_is_known_of_them(spark, events, process):
    scores = session_rows(spark, (1, "a", 1), (1, "a", 2), (1, "b", 1), (1, "b", 2), (2, "c", 1))

    table = predict_test_sessions(INGESTION, EVALUATION, scores, events, process, CUSTOMERS, ALL)

    known = {(row.user_session, row.k): row for row in table.collect()}
    left_out = {key: row.left_out for key, row in known.items() if row.left_out}
    assert left_out == {("b", 2): "not found", ("c", 1): "bot"}
    expected = predict_sessions(EVENTS[EVENTS.user_id < 3], scores.toPandas(), process)
    for row in expected.itertuples():
        found = known[row.user_session, row.k].achievable
        assert found == pytest.approx(row.purchase_probability)
    assert table.schema["k"] == scores.schema["k"]


def test_so_many_customers_are_taken_as_is_asked_and_no_other_changes_them(
    spark, events, process, features
):
    scores = customer_rows(spark, 1, 2, 3)

    def known(customers):
        asked = RecoveryParameters(customers=customers)
        return by_user(
            predict_test_customers(
                INGESTION, EVALUATION, scores, events, process, CUSTOMERS, features, asked
            )
        )

    one, two, three = known(1), known(2), known(3)
    assert [len(table) for table in (one, two, three)] == [1, 2, 3]
    assert one.keys() <= two.keys()
    for user, row in one.items():
        assert row.achievable == pytest.approx(three[user].achievable, rel=1e-9)


@pytest.mark.parametrize(
    ("ingestion", "evaluation"),
    [(NO_TRUTH, EVALUATION), (INGESTION, EVALUATION | {"status": "not_enough_data", "reason": ""})],
)
def test_where_nothing_is_compared_nothing_is_known(
    spark, events, process, features, ingestion, evaluation
):
    customers = predict_test_customers(
        ingestion, evaluation, customer_rows(spark, 1), events, None, None, features, ALL
    )
    sessions = predict_test_sessions(
        ingestion, evaluation, session_rows(spark, (1, "a", 1)), events, process, CUSTOMERS, ALL
    )

    chances = [("achievable", "double"), ("oracle_latent", "double")]
    spend = [("achievable_spend", "double"), ("oracle_spend", "double")]
    last = ("left_out", "string")
    assert customers.count() == sessions.count() == 0
    assert customers.dtypes == [
        ("user_id", "bigint"), ("snapshot_date", "date"), *chances, *spend, last,
    ]  # fmt: skip
    assert sessions.dtypes[1:] == [("user_session", "string"), ("k", "int"), *chances, last]
