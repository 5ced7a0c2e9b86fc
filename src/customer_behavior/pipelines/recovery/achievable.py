"""What can be known of simulated customers from their logged events, and no more.

Here the law is known that customers were drawn from, the customers are not. Their hidden type, rate
and propensity to buy have a posterior, given what was logged of them; it is computed on a grid over
the law. What follows from it is the best that a model can reach on average.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from customer_behavior.pipelines.recovery.expected_prices import expected_prices
from customer_behavior.pipelines.recovery.future_purchases import future_purchases
from customer_behavior.pipelines.recovery.observed_visits import (
    ObservedVisits,
    VisitLikelihood,
    find_beginnings,
    observe_visits,
    order_events,
    sum_by,
)
from customer_behavior.pipelines.simulation.calendar import DAY, VisitingTimes, to_seconds
from customer_behavior.pipelines.simulation.parameters import (
    CUSTOMER_TYPES,
    SimulationParameters,
)
from customer_behavior.pipelines.simulation.population import (
    Population,
    logistic,
    standard_normal_grid,
)
from customer_behavior.pipelines.simulation.process import parameters_of
from customer_behavior.pipelines.simulation.session_chains import BUY
from customer_behavior.pipelines.simulation.shop import Shop

_RATES = 200
_PROPENSITIES = 91
_CUSTOMERS_AT_A_TIME = 5_000


def predict_customers(
    events: pd.DataFrame, process: dict[str, Any], snapshot: pd.Timestamp, horizon_days: int
) -> pd.DataFrame:
    """Compute what can be known of the days after a snapshot, and of what is spent in them.

    Args:
        events: As for ``predict_purchases``, with ``product_id``, ``category_id``, ``price`` (null
            or 0 for none).
        process: The law of the simulation (``simulation_truth_process``).
        snapshot: End of what is known, in UTC.
        horizon_days: Days behind it.

    Returns:
        One row per customer with an event before: ``user_id``, ``purchase_probability``,
        ``expected_purchases``, ``expected_spend`` (in the currency of the prices).

    Raises:
        ValueError: If these days do not lie in the simulation's calendar: nobody comes then.
    """
    parameters = parameters_of(process)
    purchases = predict_purchases(events, process, snapshot, horizon_days)
    ordered = order_events(events[events["event_time"] < snapshot], parameters)
    prices = expected_prices(ordered, Shop(parameters))
    return purchases.assign(expected_spend=purchases["expected_purchases"] * prices)


def predict_purchases(
    events: pd.DataFrame, process: dict[str, Any], snapshot: pd.Timestamp, horizon_days: int
) -> pd.DataFrame:
    """Compute what can be known of the days after a snapshot.

    A visit counts to the time of its start; sessions that no line was logged of are left out.
    Both concern some minutes of a week.

    Args:
        events: One row per event of the simulation, without duplicates: ``user_id``,
            ``user_session``, ``event_time`` (UTC), ``event_type``. Later events are left out.
        process: The law of the simulation (``simulation_truth_process``).
        snapshot: End of what is known, in UTC.
        horizon_days: Days behind it.

    Returns:
        One row per customer with an event before: ``user_id``, ``purchase_probability`` (of a
        logged purchase in these days), ``expected_purchases``.

    Raises:
        ValueError: If these days do not lie in the simulation's calendar: nobody comes then.
    """
    parameters = parameters_of(process)
    until = to_seconds(snapshot)
    ordered = order_events(events[events["event_time"] < snapshot], parameters)
    probability, purchases = _HiddenLaw(parameters).predict(
        observe_visits(ordered, until), until, until + horizon_days * DAY
    )
    return pd.DataFrame(
        {
            "user_id": np.unique(ordered["user_id"]),
            "purchase_probability": probability,
            "expected_purchases": purchases,
        }
    )


def predict_types(
    events: pd.DataFrame, process: dict[str, Any], until: pd.Timestamp
) -> pd.DataFrame:
    """Compute the most probable type of customers.

    Args:
        events: As for ``predict_purchases``.
        process: The law of the simulation (``simulation_truth_process``).
        until: End of what is known, in UTC.

    Returns:
        One row per customer with an event before: ``user_id``, ``customer_type``, ``probability``
        (of that type).
    """
    parameters = parameters_of(process)
    ordered = order_events(events[events["event_time"] < until], parameters)
    end = to_seconds(until)
    chances = _HiddenLaw(parameters).chances_of_types(observe_visits(ordered, end), end)
    return pd.DataFrame(
        {
            "user_id": np.unique(ordered["user_id"]),
            "customer_type": np.array(CUSTOMER_TYPES)[chances.argmax(axis=1)],
            "probability": chances.max(axis=1),
        }
    )


def predict_sessions(
    events: pd.DataFrame, sessions: pd.DataFrame, process: dict[str, Any]
) -> pd.DataFrame:
    """Compute what can be known of sessions from their first events and the customers' past.

    Args:
        events: As for ``predict_purchases``, of all of the calendar.
        sessions: One row per (``user_id``, ``user_session``, ``k``): how many events are known.
        process: The law of the simulation (``simulation_truth_process``).

    Returns:
        One row per row of ``sessions`` whose first visit has so many events, none of them a
        purchase: ``user_id``, ``user_session``, ``k``, ``started_at``, ``visit`` (number),
        ``purchase_probability`` (of a logged purchase later in the visit).
    """
    parameters = parameters_of(process)
    ordered = order_events(events, parameters)
    visits = observe_visits(ordered, until=VisitingTimes(parameters).end)
    found, beginnings = find_beginnings(ordered, sessions)
    probability = _HiddenLaw(parameters).predict_later_purchases(
        visits, beginnings, found["visit"].to_numpy()
    )
    return found.assign(purchase_probability=probability)


@dataclass(frozen=True)
class _Posterior:
    """Weights on the grid: given the type, rate and propensity are independent.

    Attributes:
        rates: Customers by types by rates.
        propensities: Customers by types by propensities. The products sum to 1 for a customer.
    """

    rates: NDArray[np.float64]
    propensities: NDArray[np.float64]


class _HiddenLaw:
    """The population law on a grid: types by rates by propensities to buy."""

    def __init__(self, parameters: SimulationParameters) -> None:
        self._times = VisitingTimes(parameters)
        self._likelihood = VisitLikelihood(parameters)
        self._other_intents = Population(parameters).other_intents
        self._parameters = parameters
        self._rates, rate_weights = _grid_of_rates(parameters)
        nodes, normal = standard_normal_grid(_PROPENSITIES)
        laws = [kind.purchase_log_odds for kind in parameters.types]
        self._log_odds = np.array([law.mean + law.sd * nodes for law in laws])
        shares = np.array([kind.share for kind in parameters.types])
        self._log_rate_prior = np.log(np.maximum(shares[:, None] * rate_weights, 1e-300))
        self._log_propensity_prior = np.log(normal)

    def predict(
        self, visits: ObservedVisits, until: int, end: int
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Chance of a purchase and expected number of purchases of each customer in a time."""
        with_purchase, purchases = future_purchases(self._log_odds, self._parameters, until, end)
        none = np.exp(-self._rates[:, :, None] * with_purchase[:, None, :])
        probability, expected = [np.empty(0)], [np.empty(0)]
        for (inside,) in _customers_at_a_time(visits):
            posterior = self._posterior(visits.only(inside), until)
            without = sum(
                ((posterior.rates[:, kind] @ none[kind]) * posterior.propensities[:, kind]).sum(1)
                for kind in range(len(none))
            )
            rate = (posterior.rates * self._rates).sum(axis=2)
            bought = (posterior.propensities * purchases).sum(axis=2)
            probability.append(np.clip(1 - without, 0, 1))
            expected.append((rate * bought).sum(axis=1))
        return np.concatenate(probability), np.concatenate(expected)

    def chances_of_types(self, visits: ObservedVisits, until: int) -> NDArray[np.float64]:
        """Chance of each type: customers by types."""
        found = [np.empty((0, len(self._rates)))]
        for (inside,) in _customers_at_a_time(visits):
            posterior = self._posterior(visits.only(inside), until)
            found.append(posterior.rates.sum(axis=2) * posterior.propensities.sum(axis=2))
        return np.concatenate(found)

    def _posterior(self, visits: ObservedVisits, until: int) -> _Posterior:
        """Posterior of customers, given all of their visits."""
        _, number = np.unique(visits.customer, return_counts=True)
        known = self._times.exposure_until(np.array([until]))
        evidence = sum_by(visits.customer, self._log_evidence(visits))
        return _normalise(self._log_rates(number, known), self._log_propensity_prior + evidence)

    def predict_later_purchases(
        self, visits: ObservedVisits, beginnings: ObservedVisits, visit: NDArray[np.int64]
    ) -> NDArray[np.float64]:
        """Chance of a purchase later in some visits, given their beginnings and all visits before.

        ``visit`` says of each beginning which of the visits it begins.
        """
        found = [np.empty(0)]
        for inside, asked in _customers_at_a_time(visits, beginnings):
            which = visit[asked] - inside.start
            found.append(self._predict_later(visits.only(inside), beginnings.only(asked), which))
        return np.concatenate(found)

    def _predict_later(
        self, visits: ObservedVisits, beginnings: ObservedVisits, visit: NDArray[np.int64]
    ) -> NDArray[np.float64]:
        before = _sum_before(visits, self._log_evidence(visits))[visit]
        # The visits so far, this one among them, say something of the rate, and so of the type.
        so_far = 1 + visit - np.searchsorted(visits.customer, beginnings.customer)
        known = self._times.exposure_until(beginnings.started_at)
        posterior = _normalise(self._log_rates(so_far, known), self._log_propensity_prior + before)
        weight = posterior.rates.sum(axis=2)[:, :, None] * posterior.propensities
        buying = self._buying(beginnings)
        any_end = self._mix(self._likelihood.given_intent(beginnings), buying)
        with_purchase = self._mix(self._likelihood.of_later_purchase(beginnings), buying)
        return (weight * with_purchase).sum(axis=(1, 2)) / (weight * any_end).sum(axis=(1, 2))

    def _log_evidence(self, visits: ObservedVisits) -> NDArray[np.float64]:
        """Logarithm of the likelihood of visits, by types and propensities."""
        buying = self._buying(visits)
        return np.log(np.maximum(self._mix(self._likelihood.given_intent(visits), buying), 1e-300))

    def _buying(self, visits: ObservedVisits) -> NDArray[np.float64]:
        """Chance of the intent to buy: visits by types by propensities."""
        by_hour = self._likelihood.log_odds_of_hour(visits)
        return logistic(self._log_odds + by_hour[:, None, None])

    def _mix(
        self, given_intent: NDArray[np.float64], buying: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        """Mix the intents: visits by types by propensities."""
        other = given_intent[:, :BUY] @ self._other_intents.T
        return buying * given_intent[:, BUY, None, None] + (1 - buying) * other[:, :, None]

    def _log_rates(
        self, visits: NDArray[np.int64], known: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        """Logarithm of prior times Poisson likelihood, by types and rates."""
        return (
            self._log_rate_prior
            + visits[:, None, None] * np.log(self._rates)
            - known[:, None, None] * self._rates
        )


def _grid_of_rates(
    parameters: SimulationParameters,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Rates and their weights by type: cells of the Pareto law, of equal length in logarithms."""
    rates, weights = [], []
    for kind in parameters.types:
        edges = np.geomspace(kind.least_sessions, parameters.most_sessions, _RATES + 1)
        above = (edges / kind.least_sessions) ** -parameters.rate_exponent
        rates.append(np.sqrt(edges[:-1] * edges[1:]))
        weights.append(-np.diff(above) / (above[0] - above[-1]))
    return np.array(rates), np.array(weights)


def _normalise(log_rates: NDArray[np.float64], log_propensities: NDArray[np.float64]) -> _Posterior:
    """Turn logarithms into weights whose product sums to 1 over types, rates and propensities."""
    rate_peak = log_rates.max(axis=2, keepdims=True)
    propensity_peak = log_propensities.max(axis=2, keepdims=True)
    rates, propensities = np.exp(log_rates - rate_peak), np.exp(log_propensities - propensity_peak)
    peak = rate_peak + propensity_peak
    rates *= np.exp(peak - peak.max(axis=1, keepdims=True))
    total = (rates.sum(axis=2) * propensities.sum(axis=2)).sum(axis=1)
    return _Posterior(rates / total[:, None, None], propensities)


def _customers_at_a_time(*visits: ObservedVisits) -> Iterator[list[slice]]:
    """Where the visits of some customers lie, in each of the arguments, after those of others."""
    customers = max(some.customer.max(initial=-1) for some in visits) + 1
    for first in range(0, customers, _CUSTOMERS_AT_A_TIME):
        bounds = [first, first + _CUSTOMERS_AT_A_TIME]
        yield [slice(*np.searchsorted(some.customer, bounds)) for some in visits]


def _sum_before(visits: ObservedVisits, values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Sum up the values of the customer's visits that were over before each one began."""
    before = np.cumsum(values, axis=0) - values
    first = np.searchsorted(visits.customer, visits.customer)
    before -= before[first]
    latest_end = pd.Series(visits.ended_at).groupby(visits.customer).cummax().to_numpy()
    begins_in_another = np.append(False, latest_end[:-1] >= visits.started_at[1:])
    for visit in np.flatnonzero(begins_in_another):
        earlier = slice(first[visit], visit)
        goes_on = visits.ended_at[earlier] >= visits.started_at[visit]
        before[visit] -= values[earlier][goes_on].sum(axis=0)
    return before
