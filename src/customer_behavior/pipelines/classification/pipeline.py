"""Wiring of classification."""

from kedro.pipeline import Node, Pipeline

from customer_behavior.pipelines.classification.candidates import fit_candidates
from customer_behavior.pipelines.classification.champion import (
    calibrate_champion,
    choose_champion,
)
from customer_behavior.pipelines.classification.contact_policy import choose_contact_policy
from customer_behavior.pipelines.classification.evaluation import evaluate_predictions
from customer_behavior.pipelines.classification.figures import (
    draw_importance,
    draw_lift,
    draw_precision_recall,
    draw_reliability,
    draw_slices,
)
from customer_behavior.pipelines.classification.importance import measure_importance
from customer_behavior.pipelines.classification.predictions import (
    predict_purchases,
    score_test_rows,
)
from customer_behavior.pipelines.classification.training_rows import (
    check_single_features,
    select_training_rows,
)

#: By use, the table that it learns from.
EXAMPLES = {"customer_propensity": "customer_snapshots", "session_intent": "session_prefixes"}
_SETTINGS = "params:settings"
_FEATURE_SETTINGS = "params:feature_engineering"


def create_pipeline() -> Pipeline:
    """From model input to probabilities and how good they are, for each use."""
    return sum((_use(name) for name in EXAMPLES), start=Pipeline([]))


def _use(name: str) -> Pipeline:
    return Pipeline(
        _nodes(),
        inputs={"examples": EXAMPLES[name], "ingestion_ledger": "ingestion_ledger"},
        parameters={
            _SETTINGS: f"params:classification.{name}",
            _FEATURE_SETTINGS: _FEATURE_SETTINGS,
        },
        namespace=name,
        tags="classification",
    )


def _nodes() -> Pipeline:
    fit = [
        Node(
            select_training_rows,
            inputs=["examples", _SETTINGS],
            outputs="training_rows",
            name="select_training_rows",
        ),
        Node(
            check_single_features,
            inputs=["training_rows", _SETTINGS],
            outputs="single_features",
            name="check_single_features",
        ),
        Node(
            fit_candidates,
            inputs=["training_rows", "single_features", _SETTINGS],
            outputs="candidates",
            name="fit_candidates",
        ),
        Node(
            choose_champion,
            inputs=["candidates", "examples", "ingestion_ledger", _SETTINGS],
            outputs="selection",
            name="choose_champion",
        ),
        Node(
            calibrate_champion,
            inputs=[
                "candidates",
                "selection",
                "examples",
                "ingestion_ledger",
                _SETTINGS,
                _FEATURE_SETTINGS,
            ],
            outputs="model",
            name="calibrate_champion",
        ),
    ]
    score = [
        Node(
            predict_purchases,
            inputs=["model", "examples", _SETTINGS],
            outputs="predictions",
            name="predict_purchases",
        ),
    ]
    evaluate = [
        Node(
            score_test_rows,
            inputs=["candidates", "predictions", "selection", "examples", _SETTINGS],
            outputs="test_scores",
            name="score_test_rows",
        ),
        Node(
            evaluate_predictions,
            inputs=["test_scores", "selection", "examples", "ingestion_ledger", _SETTINGS],
            outputs="evaluation",
            name="evaluate_predictions",
        ),
        Node(
            choose_contact_policy,
            inputs=["predictions", "examples", "selection", "ingestion_ledger", _SETTINGS],
            outputs="contact_policy",
            name="choose_contact_policy",
        ),
        Node(
            measure_importance,
            inputs=["model", "selection", "examples", "single_features", _SETTINGS],
            outputs="feature_importance",
            name="measure_importance",
        ),
        Node(
            draw_precision_recall,
            inputs="evaluation",
            outputs="precision_recall_figure",
            name="draw_precision_recall",
        ),
        Node(draw_lift, inputs="evaluation", outputs="lift_figure", name="draw_lift"),
        Node(
            draw_reliability,
            inputs="evaluation",
            outputs="reliability_figure",
            name="draw_reliability",
        ),
        Node(draw_slices, inputs="evaluation", outputs="slices_figure", name="draw_slices"),
        Node(
            draw_importance,
            inputs=["feature_importance", "evaluation"],
            outputs="feature_importance_figure",
            name="draw_importance",
        ),
    ]
    return (
        Pipeline(fit, tags="train")
        + Pipeline(score, tags="score")
        + Pipeline(evaluate, tags="evaluate")
    )
