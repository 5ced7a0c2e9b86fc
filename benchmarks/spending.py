"""Expected spend learnt from the same rows by this project and by LightGBM."""

import json
import time
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from customer_behavior.evaluation.spend import SpendMeasures
from engines import run_nodes
from learning import feature_columns, read_rows

PARTS = {
    "fit": ("fit_spend_candidates", "choose_spend_champion", "take_spend_champion"),
    "score": ("predict_customer_spend",),
    "evaluate": ("score_test_spend", "evaluate_customer_spend"),
}
# Its training rows, features and probabilities are those that spend is learnt with.
USE, TABLE, KEYS = "customer_propensity", "customer_snapshots", ["user_id", "snapshot_date"]
SPEND = "spend_next"
SHOWN = ("normalised_gini", "tweedie_deviance")


def expect_spend_with_this_project(raw_events: Path, project: Path) -> dict[str, Any]:
    """Fit, choose and score, as ``kedro run`` does; also how good it is on test."""
    seconds = {
        f"{name}_seconds": run_nodes(raw_events, project, "regression", *nodes)
        for name, nodes in PARTS.items()
    }
    metrics = _report(project, "evaluation")["metrics"]
    return seconds | {name: metrics[name]["value"] for name in SHOWN}


def expect_spend_with_lightgbm(raw_events: Path, project: Path) -> dict[str, Any]:
    """Fit LightGBM on the spend itself; it stops when role select gets no better.

    Its level is that of this project: the factor with which predictions add up to the spend of the
    role calibrate, and the share of a usual week.
    """
    import lightgbm

    started = time.perf_counter()
    columns, roles = feature_columns(USE), ("select", "calibrate", "test")
    train, *others = read_rows(project, USE, TABLE, [SPEND], *roles)
    select, calibrate, test = others
    data = lightgbm.Dataset(train[columns], _spend_of(train, project), weight=train["weight"])
    model = lightgbm.train(
        {"objective": "tweedie", "tweedie_variance_power": 1.5, "learning_rate": 0.05,
         "num_leaves": 15, "min_data_in_leaf": 100, "verbose": -1},
        data,
        num_boost_round=500,
        valid_sets=[data.create_valid(select[columns], select[SPEND])],
        callbacks=[lightgbm.early_stopping(30, verbose=False)],
    )  # fmt: skip
    level = calibrate[SPEND].sum() / model.predict(calibrate[columns]).sum()
    fitted = time.perf_counter()
    predicted = model.predict(test[columns])
    scored = time.perf_counter()
    usual_week = level * _report(project, "selection")["usual_week_share"]
    return {
        "fit_seconds": fitted - started,
        "score_seconds": scored - fitted,
        **_measures(test[SPEND].to_numpy(dtype=float), usual_week * predicted),
    }


def _spend_of(train: pd.DataFrame, project: Path) -> pd.Series:
    snapshots = pd.read_parquet(
        project / "data/05_model_input" / TABLE,
        columns=[*KEYS, SPEND],
        filters=[("role", "==", "train")],
    )
    return train[KEYS].merge(snapshots, on=KEYS, how="left", validate="one_to_one")[SPEND]


def _measures(spend: np.ndarray, predicted: np.ndarray) -> dict[str, float]:
    """Of all rows, without draws of customers."""
    of_all = SpendMeasures(spend, np.zeros(len(spend), dtype=np.int64), np.ones((1, 1)))
    found = of_all.of(predicted)
    return {name: float(found[name][0]) for name in SHOWN}


def _report(project: Path, name: str) -> dict[str, Any]:
    file = project / f"data/08_reporting/customer_spend_{name}.json"
    return dict(json.loads(file.read_text()))
