import datetime
import math

import numpy as np
import pytest
import yaml

from conftest import PROJECT
from customer_behavior.pipelines.classification.parameters import ClassificationParameters
from customer_behavior.pipelines.recovery.shares import (
    combine_recovery,
    measure_share_of_achievable,
    measure_share_of_achievable_spend,
    share_of_achievable,
    why_not_compared,
)

INGESTION = {"source_id": "abc", "status": "ok", "ingestion": {}}
EVALUATION = {
    "source_id": "abc",
    "status": "ok",
    "champion": "random_forest",
    "best_baseline": "recency",
    "rows": {"test": 8},
}
SCORES = """
    user_id long, user_session string, k int, customer_group int, label double, raw_score double,
    probability double, recency_score double, by_events_seen string
"""
KNOWN = """
    user_id long, user_session string, k int, achievable double, oracle_latent double,
    left_out string
"""
# label, raw_score, probability, recency_score, achievable, oracle_latent
PATTERN = [
    (1.0, 0.9, 0.5, 0.5, 0.9, 0.9),
    (1.0, 0.4, 0.5, 0.5, 0.8, 0.9),
    (0.0, 0.5, 0.5, 0.5, 0.2, 0.1),
    (0.0, 0.1, 0.5, 0.5, 0.1, 0.1),
]


@pytest.fixture(scope="module")
def settings():
    text = (PROJECT / "conf/base/parameters/classification.yml").read_text()
    use = yaml.safe_load(text)["classification"]["session_intent"]
    use["evaluation"] |= {"customer_groups": 2, "replicates": 10}
    return ClassificationParameters.model_validate(use)


def tables(spark, pattern=PATTERN, k=1):
    """Two groups of customers, each with the rows of the pattern: so all draws are equal."""
    rows = [
        (10 * group + number, f"{k}", k, group, *values)
        for group in (0, 1)
        for number, values in enumerate(pattern)
    ]
    scores = spark.createDataFrame([(*row[:8], f"{k}") for row in rows], SCORES)
    known = spark.createDataFrame([(*row[:3], *row[8:], None) for row in rows], KNOWN)
    return scores, known


def test_the_share_is_what_the_champion_adds_of_what_could_be_added(spark, settings):
    scores, known = tables(spark)

    found = measure_share_of_achievable(INGESTION, EVALUATION, scores, known, settings)

    assert found["status"] == "ok"
    assert found["names"] == {"champion": "random_forest", "best_baseline": "recency"}
    # Of the four pairs of a purchase and none, the champion orders three, by its raw score.
    values = {name: about["value"] for name, about in found["roc_auc"].items()}
    assert values == {
        "champion": 0.75,
        "best_baseline": 0.5,
        "achievable": 1.0,
        "oracle_latent": 1.0,
        "share_of_achievable": 0.5,
    }
    assert found["roc_auc"]["share_of_achievable"] == {"value": 0.5, "low": 0.5, "high": 0.5}
    # Log loss is that of the probability.
    assert found["log_loss"]["champion"]["value"] == pytest.approx(math.log(2))
    expected = -(2 * math.log(0.9) + 2 * math.log(0.8)) / 4
    assert found["log_loss"]["achievable"]["value"] == pytest.approx(expected)


def test_sessions_are_compared_by_the_number_of_events_seen_too(spark, settings):
    of_one, of_ten = tables(spark), tables(spark, [(*row[:4], 0.5, 0.5) for row in PATTERN], k=10)
    scores, known = (one.union(other) for one, other in zip(of_one, of_ten, strict=True))

    found = measure_share_of_achievable(INGESTION, EVALUATION, scores, known, settings)

    assert list(found["by_events_seen"]) == ["1", "10"]
    achievable = {
        k: by["roc_auc"]["achievable"]["value"] for k, by in found["by_events_seen"].items()
    }
    assert achievable == {"1": 1.0, "10": 0.5}


def test_rows_that_are_left_out_are_counted_by_reason(spark, settings):
    scores, known = tables(spark)
    reasons = [None, None, None, None, "bot", "bot", "not found"]
    rows = [(*row[:-1], reason) for row, reason in zip(known.collect()[:7], reasons, strict=True)]
    known = spark.createDataFrame(rows, KNOWN)

    found = measure_share_of_achievable(INGESTION, EVALUATION, scores, known, settings)

    assert found["rows"] == {
        "compared": 4,
        "left_out": {"other customers": 1, "bot": 2, "not found": 1},
    }


