"""What an analyst asks first: trends, peak windows, ways of visits, and who comes back."""

from typing import Any

import pandas as pd
import plotly.graph_objects as go

from customer_behavior.pipelines.reporting.blocks import Block, figure, table
from customer_behavior.pipelines.reporting.states import complete, judge, section_of
from customer_behavior.pipelines.reporting.wording import (
    amount,
    count,
    interval,
    measure,
    percent,
    share_of,
    words,
)

_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_PATHS = {
    "view_cart_buy": "view → cart → buy",
    "view_buy": "view → buy",
    "buy_without_view": "buy without view",
    "view_cart": "view → cart",
    "cart_without_view": "cart without view",
    "view_only": "view only",
}
_WINDOWS, _CHANGES, _MONTHS = 6, 10, 3


def report_trends(
    ingestion_ledger: dict[str, Any],
    exploration_summary: dict[str, Any] | None = None,
    events_by_month: pd.DataFrame | None = None,
    category_trends: pd.DataFrame | None = None,
    brand_trends: pd.DataFrame | None = None,
    events_by_day_figure: go.Figure | None = None,
    weekly_revenue_figure: go.Figure | None = None,
    category_trends_figure: go.Figure | None = None,
    brand_trends_figure: go.Figure | None = None,
) -> Block:
    """Say what happens by month, day and week, and which changes are more than noise.

    Args:
        ingestion_ledger: Says which input is the current one.
        exploration_summary: Says which input the tables of exploration come from; None where
            the pipeline has not been run, as for those that follow.
        events_by_month: One row per month and event type.
        category_trends: One row per category, measure and month.
        brand_trends: One row per brand, measure and month.
        events_by_day_figure: Drawn by exploration, like those that follow.
        weekly_revenue_figure: Revenue taken apart.
        category_trends_figure: Which categories gained and lost.
        brand_trends_figure: Which brands did.

    Returns:
        The section.
    """
    explored = complete(exploration_summary, events_by_month, category_trends, brand_trends)
    return section_of(
        "Trends",
        "What happens by month, day and week, and which changes are more than noise.",
        judge(explored, "exploration", ingestion_ledger),
        lambda: [
            _months(events_by_month),
            *figure("events_by_day_figure", events_by_day_figure),
            *figure("weekly_revenue_figure", weekly_revenue_figure),
            _changes("category", category_trends),
            *figure("category_trends_figure", category_trends_figure),
            _changes("brand", brand_trends),
            *figure("brand_trends_figure", brand_trends_figure),
        ],
    )


def report_visits(
    ingestion_ledger: dict[str, Any],
    exploration_summary: dict[str, Any] | None = None,
    shopping_hours: pd.DataFrame | None = None,
    session_funnel: pd.DataFrame | None = None,
    repeat_purchases: pd.DataFrame | None = None,
    shopping_hours_figure: go.Figure | None = None,
    session_funnel_figure: go.Figure | None = None,
    customer_retention_figure: go.Figure | None = None,
) -> Block:
    """Say when people visit and buy, which ways visits take, and whether customers return.

    Args:
        ingestion_ledger: Says which input is the current one.
        exploration_summary: Says which input the tables of exploration come from; None where
            the pipeline has not been run, as for those that follow.
        shopping_hours: One row per weekday and hour.
        session_funnel: One row per month, part of the visits and path.
        repeat_purchases: One row per number of days.
        shopping_hours_figure: Drawn by exploration, like those that follow.
        session_funnel_figure: Ways of visits.
        customer_retention_figure: How many come back.

    Returns:
        The section.
    """
    explored = complete(exploration_summary, shopping_hours, session_funnel, repeat_purchases)
    return section_of(
        "Visits: peak windows, ways and return",
        "When people look and when they buy, which ways visits take (the cart is optional, since "
        "carts were not always recorded), and who comes back.",
        judge(explored, "exploration", ingestion_ledger),
        lambda: [
            _peaks("Busiest hours of the week, by views a day", shopping_hours, "views_per_day"),
            _peaks(
                "Hours with the highest conversion, by the lower end of its interval",
                shopping_hours,
                "conversion_low",
            ),
            *figure("shopping_hours_figure", shopping_hours_figure),
            _paths(session_funnel),
            *figure("session_funnel_figure", session_funnel_figure),
            _repeats(repeat_purchases),
            *figure("customer_retention_figure", customer_retention_figure),
        ],
    )


