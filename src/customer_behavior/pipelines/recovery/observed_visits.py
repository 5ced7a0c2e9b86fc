"""What the logged events of simulated customers show of their visits."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from customer_behavior.pipelines.simulation.calendar import VisitingTimes, hour_of_day
from customer_behavior.pipelines.simulation.parameters import (
    EVENT_TYPES,
    INTENTS,
    SimulationParameters,
)
from customer_behavior.pipelines.simulation.session_chains import (
    END,
    PURCHASE,
    LoggedChain,
    logged_chains_by_regime,
)

#: An interrupted visit is over when nothing has followed for so long.
_STILL_OPEN_SECONDS = 1800
_IMPOSSIBLE = -1e5


@dataclass(frozen=True)
class ObservedVisits:
    """Visits as they were logged, sorted by customer and time; an element per visit.

    Attributes:
        customer: Position in the customers.
        started_at: Time of the first event, in seconds since 1970.
        steps: How often each event begins the visit (row 0), or follows each event (rows 1 to 3);
            the last column is the end. Visits by 4 by 4.
        last_event: Position in ``EVENT_TYPES``.
        ended_at: Time of the last event.
    """

    customer: NDArray[np.int64]
    started_at: NDArray[np.int64]
    steps: NDArray[np.float64]
    last_event: NDArray[np.int64]
    ended_at: NDArray[np.int64]

    def only(self, selected: slice | NDArray[np.bool_]) -> "ObservedVisits":
        """Take some of them."""
        return ObservedVisits(
            self.customer[selected],
            self.started_at[selected],
            self.steps[selected],
            self.last_event[selected],
            self.ended_at[selected],
        )

    def purchases(self) -> NDArray[np.float64]:
        """Number of purchases."""
        return self.steps[:, :, PURCHASE].sum(axis=1)


def order_events(events: pd.DataFrame, parameters: SimulationParameters) -> pd.DataFrame:
    """Sort events and part them into visits.

    A session id that is used again after the longest pause belongs to another visit.

    Args:
        events: One row per event: ``user_id``, ``user_session``, ``event_time``, ``event_type``,
            ``product_id``, ``category_id``, ``price``.
        parameters: ``pause.longest`` seconds part two visits.

    Returns:
        The events, sorted, with ``customer`` (position of the user_id in sorted order), ``visit``
        (number), ``position`` (in the visit, from 0), ``seconds`` (since 1970), ``kind``.
    """
    events = events.assign(
        seconds=events["event_time"].to_numpy().astype("datetime64[s]").astype(np.int64),
        kind=pd.Categorical(events["event_type"], EVENT_TYPES).codes.astype(np.int64),
        customer=np.unique(events["user_id"], return_inverse=True)[1],
    ).sort_values(["customer", "user_session", "seconds", "kind"], kind="stable", ignore_index=True)
    same = (events["customer"].diff() == 0) & (
        events["user_session"] == events["user_session"].shift()
    )
    is_first = ~(same & (events["seconds"].diff() <= parameters.pause.longest))
    events["visit"] = is_first.cumsum() - 1
    events["position"] = events.groupby("visit").cumcount()
    # Visits in the order of their time within each customer.
    started = events["seconds"].groupby(events["visit"]).transform("first")
    order = np.lexsort([events["position"], events["visit"], started, events["customer"]])
    events = events.iloc[order].reset_index(drop=True)
    events["visit"] = (events["position"] == 0).cumsum() - 1
    return events


def observe_visits(ordered_events: pd.DataFrame, until: int | None = None) -> ObservedVisits:
    """Count the steps of each visit.

    Args:
        ordered_events: Events from ``order_events``.
        until: End of the observation; a visit that may go on then has no end. None: visits are
            beginnings of visits, and none has one.
    """
    visit = ordered_events["visit"].to_numpy()
    kind = ordered_events["kind"].to_numpy()
    first = ordered_events["position"].to_numpy() == 0
    previous = np.where(first, 0, np.append(0, kind[:-1]) + 1)
    number = visit.max(initial=-1) + 1
    steps = np.bincount(visit * 16 + previous * 4 + kind, minlength=16 * number).astype(float)
    steps = steps.reshape(number, 4, 4)
    last = np.append(np.flatnonzero(first)[1:], len(visit)) - 1
    last = last[:number]
    seconds = ordered_events["seconds"].to_numpy()
    if until is not None:
        is_over = seconds[last] < until - _STILL_OPEN_SECONDS
        steps[np.arange(number), kind[last] + 1, END] += is_over
    return ObservedVisits(
        customer=ordered_events["customer"].to_numpy()[first],
        started_at=seconds[first],
        steps=steps,
        last_event=kind[last],
        ended_at=seconds[last],
    )


def find_beginnings(
    ordered_events: pd.DataFrame, sessions: pd.DataFrame
) -> tuple[pd.DataFrame, ObservedVisits]:
    """Find the first events of sessions.

    Of a session id that is used again the first visit counts.

    Args:
        ordered_events: Events from ``order_events``.
        sessions: One row per (``user_id``, ``user_session``, ``k``): the first ``k`` events.

    Returns:
        The rows whose visit has so many events, none of these a purchase, sorted by customer and
        time: ``user_id``, ``user_session``, ``k``, ``started_at``, ``visit``; and what these events
        show, an element per row.
    """
    start = np.flatnonzero(ordered_events["position"] == 0)
    columns = {"event_time": "started_at"}
    firsts = ordered_events[["user_id", "user_session", "event_time", "visit"]].iloc[start]
    firsts = firsts.rename(columns=columns).drop_duplicates(["user_id", "user_session"])
    asked = sessions[["user_id", "user_session", "k"]].merge(
        firsts, on=["user_id", "user_session"], how="inner"
    )
    size = np.diff(np.append(start, len(ordered_events)))
    asked = asked[size[asked["visit"]] >= asked["k"]].sort_values(["visit", "k"], ignore_index=True)
    number = np.repeat(np.arange(len(asked)), asked["k"])
    position = np.arange(len(number)) - np.searchsorted(number, number)
    row = start[asked["visit"]][number] + position
    beginnings = observe_visits(ordered_events.iloc[row].assign(visit=number))
    nothing_bought = beginnings.purchases() == 0
    return asked[nothing_bought].reset_index(drop=True), beginnings.only(nothing_bought)


class VisitLikelihood:
    """How likely visits are, given their intents."""

    def __init__(self, parameters: SimulationParameters) -> None:
        """Prepare the logged chains of each regime: first month or not, outage or not."""
        self._times = VisitingTimes(parameters)
        self._chains = logged_chains_by_regime(parameters)

    def given_intent(self, visits: ObservedVisits) -> NDArray[np.float64]:
        """Compute the likelihood of each visit by intent.

        A visit that no intent can lead to, because a line of it was damaged, says nothing: 1 for
        all.
        """
        found = np.zeros((len(visits.customer), len(INTENTS)))
        for selected, seen, likelihood in self._by_chain(visits):
            found[selected, seen.intent] += likelihood
        found[found.sum(axis=1) == 0] = 1
        return found

    def of_later_purchase(self, visits: ObservedVisits) -> NDArray[np.float64]:
        """Compute the likelihood of a beginning with a logged purchase to follow, by intent."""
        found = np.zeros((len(visits.customer), len(INTENTS)))
        for selected, seen, likelihood in self._by_chain(visits):
            later = seen.chain.chance_of_later(PURCHASE)[visits.last_event[selected]]
            found[selected, seen.intent] += likelihood * later
        return found

    def _by_chain(
        self, visits: ObservedVisits
    ) -> Iterator[tuple[NDArray[np.int64], LoggedChain, NDArray[np.float64]]]:
        """Which visits may be logged by each chain, and how likely they are by it."""
        is_first_month = self._times.is_first_month(visits.started_at)
        # A visit may outlast an outage: with a purchase in it, it did.
        is_outage = self._times.is_outage(visits.started_at) & (visits.purchases() == 0)
        for (first_month, outage), chains in self._chains.items():
            selected = np.flatnonzero((is_first_month == first_month) & (is_outage == outage))
            steps = visits.steps[selected].reshape(-1, 16)
            for seen in chains:
                yield selected, seen, seen.chance * np.exp(steps @ _log_steps(seen))

    def log_odds_of_hour(self, visits: ObservedVisits) -> NDArray[np.float64]:
        """What the hour of each visit adds to the log-odds of the intent to buy."""
        return self._times.log_odds_by_hour[hour_of_day(visits.started_at)]


def sum_by(sorted_groups: NDArray[np.int64], values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Sum up the values of each group."""
    starts = np.flatnonzero(np.append(True, np.diff(sorted_groups) != 0)[: len(values)])
    return np.add.reduceat(values, starts) if len(starts) else values


def _log_steps(seen: LoggedChain) -> NDArray[np.float64]:
    """Logarithms of the chances of all steps; of an impossible one so low that exp gives 0."""
    chances = np.vstack([seen.chain.start, seen.chain.steps]).ravel()
    return np.where(chances > 0, np.log(np.maximum(chances, 1e-300)), _IMPOSSIBLE)
