"""Where there is nothing to be known, nothing is found: neither by a leak nor by trying often."""

from multiprocessing.pool import ThreadPool

import numpy as np
import pandas as pd
import pytest
import yaml

from classification import (
    SMALL,
    Classification,
    as_examples,
    classification_parameters,
    draw_examples,
    small_parameters,
)
from customer_behavior.evaluation.binned_scores import count_scores
from customer_behavior.evaluation.classification import measure
from customer_behavior.pipelines.classification.candidates import score_of
from customer_behavior.pipelines.classification.champion import draws_of, with_group
from customer_behavior.pipelines.classification.training_rows import usable_rows
from features import Features, as_events
from simulated import NO_DEFECTS, PARAMETERS, good_events, simulate, simulation_parameters

pytestmark = [pytest.mark.slow, pytest.mark.default_line]

FEW_TREES = {
    "random_forest": [{"trees": 5, "depth": 3, "least_rows_per_leaf": 10}],
    "gradient_boosting": [],
}
# Shops whose customers mostly buy: few events make many purchases.
SHARES = {"browser": 0.3, "cart_abandoner": 0.05, "occasional_buyer": 0.15, "frequent_buyer": 0.5}


def best_roc_auc(classified):
    """ROC-AUC on test of the candidate that was best on select, and of its bootstrap replicates."""
    candidates = classified.selection["candidates"]
    score = score_of(max(candidates, key=lambda name: candidates[name]["pr_auc"]["value"]))
    rows = usable_rows(classified.examples, "test", settings=classified.settings)
    scored = with_group(classified.candidates.transform(rows), classified.settings)
    counts = count_scores(scored, {"best": (score, score)})
    return measure(counts, draws_of(classified.settings))["roc_auc"]


def test_labels_at_random_are_not_predicted(spark):
    table = draw_examples(3000).sort_values("role", ignore_index=True)
    settings = small_parameters(
        candidates=SMALL["candidates"] | FEW_TREES, baselines={"prior": "'all'"}
    )
    # Which columns have more than one value does not depend on the labels.
    columns = Classification(as_examples(spark, table), settings).single_features

    def roc_auc(seed):
        labels = table.groupby("role")["purchased_next"].sample(frac=1, random_state=seed)
        permuted = as_examples(spark, table.assign(purchased_next=labels.to_numpy()))
        return best_roc_auc(Classification(permuted, settings, single_features=columns))[0]

    with ThreadPool(2) as pool:
        found = pool.map(roc_auc, range(20))

    assert np.mean(found) == pytest.approx(0.5, abs=3 * np.std(found, ddof=1) / np.sqrt(20))


def simulated_events():
    """About 20,000 events without defects; most views are left out."""
    types = yaml.safe_load(PARAMETERS.read_text())["simulation"]["customer_types"]
    types = {name: law | {"share": SHARES[name]} for name, law in types.items()}
    types["frequent_buyer"]["least_sessions"] = 5
    parameters = simulation_parameters(events=60_000, customer_types=types, defects=NO_DEFECTS)
    events = good_events(simulate(parameters))
    is_kept = np.random.default_rng(4).random(len(events)) < 0.25
    return events[is_kept | (events["event_type"] != "view")]


def scrambled(events):
    """In each week, counted from the end, each customer is somebody else."""
    day = events["event_time"].dt.normalize()
    users, random = events["user_id"].unique(), np.random.default_rng(6)

    def renamed(week):
        names = dict(zip(users, random.permutation(users), strict=True))
        return week.assign(user_id=week["user_id"].map(names))

    weeks = events.groupby((day.max() - day).dt.days // 7)
    return pd.concat([renamed(week) for _, week in weeks])


def classify(spark, events):
    """With the project's own features and settings, but with few trees."""
    snapshots = Features(spark, as_events(spark, events)).customer_snapshots
    (linear,) = classification_parameters().candidates.logistic_regression
    candidates = {"logistic_regression": [linear.model_dump()], **FEW_TREES}
    return Classification(snapshots, classification_parameters(candidates=candidates))


def test_a_past_of_somebody_else_tells_nothing(spark):
    roc_auc = best_roc_auc(classify(spark, scrambled(simulated_events())))

    assert roc_auc[0] == pytest.approx(0.5, abs=3 * roc_auc[1:].std())


def test_the_own_past_tells_who_buys(spark):
    roc_auc = best_roc_auc(classify(spark, simulated_events()))

    assert roc_auc[0] - 3 * roc_auc[1:].std() > 0.55
