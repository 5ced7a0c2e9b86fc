"""Wiring of the report: a node for each section, and one that puts them together."""

from kedro.pipeline import Node, Pipeline

from customer_behavior.pipelines.classification.pipeline import EXAMPLES
from customer_behavior.pipelines.reporting.report import render_report
from customer_behavior.pipelines.reporting.report_rows import take_report_rows
from customer_behavior.pipelines.reporting.sections.association import (
    report_recommendations,
    report_rules,
)
from customer_behavior.pipelines.reporting.sections.customers import report_customers
from customer_behavior.pipelines.reporting.sections.data import report_data
from customer_behavior.pipelines.reporting.sections.purchases import report_purchases
from customer_behavior.pipelines.reporting.sections.revenue import (
    report_customer_spend,
    report_revenue_forecast,
)
from customer_behavior.pipelines.reporting.sections.segments import report_segments
from customer_behavior.pipelines.reporting.sections.shop import report_trends, report_visits

_FEATURES = "params:feature_engineering"
#: In the order of the report.
SECTIONS = (
    "data_section",
    "trends_section",
    "visits_section",
    "customer_propensity_section",
    "session_intent_section",
    "customer_spend_section",
    "revenue_forecast_section",
    "segments_section",
    "rules_section",
    "recommendations_section",
    "customers_section",
)


def create_report_pipeline() -> Pipeline:
    """From the results of all pipelines to one page.

    It is made after training and after scoring alike: what was evaluated on an earlier input says
    so.
    """
    return Pipeline(
        [
            *_data(),
            *_shop(),
            *_purchases(),
            *_revenue(),
            *_segments(),
            *_association(),
            *_customers(),
            Node(
                render_report,
                inputs=["ingestion_ledger", "headlines", *SECTIONS],
                outputs="report",
                name="render_report",
            ),
        ],
        tags="evaluate",
    )


def _data() -> list[Node]:
    return [
        Node(
            take_report_rows,
            inputs=["purchase_outages", "revenue_forecast", "category_rules"],
            outputs="report_rows",
            name="take_report_rows",
        ),
        Node(
            report_data,
            inputs=["ingestion_ledger", "report_rows", "recovery"],
            outputs="data_section",
            name="report_data",
        ),
    ]


def _shop() -> list[Node]:
    return [
        Node(
            report_trends,
            inputs=[
                "ingestion_ledger",
                "exploration_summary",
                "events_by_month",
                "category_trends",
                "brand_trends",
                "events_by_day_figure",
                "weekly_revenue_figure",
                "category_trends_figure",
                "brand_trends_figure",
            ],
            outputs="trends_section",
            name="report_trends",
        ),
        Node(
            report_visits,
            inputs=[
                "ingestion_ledger",
                "exploration_summary",
                "shopping_hours",
                "session_funnel",
                "repeat_purchases",
                "shopping_hours_figure",
                "session_funnel_figure",
                "customer_retention_figure",
            ],
            outputs="visits_section",
            name="report_visits",
        ),
    ]


def _purchases() -> list[Node]:
    return [
        Node(
            report_purchases,
            inputs={
                "settings": f"params:classification.{use}",
                "features": _FEATURES,
                "ingestion_ledger": "ingestion_ledger",
                "customer_360_summary": "customer_360_summary",
                "evaluation": f"{use}.evaluation",
                "contact_policy": f"{use}.contact_policy",
                "recovery": "recovery",
                "lift_figure": f"{use}.lift_figure",
                "reliability_figure": f"{use}.reliability_figure",
                "importance_figure": f"{use}.feature_importance_figure",
            },
            outputs=f"{use}_section",
            name=f"report_{use}",
        )
        for use in EXAMPLES
    ]


def _revenue() -> list[Node]:
    return [
        Node(
            report_customer_spend,
            inputs=[
                _FEATURES,
                "ingestion_ledger",
                "customer_360_summary",
                "customer_spend_evaluation",
                "recovery",
                "customer_spend_figure",
            ],
            outputs="customer_spend_section",
            name="report_customer_spend",
        ),
        Node(
            report_revenue_forecast,
            inputs=[
                "ingestion_ledger",
                "report_rows",
                "customer_360_summary",
                "revenue_forecast_evaluation",
                "revenue_forecast_figure",
            ],
            outputs="revenue_forecast_section",
            name="report_revenue_forecast",
        ),
    ]


def _segments() -> list[Node]:
    return [
        Node(
            report_segments,
            inputs=[
                "ingestion_ledger",
                "customer_360_summary",
                "segment_evaluation",
                "segment_profiles",
                "recovery",
                "segment_sizes_figure",
                "segment_centroids_figure",
                "segment_migration_figure",
            ],
            outputs="segments_section",
            name="report_segments",
        )
    ]


def _association() -> list[Node]:
    return [
        Node(
            report_rules,
            inputs=[
                "ingestion_ledger",
                "report_rows",
                "customer_360_summary",
                "rule_evaluation",
                "recovery",
                "category_rules_figure",
            ],
            outputs="rules_section",
            name="report_rules",
        ),
        Node(
            report_recommendations,
            inputs=[
                "ingestion_ledger",
                "customer_360_summary",
                "recommendation_evaluation",
                "recommenders_figure",
            ],
            outputs="recommendations_section",
            name="report_recommendations",
        ),
    ]


def _customers() -> list[Node]:
    return [
        Node(
            report_customers,
            inputs=[
                "ingestion_ledger",
                "customer_360_summary",
                "customer_propensity.evaluation",
                "customer_spend_evaluation",
            ],
            outputs="customers_section",
            name="report_customers",
        )
    ]
