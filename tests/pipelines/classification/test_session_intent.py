"""The project's own settings of session_intent, on visits that look like session_prefixes."""

import numpy as np
import pandas as pd
import pytest
from pyspark.sql import functions as F

from classification import SMALL, Classification, as_examples, classification_parameters

pytestmark = pytest.mark.slow

EVENTS_SEEN = [1, 2, 3, 5, 10]
LEFT_OUT = {"end": "end of data", "outage": "outage"}
SETTINGS = {
    "least_positives": 20,
    "candidates": {
        "logistic_regression": SMALL["candidates"]["logistic_regression"],
        "random_forest": [],
        "gradient_boosting": [],
    },
    "evaluation": SMALL["evaluation"],
}
TEXTS = {"category_code": ["electronics.audio", "apparel.shoes"], "brand": ["sony", "lg"]}


@pytest.fixture(scope="module")
def visits():
    """Each visit after each number of events; those with a cart buy, the more so the longer."""
    random, number = np.random.default_rng(9), 800 * len(EVENTS_SEEN)
    visit, k = np.repeat(np.arange(800), len(EVENTS_SEEN)), np.tile(EVENTS_SEEN, 800)
    parts = ["train", "train", "train", "select", "calibrate", "test", "test", "end", "outage"]
    role = np.array(parts)[visit % len(parts)]
    carts = random.binomial(k, 0.2)
    log_odds = -3 + 0.15 * k + 1.5 * (carts > 0)
    features = classification_parameters("session_intent").features.columns
    others = {name: random.choice(TEXTS.get(name, range(20)), number) for name in features}
    return pd.DataFrame(
        others
        | {
            "user_id": visit // 2,
            "user_session": visit.astype(str),
            "k": k,
            "carts": carts,
            "known_at": [f"2019-11-{1 + n % 28:02} 12:00:00" for n in visit],
            "is_suspected_bot": False,
            "purchases_later": random.random(number) < 1 / (1 + np.exp(-log_odds)),
            "role": np.where(np.isin(role, list(LEFT_OUT)), None, role),
            "left_out": pd.Series(role).map(LEFT_OUT),
        }
    )


@pytest.fixture(scope="module")
def intent(spark, visits):
    settings = classification_parameters("session_intent", **SETTINGS)
    types = dict.fromkeys(["is_suspected_bot", "purchases_later"], "boolean")
    types |= dict.fromkeys(["user_session", "known_at", "role", "left_out", *TEXTS], "string")
    schema = ", ".join(f"{name} {types.get(name, 'int')}" for name in visits.columns)
    examples = as_examples(spark, visits, schema)
    return Classification(examples.withColumn("known_at", F.to_timestamp("known_at")), settings)


def test_a_visit_is_evaluated_by_the_events_seen_so_far(intent, visits):
    evaluation = intent.evaluation

    assert list(evaluation["by_events_seen"]) == ["1", "2", "3", "5", "10"]
    of_test = visits[visits["role"] == "test"].groupby("k")["purchases_later"].mean()
    for k, part in evaluation["by_events_seen"].items():
        assert part["metrics"]["base_rate"]["value"] == pytest.approx(of_test[int(k)])
        assert part["metrics"]["pr_auc"]["value"] is not None


def test_the_prior_of_a_visit_is_that_of_visits_as_long(intent):
    rates = intent.test_scores.groupBy("k").agg({"prior_score": "collect_set"}).orderBy("k")

    ((first,), *_, (last,)) = [found for _, found in rates.collect()]
    assert last > 2 * first


def test_visits_whose_outcome_is_not_known_yet_are_scored_and_others_are_not(intent, visits):
    found = intent.predictions.filter("role = 'score'").toPandas()

    last = visits[visits["left_out"] == "end of data"]
    assert sorted(found["user_session"]) == sorted(last["user_session"])
    assert not set(visits.loc[visits["left_out"] == "outage", "user_session"]) & set(
        intent.predictions.toPandas()["user_session"]
    )
