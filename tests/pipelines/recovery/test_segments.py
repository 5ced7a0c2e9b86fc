"""Segments beside the types that customers were planted with."""

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import adjusted_rand_score

from clustering import clustering_parameters
from customer_behavior.pipelines.recovery.achievable import predict_types
from customer_behavior.pipelines.recovery.parameters import RecoveryParameters
from customer_behavior.pipelines.recovery.segments import measure_segment_recovery

pytestmark = [pytest.mark.slow, pytest.mark.default_line]

INGESTION = {"source_id": "abc", "status": "ok"}
EVALUATION = {"source_id": "abc", "status": "ok", "months": [{"month": "2019-10"}]}
NAMES = {
    "frequent_buyer": "Frequent Buyers",
    "cart_abandoner": "Cart Abandoners",
    "browser": "Window Shoppers",
    "occasional_buyer": "Few Visits, Short Visits",
}
SEGMENTS = "user_id long, month string, segment string, distance double"
MONTHS = "user_id long, month string, visits long"
EVENTS = (
    "user_id long, user_session string, event_time timestamp, event_type string, product_id long, "
    "category_id long, price double"
)


@pytest.fixture(scope="module")
def october(events):
    return events[events.event_time < "2019-11-01"]


@pytest.fixture(scope="module")
def types(october, process):
    return predict_types(october, process, pd.Timestamp("2019-11-01"))


def test_a_type_is_right_as_often_as_is_said(types, customers):
    known = types.merge(customers, on="user_id", suffixes=("", "_planted"))
    known = known[known.customer_type_planted != "bot"]

    is_right = known.customer_type == known.customer_type_planted
    deviation = np.sqrt((known.probability * (1 - known.probability)).sum())
    assert is_right.sum() == pytest.approx(known.probability.sum(), abs=4 * deviation)
    # More is known than the shares of the types.
    assert is_right.mean() > known.customer_type_planted.value_counts(normalize=True).max()


def recovery_of(spark, october, customers, process, segment_of):
    """Recovery where a customer is in the segment that a function makes of the planted type."""
    visits = october.groupby("user_id").user_session.nunique().rename("visits").reset_index()
    known = visits.merge(customers, on="user_id")
    known = known[known.customer_type != "bot"].head(1500)
    segments = spark.createDataFrame(
        [(user, "2019-10", segment_of(kind), 1.0)
         for user, kind in zip(known.user_id, known.customer_type, strict=True)]
        + [(-1, "2019-10", "Bots", None), (-2, "2019-11", "Frequent Buyers", 1.0)],
        SEGMENTS,
    )  # fmt: skip
    months = spark.createDataFrame(
        known.assign(month="2019-10")[["user_id", "month", "visits"]], MONTHS
    )
    of_them = october[october.user_id.isin(known.user_id)]
    of_them = of_them[[part.split()[0] for part in EVENTS.split(", ")]]
    return known, measure_segment_recovery(
        INGESTION, EVALUATION, segments, months,
        spark.createDataFrame(of_them.astype(object).where(of_them.notna(), None), EVENTS),
        process, customers, RecoveryParameters(customers=10_000), clustering_parameters(),
    )  # fmt: skip


def test_segments_that_are_the_types_have_an_index_of_1(spark, october, customers, process):
    known, found = recovery_of(spark, october, customers, process, NAMES.get)

    assert found["status"] == "ok"
    assert found["customers"] == len(known)
    assert found["adjusted_rand_index"]["champion"]["value"] == pytest.approx(1)
    assert 0 < found["adjusted_rand_index"]["achievable"]["value"] < 1
    assert found["of_three_visits"]["customers"] == (known.visits >= 3).sum()
    for name, of in found["names"].items():
        assert NAMES[of["type"]] == name
        assert of["champion"]["precision"]["value"] == of["champion"]["recall"]["value"] == 1
        assert 0 < of["achievable"]["recall"]["value"] < 1


def test_the_index_is_that_of_scikit_learn(spark, october, customers, process, types):
    known, found = recovery_of(
        spark,
        october,
        customers,
        process,
        lambda kind: "Frequent Buyers" if "buyer" in kind else "x",
    )

    is_buyer = known.customer_type.str.contains("buyer")
    expected = adjusted_rand_score(known.customer_type, is_buyer)
    assert found["adjusted_rand_index"]["champion"]["value"] == pytest.approx(expected)
    assert found["names"]["Frequent Buyers"]["champion"]["recall"]["value"] == 1
    often = known[known.visits >= 3]
    precision = (often.customer_type == "frequent_buyer").sum() / often.customer_type.str.contains(
        "buyer"
    ).sum()
    assert found["names"]["Frequent Buyers"]["champion"]["precision"]["value"] == pytest.approx(
        precision
    )


@pytest.mark.parametrize(
    ("ingestion", "evaluation", "status"),
    [
        ({"status": "no planted truth", "reason": "real"}, {}, "no planted truth"),
        ({}, {"status": "not_enough_data", "reason": "few"}, "not_enough_data"),
        ({}, {"source_id": "other"}, "from another input"),
    ],
)
def test_why_nothing_is_compared_is_passed_on(ingestion, evaluation, status):
    found = measure_segment_recovery(
        INGESTION | ingestion, EVALUATION | evaluation, None, None, None, None, None, None, None
    )

    assert (found["source_id"], found["status"]) == ("abc", status)
    assert found["reason"]
