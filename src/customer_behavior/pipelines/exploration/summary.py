"""The figures of the exploration that one asks for first."""

from typing import Any

import pandas as pd
import plotly.graph_objects as go

from customer_behavior.evaluation.proportions import describe_share
from customer_behavior.pipelines.exploration.parameters import ExplorationParameters
from customer_behavior.pipelines.exploration.session_counts import BUYING_PATHS

_ALL = "all"
_PEAK_HOURS = 3


def summarise_exploration(
    events_by_month: pd.DataFrame,
    events_by_day: pd.DataFrame,
    session_counts: pd.DataFrame,
    shopping_hours: pd.DataFrame,
    customer_activity: pd.DataFrame,
    ingestion_ledger: dict[str, Any],
    parameters: ExplorationParameters,
    *others: pd.DataFrame | go.Figure,
) -> dict[str, Any]:
    """Sum up what the events say, and say which input all of exploration comes from.

    Args:
        events_by_month: From ``summarise_months``.
        events_by_day: From ``summarise_days``.
        session_counts: From ``count_sessions``.
        shopping_hours: From ``find_shopping_hours``.
        customer_activity: From ``summarise_customers``.
        ingestion_ledger: Has the ``source_id``.
        parameters: ``confidence``; ``min_sessions``: hours with fewer have no conversion.
        *others: What else exploration makes last. Nothing of it is used: the summary says of which
            input it is, so it must not be there before it.

    Returns:
        ``source_id``, ``status`` (``ok``, or ``not_enough_data`` with the ``reason``), ``period``
        (first and last day with events), ``events`` (by type), ``revenue`` (currency of ``price``),
        ``customers``, ``buyers``, ``suspected_bots``, ``visits``; ``conversion``: the share of
        visits with a purchase, ``value``, ``low``, ``high``, without suspected bots and purchase
        outages; ``peak_hours``: the three hours of the day (UTC) with the most views, and
        ``peak_conversion_hours``, with the highest conversion.
    """
    described = {"source_id": ingestion_ledger["source_id"]}
    if events_by_day.empty:
        return described | {"status": "not_enough_data", "reason": "there are no events"}
    months = events_by_month[events_by_month["event_month"] == _ALL].set_index("event_type")
    everybody = customer_activity[customer_activity["active_days"] == _ALL].iloc[0]
    visits = session_counts[session_counts["dimension"] == _ALL]
    hours = shopping_hours.groupby("hour")[["views", "sessions", "buying_sessions"]].sum()
    often_visited = hours[hours["sessions"] >= parameters.min_sessions]
    return described | {
        "status": "ok",
        "period": [events_by_day["event_date"].min(), events_by_day["event_date"].max()],
        "events": {kind: int(events) for kind, events in months["events"].items()},
        "revenue": float(events_by_day["revenue"].sum()),
        **{name: int(everybody[name]) for name in ("customers", "buyers", "suspected_bots")},
        "visits": int(visits["sessions"].sum()),
        "conversion": _conversion(visits, parameters.confidence),
        "peak_hours": _highest(hours["views"]),
        "peak_conversion_hours": _highest(
            often_visited["buying_sessions"] / often_visited["sessions"]
        ),
    }


def _conversion(visits: pd.DataFrame, confidence: float) -> dict[str, float | None]:
    seen = visits.query("is_observable and not is_suspected_bot")
    buying = seen.loc[seen["path"].isin(BUYING_PATHS), "sessions"].sum()
    return describe_share(int(buying), int(seen["sessions"].sum()), confidence)


def _highest(by_hour: pd.Series) -> list[int]:
    return [int(hour) for hour in by_hour.nlargest(_PEAK_HOURS).index]
