"""Wiring of exploration."""

from kedro.pipeline import Node, Pipeline

from customer_behavior.pipelines.exploration.activity import (
    find_shopping_hours,
    summarise_days,
    summarise_months,
)
from customer_behavior.pipelines.exploration.activity_figures import (
    draw_events_by_day,
    draw_shopping_hours,
)
from customer_behavior.pipelines.exploration.change_figures import (
    draw_brand_trends,
    draw_category_trends,
    draw_weekly_revenue,
)
from customer_behavior.pipelines.exploration.customers import (
    measure_repeat_purchases,
    measure_retention,
    summarise_customers,
)
from customer_behavior.pipelines.exploration.data_quality import check_data_quality
from customer_behavior.pipelines.exploration.event_counts import (
    count_events,
    count_events_of_groups,
)
from customer_behavior.pipelines.exploration.funnel import measure_funnel
from customer_behavior.pipelines.exploration.session_counts import (
    count_sessions,
    count_shared_sessions,
    measure_sessions,
)
from customer_behavior.pipelines.exploration.session_figures import (
    draw_customer_retention,
    draw_session_funnel,
)
from customer_behavior.pipelines.exploration.summary import summarise_exploration
from customer_behavior.pipelines.exploration.taxonomy import (
    count_taxonomy_transitions,
    list_taxonomy_changes,
    measure_taxonomy_drift,
)
from customer_behavior.pipelines.exploration.trends import (
    measure_brand_trends,
    measure_category_trends,
)
from customer_behavior.pipelines.exploration.weekly_revenue import take_revenue_apart

# What nothing else is made from: whatever comes after these, comes after all of exploration.
_LAST = (
    "session_percentiles", "repeat_purchases", "data_quality", "taxonomy_drift", "taxonomy_changes",
    "events_by_day_figure", "shopping_hours_figure", "category_trends_figure",
    "brand_trends_figure", "session_funnel_figure", "weekly_revenue_figure",
    "customer_retention_figure",
)  # fmt: skip


def create_pipeline() -> Pipeline:
    """From events, visits and customer days to small tables and figures.

    The first nodes read Spark tables; the others read what these counted.
    """
    return Pipeline(
        [
            Node(count_events, inputs="events", outputs="event_counts", name="count_events"),
            Node(
                count_events_of_groups,
                inputs=["events", "params:exploration"],
                outputs="group_counts",
                name="count_events_of_groups",
            ),
            Node(
                count_taxonomy_transitions,
                inputs=["events", "params:exploration"],
                outputs="taxonomy_transitions",
                name="count_taxonomy_transitions",
            ),
            Node(
                count_sessions,
                inputs=["sessions", "purchase_outages"],
                outputs="session_counts",
                name="count_sessions",
            ),
            Node(
                measure_sessions,
                inputs=["sessions", "params:exploration"],
                outputs="session_percentiles",
                name="measure_sessions",
            ),
            Node(
                count_shared_sessions,
                inputs="sessions",
                outputs="shared_sessions",
                name="count_shared_sessions",
            ),
            Node(
                summarise_customers,
                inputs=["customer_days", "params:exploration"],
                outputs="customer_activity",
                name="summarise_customers",
            ),
            Node(
                measure_repeat_purchases,
                inputs=["customer_days", "events_by_day", "params:exploration"],
                outputs="repeat_purchases",
                name="measure_repeat_purchases",
            ),
            Node(
                measure_retention,
                inputs=["customer_days", "events_by_day", "params:exploration"],
                outputs="customer_retention",
                name="measure_retention",
            ),
            Node(
                summarise_months,
                inputs="event_counts",
                outputs="events_by_month",
                name="summarise_months",
            ),
            Node(
                summarise_days,
                inputs=["event_counts", "purchase_outages"],
                outputs="events_by_day",
                name="summarise_days",
            ),
            Node(
                find_shopping_hours,
                inputs=["event_counts", "session_counts", "params:exploration"],
                outputs="shopping_hours",
                name="find_shopping_hours",
            ),
            Node(
                measure_category_trends,
                inputs=["event_counts", "group_counts", "events_by_day", "params:exploration"],
                outputs="category_trends",
                name="measure_category_trends",
            ),
            Node(
                measure_brand_trends,
                inputs=["event_counts", "group_counts", "events_by_day", "params:exploration"],
                outputs="brand_trends",
                name="measure_brand_trends",
            ),
            Node(
                measure_funnel,
                inputs=["session_counts", "params:exploration"],
                outputs="session_funnel",
                name="measure_funnel",
            ),
            Node(
                take_revenue_apart,
                inputs=["session_counts", "events_by_day"],
                outputs="weekly_revenue",
                name="take_revenue_apart",
            ),
            Node(
                check_data_quality,
                inputs=["event_counts", "session_counts", "shared_sessions", "ingestion_ledger"],
                outputs="data_quality",
                name="check_data_quality",
            ),
            Node(
                measure_taxonomy_drift,
                inputs="taxonomy_transitions",
                outputs="taxonomy_drift",
                name="measure_taxonomy_drift",
            ),
            Node(
                list_taxonomy_changes,
                inputs=["taxonomy_transitions", "params:exploration"],
                outputs="taxonomy_changes",
                name="list_taxonomy_changes",
            ),
            Node(
                draw_events_by_day,
                inputs=["events_by_day", "purchase_outages"],
                outputs="events_by_day_figure",
                name="draw_events_by_day",
            ),
            Node(
                draw_shopping_hours,
                inputs="shopping_hours",
                outputs="shopping_hours_figure",
                name="draw_shopping_hours",
            ),
            Node(
                draw_category_trends,
                inputs="category_trends",
                outputs="category_trends_figure",
                name="draw_category_trends",
            ),
            Node(
                draw_brand_trends,
                inputs="brand_trends",
                outputs="brand_trends_figure",
                name="draw_brand_trends",
            ),
            Node(
                draw_session_funnel,
                inputs="session_funnel",
                outputs="session_funnel_figure",
                name="draw_session_funnel",
            ),
            Node(
                draw_weekly_revenue,
                inputs="weekly_revenue",
                outputs="weekly_revenue_figure",
                name="draw_weekly_revenue",
            ),
            Node(
                draw_customer_retention,
                inputs="customer_retention",
                outputs="customer_retention_figure",
                name="draw_customer_retention",
            ),
            Node(
                summarise_exploration,
                inputs=[
                    "events_by_month",
                    "events_by_day",
                    "session_counts",
                    "shopping_hours",
                    "customer_activity",
                    "ingestion_ledger",
                    "params:exploration",
                    *_LAST,
                ],
                outputs="exploration_summary",
                name="summarise_exploration",
            ),
        ],
        tags=["exploration", "evaluate"],
    )
