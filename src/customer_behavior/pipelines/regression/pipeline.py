"""Wiring of regression."""

from kedro.pipeline import Node, Pipeline

from customer_behavior.pipelines.regression.backtest import backtest_revenue
from customer_behavior.pipelines.regression.figures import (
    draw_customer_spend,
    draw_revenue_forecast,
)
from customer_behavior.pipelines.regression.forecast import (
    fit_revenue_forecast,
    forecast_revenue,
)
from customer_behavior.pipelines.regression.forecast_evaluation import (
    choose_forecast_champion,
    evaluate_revenue_forecast,
)
from customer_behavior.pipelines.regression.forecast_rows import build_forecast_rows
from customer_behavior.pipelines.regression.spend_candidates import fit_spend_candidates
from customer_behavior.pipelines.regression.spend_champion import (
    choose_spend_champion,
    predict_customer_spend,
    take_spend_champion,
)
from customer_behavior.pipelines.regression.spend_evaluation import (
    evaluate_customer_spend,
    score_test_spend,
)

_SPEND = "params:regression.customer_spend"
_FORECAST = "params:regression.revenue_forecast"
_PROPENSITY = "params:classification.customer_propensity"
_PREDICTIONS = "customer_propensity.predictions"


def create_pipeline() -> Pipeline:
    """From the purchase likelihood to expected spend, and from daily revenue to the next week's."""
    return Pipeline([_customer_spend(), _revenue_forecast()], tags="regression")


def _customer_spend() -> Pipeline:
    return Pipeline(
        [
            Node(
                fit_spend_candidates,
                inputs=[
                    "customer_propensity.training_rows",
                    "customer_snapshots",
                    "customer_propensity.candidates",
                    "customer_propensity.selection",
                    _PREDICTIONS,
                    _SPEND,
                    _PROPENSITY,
                ],
                outputs="customer_spend_candidates",
                name="fit_spend_candidates",
                tags="train",
            ),
            Node(
                choose_spend_champion,
                inputs=[
                    "customer_spend_candidates",
                    "customer_snapshots",
                    "customer_propensity.selection",
                    _PREDICTIONS,
                    "category_days",
                    "ingestion_ledger",
                    "params:regression",
                    _PROPENSITY,
                    "params:feature_engineering",
                ],
                outputs="customer_spend_selection",
                name="choose_spend_champion",
                tags="train",
            ),
            Node(
                take_spend_champion,
                inputs=[
                    "customer_spend_candidates",
                    "customer_spend_selection",
                    "ingestion_ledger",
                    "params:regression",
                    _PROPENSITY,
                    "params:feature_engineering",
                ],
                outputs="customer_spend_model",
                name="take_spend_champion",
                tags="train",
            ),
            Node(
                predict_customer_spend,
                inputs=["customer_spend_model", "customer_snapshots", _PREDICTIONS, _PROPENSITY],
                outputs="customer_spend_predictions",
                name="predict_customer_spend",
                tags="score",
            ),
            Node(
                score_test_spend,
                inputs=[
                    "customer_spend_predictions",
                    "customer_spend_candidates",
                    "customer_spend_selection",
                    "customer_snapshots",
                    _SPEND,
                    _PROPENSITY,
                ],
                outputs="customer_spend_test_scores",
                name="score_test_spend",
                tags="evaluate",
            ),
            Node(
                evaluate_customer_spend,
                inputs=[
                    "customer_spend_test_scores",
                    "customer_spend_selection",
                    "customer_snapshots",
                    "ingestion_ledger",
                    _SPEND,
                    _PROPENSITY,
                ],
                outputs="customer_spend_evaluation",
                name="evaluate_customer_spend",
                tags="evaluate",
            ),
            Node(
                draw_customer_spend,
                inputs="customer_spend_evaluation",
                outputs="customer_spend_figure",
                name="draw_customer_spend",
                tags="evaluate",
            ),
        ]
    )


def _revenue_forecast() -> Pipeline:
    return Pipeline(
        [
            Node(
                build_forecast_rows,
                inputs=["category_days", _FORECAST],
                outputs="forecast_rows",
                name="build_forecast_rows",
                tags=["train", "score", "evaluate"],
            ),
            Node(
                fit_revenue_forecast,
                inputs=["forecast_rows", _FORECAST],
                outputs="revenue_forecast_model",
                name="fit_revenue_forecast",
                tags="train",
            ),
            Node(
                backtest_revenue,
                inputs=["forecast_rows", _FORECAST],
                outputs="revenue_backtest",
                name="backtest_revenue",
                tags="train",
            ),
            Node(
                choose_forecast_champion,
                inputs=["revenue_backtest", "ingestion_ledger", _FORECAST],
                outputs="revenue_forecast_selection",
                name="choose_forecast_champion",
                tags="train",
            ),
            Node(
                forecast_revenue,
                inputs=["revenue_forecast_model", "forecast_rows", "revenue_forecast_selection"],
                outputs="revenue_forecast",
                name="forecast_revenue",
                tags="score",
            ),
            Node(
                evaluate_revenue_forecast,
                inputs=[
                    "revenue_backtest",
                    "revenue_forecast_selection",
                    "customer_spend_predictions",
                    "customer_snapshots",
                    _FORECAST,
                ],
                outputs="revenue_forecast_evaluation",
                name="evaluate_revenue_forecast",
                tags="evaluate",
            ),
            Node(
                draw_revenue_forecast,
                inputs=[
                    "category_days",
                    "forecast_rows",
                    "revenue_backtest",
                    "revenue_forecast",
                    "revenue_forecast_selection",
                ],
                outputs="revenue_forecast_figure",
                name="draw_revenue_forecast",
                tags=["score", "evaluate"],
            ),
        ]
    )
