"""Classifiers fitted on the same tables by this project and by LightGBM."""

import json
import time
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow.dataset as ds
import yaml
from kedro.framework.session import KedroSession

from engines import prepare_project

PROJECT = Path(__file__).parents[1]
FIT = ("select_training_rows", "check_single_features", "fit_candidates", "choose_champion",
       "calibrate_champion")  # fmt: skip
EVALUATE = ("score_test_rows", "evaluate_predictions")


def classify_with_this_project(
    raw_events: Path, project: Path, use: str, table: str
) -> dict[str, Any]:
    """Fit, choose, calibrate and score, as ``kedro run`` does; also how good it is on test."""
    prepare_project(project)
    figures: dict[str, Any] = {}
    for name, nodes in {"fit": FIT, "score": ("predict_purchases",), "": EVALUATE}.items():
        started = time.perf_counter()
        with KedroSession.create(
            project, runtime_params={"raw_events": str(raw_events)}
        ) as session:
            session.run(
                pipeline_names=["classification"],
                node_names=[f"classification.{use}.{node}" for node in nodes],
            )
        if name:
            figures[f"{name}_seconds"] = time.perf_counter() - started
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
    prepare_project(project)
    with KedroSession.create(project, runtime_params={"raw_events": str(raw_events)}) as session:
        catalog = session.load_context().catalog
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

    chosen = _settings(use)
    kinds = chosen["features"]
    text = kinds["rates"]
    columns = list(dict.fromkeys([*kinds["amounts"], *kinds["numbers"], *text]))
    started = time.perf_counter()
    train = pd.read_parquet(project / f"data/05_model_input/{use}_training_rows")
    categories = {name: pd.CategoricalDtype(train[name].unique()) for name in text}
    examples = ds.dataset(project / "data/05_model_input" / table)
    wanted = ~ds.field("is_suspected_bot") & ds.field("role").isin(["select", "test"])
    rows = examples.to_table([*columns, "role", chosen["label"]], wanted).to_pandas()
    of_role = {role: rows[rows["role"] == role] for role in ("select", "test")}

    def inputs(frame: pd.DataFrame) -> pd.DataFrame:
        return frame[columns].astype(categories)

    data = lightgbm.Dataset(inputs(train), train["label"])
    model = lightgbm.train(
        {"objective": "binary", "learning_rate": 0.05, "num_leaves": 15, "verbose": -1,
         "min_data_in_leaf": 100, "metric": "average_precision"},
        data,
        num_boost_round=500,
        valid_sets=[
            data.create_valid(inputs(of_role["select"]), of_role["select"][chosen["label"]])
        ],
        callbacks=[lightgbm.early_stopping(30, verbose=False)],
    )  # fmt: skip
    fitted = time.perf_counter()
    scores = model.predict(inputs(of_role["test"]))
    scored = time.perf_counter()
    label = of_role["test"][chosen["label"]].astype(float)
    return {
        "fit_seconds": fitted - started,
        "score_seconds": scored - fitted,
        **_measures(label, pd.Series(scores, label.index)),
    }


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