def test_where_no_row_can_be_compared_that_is_said(spark, settings):
    scores, known = tables(spark)
    none = spark.createDataFrame([(*row[:-1], "bot") for row in known.collect()], KNOWN)

    found = measure_share_of_achievable(INGESTION, EVALUATION, scores, none, settings)

    assert (found["status"], found["rows"]["compared"]) == ("not_enough_data", 0)


def test_there_is_no_share_where_nothing_is_achievable_beyond_the_baseline():
    champion, baseline = np.array([0.6, 0.6, 0.6]), np.array([0.5, 0.5, 0.5])

    assert share_of_achievable(champion, baseline, baseline, 0.95) is None
    uncertain = np.array([0.6, 0.4, 0.8])
    assert share_of_achievable(champion, baseline, uncertain, 0.95) is None
    certain = share_of_achievable(champion, baseline, baseline + 0.2, 0.95)
    assert certain["value"] == pytest.approx(0.5)


def test_a_share_of_a_loss_is_one_too():
    champion, baseline, achievable = np.array([[0.3], [0.4], [0.2]]).repeat(3, axis=1)

    assert share_of_achievable(champion, baseline, achievable, 0.95)["value"] == pytest.approx(0.5)


@pytest.mark.parametrize(
    ("ingestion", "evaluation", "status", "reason"),
    [
        ({"status": "no planted truth", "reason": "real"}, {}, "no planted truth", "real"),
        ({}, {"status": "not_enough_data", "reason": "few"}, "not_enough_data", "few"),
        ({}, {"source_id": "other"}, "from another input", "run the pipelines before"),
    ],
)
def test_why_a_task_is_not_compared_is_passed_on(settings, ingestion, evaluation, status, reason):
    found = measure_share_of_achievable(
        INGESTION | ingestion, EVALUATION | evaluation, None, None, settings
    )

    assert found["source_id"] == "abc"
    assert found["status"] == status
    assert reason in found["reason"]
    assert "pr_auc" not in found


def test_a_task_with_truth_and_enough_data_is_compared():
    assert why_not_compared(INGESTION, EVALUATION) is None


def test_the_share_of_spend_is_that_of_the_gini_coefficient(spark):
    text = (PROJECT / "conf/base/parameters/classification.yml").read_text()
    use = yaml.safe_load(text)["classification"]["customer_propensity"]
    use["evaluation"] |= {"customer_groups": 2, "replicates": 10}
    settings = ClassificationParameters.model_validate(use)
    day = datetime.date(2019, 11, 24)
    # spend, expected, the baseline, achievable, oracle: the same in both groups of customers.
    pattern = [
        (0.0, 1.0, 5.0, 1.0, 1.0),
        (10.0, 40.0, 5.0, 10.0, 10.0),
        (0.0, 2.0, 5.0, 1.0, 1.0),
        (30.0, 30.0, 5.0, 30.0, 30.0),
    ]
    rows = [
        (10 * group + number, day, group, *values)
        for group in (0, 1)
        for number, values in enumerate(pattern)
    ]
    keys = "user_id long, snapshot_date date"
    scores = spark.createDataFrame(
        [row[:6] for row in rows],
        f"{keys}, customer_group int, spend_next double, expected_spend double, "
        "recency_spend double",
    )
    known = spark.createDataFrame(
        [(*row[:2], *row[6:], None) for row in rows],
        f"{keys}, achievable_spend double, oracle_spend double, left_out string",
    )

    found = measure_share_of_achievable_spend(INGESTION, EVALUATION, scores, known, settings)

    assert found["normalised_gini"]["champion"]["value"] == pytest.approx(0.6)
    assert found["normalised_gini"]["best_baseline"]["value"] == pytest.approx(0)
    assert found["normalised_gini"]["achievable"]["value"] == pytest.approx(1)
    assert found["normalised_gini"]["share_of_achievable"]["value"] == pytest.approx(0.6)
    assert found["rows"]["compared"] == 8


def test_all_tasks_stand_in_one_result():
    found = combine_recovery(
        INGESTION,
        {"status": "ok"},
        {"status": "not_enough_data"},
        {"status": "ok"},
        {"status": "ok"},
        {"status": "ok"},
    )

    assert list(found) == [
        "source_id", "status", "ingestion", "customer_propensity", "session_intent",
        "customer_spend", "segments", "rules",
    ]  # fmt: skip


def test_without_planted_truth_no_task_is_named():
    none = {"source_id": "abc", "status": "no planted truth", "reason": "real"}

    assert combine_recovery(none, none, none, none, none, none) == none
