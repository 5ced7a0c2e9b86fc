"""What happens by day, by month and by hour of the week."""

import numpy as np
import pandas as pd
from pyspark.sql import DataFrame

from customer_behavior.pipelines.exploration.intervals import add_share
from customer_behavior.pipelines.exploration.parameters import ExplorationParameters
from customer_behavior.pipelines.exploration.session_counts import BUYING_PATHS
from customer_behavior.pipelines.ingestion.outages import collect_outages

#: How each measure is read from ``event_counts``: its event type, and the column to sum up.
MEASURES = {
    "views": ("view", "events"),
    "carts": ("cart", "events"),
    "purchases": ("purchase", "events"),
    "revenue": ("purchase", "amount"),
}
_HOUR = pd.Timedelta(hours=1)
_DAY = pd.Timedelta(days=1)


def summarise_months(event_counts: pd.DataFrame) -> pd.DataFrame:
    """Count events and money by month and event type.

    Args:
        event_counts: Counts by day, event type and dimension.

    Returns:
        One row per (``event_month``, ``event_type``), and with month ``all`` per event type:
        ``events``, ``share`` (of the month's events), ``priced_events``, ``amount`` (sum of
        prices; for purchases the revenue) and ``mean_price`` (over events with a price).
    """
    counts = _each_event_once(event_counts)
    by_month = counts.assign(event_month=counts["event_date"].str[:7])
    both = pd.concat([by_month, counts.assign(event_month="all")])
    measures = ["events", "priced_events", "amount"]
    table = both.groupby(["event_month", "event_type"], as_index=False)[measures].sum()
    table["share"] = table["events"] / table.groupby("event_month")["events"].transform("sum")
    table["mean_price"] = table["amount"] / table["priced_events"].where(table["priced_events"] > 0)
    columns = ["event_month", "event_type", "events", "share", "priced_events", "amount"]
    return table[[*columns, "mean_price"]]


def summarise_days(event_counts: pd.DataFrame, purchase_outages: DataFrame) -> pd.DataFrame:
    """Count by day, and tell for how much of the day there is data.

    The data begin with the hour of the first event and end with that of the last one.

    Args:
        event_counts: Counts by day, event type and dimension.
        purchase_outages: One row per outage: ``start``, ``end``.

    Returns:
        One row per ``event_date`` with an event: ``event_month``, ``week`` (its Monday),
        ``views``, ``carts``, ``purchases``, ``revenue``, ``observed_hours`` (of the day, in the
        data) and ``outage_hours`` (of these, without purchases being recorded).
    """
    counts = _each_event_once(event_counts)
    days = pd.DataFrame({"event_date": sorted(counts["event_date"].unique())}, dtype=object)
    dates = pd.to_datetime(days["event_date"])
    days["event_month"] = days["event_date"].str[:7]
    days["week"] = (dates - pd.to_timedelta(dates.dt.dayofweek, unit="D")).dt.strftime("%Y-%m-%d")
    for measure, (event_type, column) in MEASURES.items():
        rows = counts[counts["event_type"] == event_type]
        by_day = rows.groupby("event_date")[column].sum()
        days[measure] = days["event_date"].map(by_day).fillna(0).astype(counts[column].dtype)
    return _add_observed_hours(days, dates, counts, collect_outages(purchase_outages))


def find_shopping_hours(
    event_counts: pd.DataFrame, session_counts: pd.DataFrame, parameters: ExplorationParameters
) -> pd.DataFrame:
    """Tell at which hours of the week people look, and at which visits end in a purchase.

    Args:
        event_counts: Counts by day, event type and dimension.
        session_counts: Counts of visits; those in an outage or of a suspected bot are left out.
        parameters: ``min_sessions``: with fewer, the conversion is withheld; ``confidence``.

    Returns:
        One row per (``day_of_week`` (1 = Monday), ``hour`` (UTC)) with a view: ``views``, ``days``
        (with a view at this hour), ``views_per_day``, ``sessions`` begun then, ``buying_sessions``
        and their share ``conversion``, with its Wilson interval.
    """
    views = event_counts.query("dimension == 'hour' and event_type == 'view'")
    dates = pd.to_datetime(views["event_date"])
    cells = views.assign(day_of_week=dates.dt.dayofweek + 1, hour=views["item"].astype(int))
    table = cells.groupby(["day_of_week", "hour"], as_index=False).agg(
        views=("events", "sum"), days=("event_date", "nunique")
    )
    table["views_per_day"] = table["views"] / table["days"]
    table = table.merge(_sessions_by_hour(session_counts), how="left", on=["day_of_week", "hour"])
    table[["sessions", "buying_sessions"]] = (
        table[["sessions", "buying_sessions"]].fillna(0).astype(int)
    )
    table = add_share(table, "buying_sessions", "sessions", parameters.confidence, "conversion")
    is_withheld = table["sessions"] < parameters.min_sessions
    table.loc[is_withheld, ["conversion", "conversion_low", "conversion_high"]] = np.nan
    return table


def _sessions_by_hour(session_counts: pd.DataFrame) -> pd.DataFrame:
    rows = session_counts.query(
        "dimension == 'week_hour' and is_observable and not is_suspected_bot"
    )
    parts = rows["item"].str.split(" ", expand=True).reindex(columns=[0, 1]).astype(int)
    buying = rows["sessions"].where(rows["path"].isin(BUYING_PATHS), 0)
    return (
        rows.assign(day_of_week=parts[0], hour=parts[1], buying_sessions=buying)
        .groupby(["day_of_week", "hour"], as_index=False)[["sessions", "buying_sessions"]]
        .sum()
    )


def _each_event_once(event_counts: pd.DataFrame) -> pd.DataFrame:
    return event_counts[event_counts["dimension"] == "hour"]


def _add_observed_hours(
    days: pd.DataFrame, dates: pd.Series, counts: pd.DataFrame, outages: pd.DataFrame
) -> pd.DataFrame:
    hours = pd.to_datetime(counts["event_date"]) + counts["item"].astype(int) * _HOUR
    start, end = hours.min(), hours.max() + _HOUR
    days["observed_hours"] = _overlap_hours(dates, start, end)
    days["outage_hours"] = 0.0
    for outage in outages.itertuples():
        days["outage_hours"] += _overlap_hours(dates, max(outage.start, start), outage.end)
    days["outage_hours"] = days[["outage_hours", "observed_hours"]].min(axis=1)
    return days


def _overlap_hours(dates: pd.Series, start: pd.Timestamp, end: pd.Timestamp) -> pd.Series:
    """How many hours of each day lie between two times."""
    overlap = (dates + _DAY).clip(upper=end) - dates.clip(lower=start)
    return (overlap / _HOUR).clip(lower=0.0)
