"""What somebody can know who knows the hidden customers, and not what they do.

No model gets there: how far it lies above what is achievable is what the logged events do not say
of the customers.
"""

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from customer_behavior.pipelines.recovery.future_purchases import future_purchases
from customer_behavior.pipelines.recovery.observed_visits import (
    VisitLikelihood,
    find_beginnings,
    order_events,
)
from customer_behavior.pipelines.simulation.calendar import DAY, to_seconds
from customer_behavior.pipelines.simulation.parameters import CUSTOMER_TYPES
from customer_behavior.pipelines.simulation.population import Population, logistic
from customer_behavior.pipelines.simulation.process import parameters_of
from customer_behavior.pipelines.simulation.session_chains import BUY


def predict_known_customers(
    customers: pd.DataFrame, process: dict[str, Any], snapshot: pd.Timestamp, horizon_days: int
) -> pd.DataFrame:
    """Compute the chance of a purchase, and what is spent, in the days after a snapshot.

    Args:
        customers: One row per customer: ``user_id``, ``customer_type``, ``session_rate``,
            ``purchase_log_odds``, ``mean_price`` (``simulation_truth_customers``).
        process: The law of the simulation (``simulation_truth_process``).
        snapshot: Begin of these days, in UTC.
        horizon_days: How many.

    Returns:
        One row per customer that is no bot: ``user_id``, ``purchase_probability`` (of a logged
        purchase in these days), ``expected_spend``.

    Raises:
        ValueError: If these days do not lie in the simulation's calendar.
    """
    people = _people(customers)
    begin = to_seconds(snapshot)
    with_purchase, purchases = future_purchases(
        people["purchase_log_odds"].to_numpy(),
        parameters_of(process),
        begin,
        begin + horizon_days * DAY,
    )
    rate = people["session_rate"].to_numpy()
    return pd.DataFrame(
        {
            "user_id": people["user_id"],
            "purchase_probability": 1 - np.exp(-rate * with_purchase),
            "expected_spend": rate * purchases * people["mean_price"].to_numpy(),
        }
    )


def predict_known_sessions(
    events: pd.DataFrame, sessions: pd.DataFrame, customers: pd.DataFrame, process: dict[str, Any]
) -> pd.DataFrame:
    """Compute the chance of a purchase later in sessions, given their first events.

    The customer and the hour give the chances of the intents, the first events update them.

    Args:
        events: As for ``predict_sessions``.
        sessions: As for ``predict_sessions``.
        customers: As for ``predict_known_customers``.
        process: The law of the simulation (``simulation_truth_process``).

    Returns:
        As ``predict_sessions``; without bots.
    """
    people = _people(customers)
    parameters = parameters_of(process)
    of_people = events[events["user_id"].isin(people["user_id"])]
    found, beginnings = find_beginnings(order_events(of_people, parameters), sessions)
    known = people.set_index("user_id").loc[found["user_id"]]
    likelihood = VisitLikelihood(parameters)
    by_hour = likelihood.log_odds_of_hour(beginnings)
    buying = logistic(known["purchase_log_odds"].to_numpy() + by_hour)
    kind = pd.Categorical(known["customer_type"], CUSTOMER_TYPES).codes
    other_intents = Population(parameters).other_intents[kind]

    def mix(given_intent: NDArray[np.float64]) -> NDArray[np.float64]:
        other = (given_intent[:, :BUY] * other_intents).sum(axis=1)
        return buying * given_intent[:, BUY] + (1 - buying) * other

    with_purchase = mix(likelihood.of_later_purchase(beginnings))
    probability = with_purchase / mix(likelihood.given_intent(beginnings))
    return found.assign(purchase_probability=probability)


def _people(customers: pd.DataFrame) -> pd.DataFrame:
    return customers[customers["customer_type"].isin(CUSTOMER_TYPES)]
