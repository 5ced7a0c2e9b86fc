"""Classifiers fitted on the same tables by this project and by LightGBM."""

import json
import time
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow.dataset as ds
import yaml

from engines import open_catalog, run_nodes

PROJECT = Path(__file__).parents[1]
FIT = ("select_training_rows", "check_single_features", "fit_candidates", "choose_champion",
       "calibrate_champion")  # fmt: skip
EVALUATE = ("score_test_rows", "evaluate_predictions")


def classify_with_this_project(
    raw_events: Path, project: Path, use: str, table: str
) -> dict[str, Any]:
    """Fit, choose, calibrate and score, as ``kedro run`` does; also how good it is on test."""
    figures: dict[str, Any] = {
        f"{name}_seconds": run_nodes(
            raw_events, project, "classification", *(f"{use}.{node}" for node in nodes)
        )
        for name, nodes in {"fit": FIT, "score": ("predict_purchases",)}.items()
    }
    run_nodes(raw_events, project, "classification", *(f"{use}.{node}" for node in EVALUATE))
    report = project / f"data/08_reporting/{use}_evaluation.json"
    evaluation = json.loads(report.read_text())
    return figures | {name: evaluation["metrics"][name]["value"] for name in ("pr_auc", "roc_auc")}


def classify_with_mllib_boosting(
    raw_events: Path, project: Path, use: str, table: str
) -> dict[str, Any]:
    """Fit gradient-boosted trees of Spark alone, without reading and writing models."""
    from customer_behavior.pipelines.classification.candidates import fit_candidates
    from customer_behavior.pipelines.classification.parameters import ClassificationParameters
    from customer_behavior.pipelines.classification.training_rows import usable_rows

    chosen = _settings(use)
    chosen["candidates"] |= {"logistic_regression": [], "random_forest": []}
    parameters = ClassificationParameters(**chosen)
    catalog = open_catalog(raw_events, project)
    started = time.perf_counter()
    candidates = fit_candidates(
        catalog.load(f"{use}.training_rows"), catalog.load(f"{use}.single_features"), parameters
    )
    fitted = time.perf_counter()
    examples = catalog.load(table)
    scores = (
        candidates.transform(usable_rows(examples, "test", settings=parameters))
        .select("label", "gradient_boosting_score")
        .toPandas()
    )
    scored = time.perf_counter()
    return {
        "fit_seconds": fitted - started,
        "score_seconds": scored - fitted,
        **_measures(scores["label"], scores["gradient_boosting_score"]),
    }


def classify_with_lightgbm(raw_events: Path, project: Path, use: str, table: str) -> dict[str, Any]:
    """Fit LightGBM on the same training rows; it stops when role select gets no better."""
    import lightgbm

    label = _settings(use)["label"]
    started = time.perf_counter()
    train, select, test = read_rows(project, use, table, [label], "select", "test")
    columns = feature_columns(use)
    data = lightgbm.Dataset(train[columns], train["label"])
    model = lightgbm.train(
        {"objective": "binary", "learning_rate": 0.05, "num_leaves": 15, "verbose": -1,
         "min_data_in_leaf": 100, "metric": "average_precision"},
        data,
        num_boost_round=500,
        valid_sets=[data.create_valid(select[columns], select[label])],
        callbacks=[lightgbm.early_stopping(30, verbose=False)],
    )  # fmt: skip
    fitted = time.perf_counter()
    scores = model.predict(test[columns])
    scored = time.perf_counter()
    return {
        "fit_seconds": fitted - started,
        "score_seconds": scored - fitted,
        **_measures(test[label].astype(float), pd.Series(scores, test.index)),
    }


def feature_columns(use: str) -> list[str]:
    """What models see, by name."""
    kinds = _settings(use)["features"]
    return list(dict.fromkeys([*kinds["amounts"], *kinds["numbers"], *kinds["rates"]]))


def read_rows(
    project: Path, use: str, table: str, others: list[str], *roles: str
) -> list[pd.DataFrame]:
    """Read the training rows, and the rows of each role with other columns, too."""
    chosen, columns = _settings(use), feature_columns(use)
    train = pd.read_parquet(project / f"data/05_model_input/{use}_training_rows")
    text = {name: pd.CategoricalDtype(train[name].unique()) for name in chosen["features"]["rates"]}
    wanted = ~ds.field("is_suspected_bot") & ds.field("role").isin(roles)
    examples = ds.dataset(project / "data/05_model_input" / table)
    rows = examples.to_table([*columns, "role", *others], wanted).to_pandas().astype(text)
    return [train.astype(text), *(rows[rows["role"] == role] for role in roles)]


def _settings(use: str) -> dict[str, Any]:
    file = PROJECT / "conf/base/parameters/classification.yml"
    return dict(yaml.safe_load(file.read_text())["classification"][use])


def _measures(label: pd.Series, score: pd.Series) -> dict[str, float]:
    """Average precision and ROC-AUC of rows, equal scores together."""
    counts = label.groupby(score).agg(["sum", "count"]).sort_index(ascending=False)
    found, seen = counts["sum"].cumsum(), counts["count"].cumsum()
    negatives = counts["count"] - counts["sum"]
    below = negatives.sum() - negatives.cumsum()
    wins = (counts["sum"] * (below + negatives / 2)).sum()
    return {
        "pr_auc": float((found / seen * counts["sum"]).sum() / found.iloc[-1]),
        "roc_auc": float(wins / (found.iloc[-1] * negatives.sum())),
    }
