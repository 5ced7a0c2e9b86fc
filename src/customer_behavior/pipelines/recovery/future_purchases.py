"""How many purchases are to come from a customer who is known."""

import numpy as np
from numpy.typing import NDArray

from customer_behavior.pipelines.simulation.calendar import VisitingTimes
from customer_behavior.pipelines.simulation.parameters import SimulationParameters
from customer_behavior.pipelines.simulation.population import logistic
from customer_behavior.pipelines.simulation.session_chains import BUY, PURCHASE, session_chains


def future_purchases(
    log_odds: NDArray[np.float64], parameters: SimulationParameters, begin: int, end: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Compute what is to be expected in a time, per unit of the rate. In an outage it is nothing.

    Args:
        log_odds: Of the intent to buy in an average hour.
        parameters: The law.
        begin: First second, since 1970.
        end: Behind the last second.

    Returns:
        Expected logged visits with purchases, and expected logged purchases, by log-odds.

    Raises:
        ValueError: If the time does not lie in the simulation's calendar: nobody comes then.
    """
    times = VisitingTimes(parameters)
    if not times.start < begin < end <= times.end:
        raise ValueError("the snapshot and the days behind it must lie in the calendar")
    logged_hours = times.exposure(begin, end)[:, 0].sum(axis=0)
    buying = logistic(log_odds[..., None] + times.log_odds_by_hour) @ logged_hours
    chain = session_chains(parameters)[BUY]
    return buying * chain.chance_of(PURCHASE), buying * chain.expected(PURCHASE)
