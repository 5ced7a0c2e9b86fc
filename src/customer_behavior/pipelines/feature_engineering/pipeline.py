"""Wiring of feature engineering."""

from kedro.pipeline import Node, Pipeline

from customer_behavior.pipelines.feature_engineering.aggregates import (
    build_baskets,
    build_category_days,
)
from customer_behavior.pipelines.feature_engineering.calendar import build_snapshot_calendar
from customer_behavior.pipelines.feature_engineering.customer_days import build_customer_days
from customer_behavior.pipelines.feature_engineering.customer_snapshots import (
    build_customer_snapshots,
)
from customer_behavior.pipelines.feature_engineering.event_features import build_event_features
from customer_behavior.pipelines.feature_engineering.imputation import (
    count_reference_events,
    fit_frequencies,
    fit_imputation_values,
)
from customer_behavior.pipelines.feature_engineering.session_prefixes import (
    build_session_prefixes,
    count_session_prefixes,
)
from customer_behavior.pipelines.feature_engineering.sessions import build_sessions

_PARAMETERS = "params:feature_engineering"


def create_pipeline() -> Pipeline:
    """From events to what models and analysts work with."""
    fit = [
        Node(
            count_reference_events,
            inputs=["events", "snapshot_calendar"],
            outputs="reference_counts",
            name="count_reference_events",
        ),
        Node(
            fit_imputation_values,
            inputs=["reference_counts", _PARAMETERS],
            outputs="imputation_values",
            name="fit_imputation_values",
        ),
        Node(
            fit_frequencies,
            inputs=["reference_counts", "imputation_values"],
            outputs="frequencies",
            name="fit_frequencies",
        ),
    ]
    apply = [
        Node(
            build_snapshot_calendar,
            inputs=["events", "purchase_outages", _PARAMETERS],
            outputs="snapshot_calendar",
            name="build_snapshot_calendar",
        ),
        Node(
            build_event_features,
            inputs=["events", "imputation_values", "frequencies"],
            outputs="event_features",
            name="build_event_features",
        ),
        Node(
            build_customer_days,
            inputs=["event_features", _PARAMETERS],
            outputs="customer_days",
            name="build_customer_days",
        ),
        Node(
            build_sessions,
            inputs=["event_features", "customer_days", _PARAMETERS],
            outputs="sessions",
            name="build_sessions",
        ),
        Node(
            build_customer_snapshots,
            inputs=[
                "customer_days",
                "snapshot_calendar",
                "purchase_outages",
                "frequencies",
                _PARAMETERS,
            ],
            outputs="customer_snapshots",
            name="build_customer_snapshots",
        ),
        Node(
            build_session_prefixes,
            inputs=[
                "event_features",
                "customer_days",
                "snapshot_calendar",
                "purchase_outages",
                "frequencies",
                _PARAMETERS,
            ],
            outputs="session_prefixes",
            name="build_session_prefixes",
        ),
        Node(
            count_session_prefixes,
            inputs="session_prefixes",
            outputs="session_prefix_counts",
            name="count_session_prefixes",
        ),
        Node(
            build_category_days,
            inputs=["event_features", "purchase_outages"],
            outputs="category_days",
            name="build_category_days",
        ),
        Node(
            build_baskets,
            inputs=["event_features", "snapshot_calendar", _PARAMETERS],
            outputs="baskets",
            name="build_baskets",
        ),
    ]
    return Pipeline(fit, tags=["feature_engineering", "train"]) + Pipeline(
        apply, tags=["feature_engineering", "score"]
    )