def _months(events_by_month: pd.DataFrame) -> Block:
    rows = [
        [
            row.event_month,
            row.event_type,
            count(row.events),
            percent(row.share),
            amount(row.amount),
            amount(row.mean_price),
        ]
        for row in events_by_month.itertuples()
    ]
    columns = ["Month", "Event", "Events", "Share", "Sum of prices", "Mean price"]
    caption = "Events by month and type; the sum of the prices of purchases is revenue"
    return table(caption, "events_by_month", columns, rows, texts=["Event"], most_rows=48)


def _changes(what: str, trends: pd.DataFrame) -> Block:
    newest = trends[trends["event_month"] == trends["event_month"].max()]
    is_sure = newest["share_change_exceeds_noise"].astype(bool)
    sure = newest[is_sure & (newest["measure"] == "views")]
    ordered = sure.reindex(sure["share_change"].abs().sort_values(ascending=False).index)
    rows = [
        [
            row.item,
            count(row.amount),
            percent(row.share),
            share_of(
                {
                    "value": row.share_change,
                    "low": row.share_change_low,
                    "high": row.share_change_high,
                }
            ),
        ]
        for row in ordered.itertuples()
    ]
    plural = {"category": "Categories", "brand": "Brands"}[what]
    columns = [what.capitalize(), "Views", "Share of all", "Change of the share"]
    caption = f"{plural} whose share of the views changed by more than noise"
    return table(caption, f"{what}_trends", columns, rows, most_rows=_CHANGES)


def _peaks(caption: str, hours: pd.DataFrame, by: str) -> Block:
    peaks = hours.dropna(subset=[by]).sort_values(by, ascending=False).head(_WINDOWS)
    rows = [
        [
            f"{_WEEKDAYS[int(row.day_of_week) - 1]} {int(row.hour):02d}:00",
            measure(row.views_per_day),
            count(row.sessions),
            interval(
                {
                    "value": row.conversion,
                    "low": row.conversion_low,
                    "high": row.conversion_high,
                },
                percent,
            ),
        ]
        for row in peaks.itertuples()
    ]
    columns = ["Hour (UTC)", "Views a day", "Visits", "Visits with a purchase"]
    return table(caption, "shopping_hours", columns, rows)


def _paths(session_funnel: pd.DataFrame) -> Block:
    of_all = session_funnel[session_funnel["dimension"] == "all"]
    months = sorted(of_all["event_month"].unique())[-_MONTHS:]
    cells = of_all.set_index(["path", "event_month"])
    rows = [
        [said, *(cell for month in months for cell in _path(cells, path, month))]
        for path, said in _PATHS.items()
    ]
    columns = [f"{what} {month}" for month in months for what in ("Visits", "Share")]
    return table("Ways of visits by month", "session_funnel", ["Way", *columns], rows)


def _path(cells: pd.DataFrame, path: str, month: str) -> tuple[str, str]:
    if (path, month) not in cells.index:
        return count(0), percent(0)
    row = cells.loc[(path, month)]
    share = {"value": row["share"], "low": row["share_low"], "high": row["share_high"]}
    return count(row["sessions"]), interval(share, percent)


def _repeats(repeat_purchases: pd.DataFrame) -> Block:
    rows = [
        [
            f"{words(str(row.within_days))} days",
            count(row.buyers),
            count(row.bought_again),
            interval({"value": row.share, "low": row.share_low, "high": row.share_high}, percent),
        ]
        for row in repeat_purchases.itertuples()
    ]
    columns = ["Within", "Buyers", "Bought again", "Share"]
    return table("Buyers who bought again on a later day", "repeat_purchases", columns, rows)
