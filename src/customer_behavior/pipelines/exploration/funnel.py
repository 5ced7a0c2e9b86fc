"""Which ways visits take: a funnel in which the cart is optional."""

import pandas as pd

from customer_behavior.pipelines.exploration.intervals import add_share
from customer_behavior.pipelines.exploration.parameters import ExplorationParameters
from customer_behavior.pipelines.exploration.session_counts import PATHS

_GROUP = ["event_month", "dimension", "item"]


def measure_funnel(session_counts: pd.DataFrame, parameters: ExplorationParameters) -> pd.DataFrame:
    """Measure the share of each path among visits.

    Args:
        session_counts: Counts of visits. Suspected bots are left out, and visits in a purchase
            outage, whose path cannot be known.
        parameters: Rows of fewer than ``min_sessions`` visits are withheld; of categories and
            brands the ``most_items`` with the most visits are shown; ``confidence``.

    Returns:
        One row per (``event_month``, ``dimension``, ``item``, ``path``), dimensions being ``all``,
        ``main_category``, ``main_brand`` and ``hour``: ``sessions`` on this path, ``of`` all,
        ``share`` and its Wilson interval. A path that nobody took has a row with 0.
    """
    visits = session_counts.query("is_observable and not is_suspected_bot")
    visits = _keep_most(_by_hour(visits), parameters.most_items)
    table = visits.pivot_table(
        values="sessions", index=_GROUP, columns="path", aggfunc="sum", fill_value=0
    )
    table = table.reindex(columns=list(PATHS), fill_value=0).rename_axis(columns="path")
    of = table.sum(axis=1)
    table = table[of >= parameters.min_sessions]
    rows = table.stack().rename("sessions").reset_index()
    rows["of"] = rows.groupby(_GROUP)["sessions"].transform("sum")
    rows = rows.astype({"sessions": int, "of": int})
    return add_share(rows, "sessions", "of", parameters.confidence)


def _by_hour(visits: pd.DataFrame) -> pd.DataFrame:
    """Turn hours of the week into hours of the day, and leave weeks out."""
    visits = visits[visits["dimension"] != "week"]
    is_hour = visits["dimension"] == "week_hour"
    hour = visits["item"].str.split(" ").str[-1]
    return visits.assign(
        dimension=visits["dimension"].where(~is_hour, "hour"),
        item=visits["item"].where(~is_hour, hour),
    )


def _keep_most(visits: pd.DataFrame, most_items: int) -> pd.DataFrame:
    """Keep the categories and brands with the most visits; there are but 24 hours."""
    totals = visits.groupby(["dimension", "item"], as_index=False)["sessions"].sum()
    ranked = totals.sort_values(["sessions", "item"], ascending=[False, True])
    place = ranked.groupby("dimension").cumcount()
    kept = ranked[(place < most_items) | ranked["dimension"].isin(["all", "hour"])]
    return visits.merge(kept[["dimension", "item"]], how="inner", on=["dimension", "item"])
