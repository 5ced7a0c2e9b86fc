"""How strong the planted affinities are among the baskets of the population."""

from datetime import date
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from customer_behavior.pipelines.simulation.blocks import Blocks
from customer_behavior.pipelines.simulation.parameters import SimulationParameters
from customer_behavior.pipelines.simulation.population import Customers, logistic
from customer_behavior.pipelines.simulation.session_chains import BUY, PURCHASE
from customer_behavior.pipelines.simulation.visits import Visits, draw_events

_CUSTOMERS_AT_A_TIME = 200_000


def measure_affinities(process: dict[str, Any]) -> pd.DataFrame:
    """Measure the planted affinities by Monte Carlo, in the baskets of very many customers.

    A basket holds the category codes of a customer's logged purchases before ``baskets_until``,
    each once; empty ones do not count. So two unrelated categories do not have lift 1.

    Args:
        process: The law of the simulation; so many ``affinities.simulated_baskets`` are drawn.

    Returns:
        One row per pair: ``first_code``, ``second_code``, ``support`` (share of the baskets with
        both), ``lift`` (support over that of independent categories), ``lift_standard_error``,
        ``expected_supporters`` (baskets with both that the simulated events should hold).
    """
    parameters = SimulationParameters.model_validate(process)
    blocks = Blocks(parameters)
    random = np.random.default_rng([parameters.seed, 2])
    codes, code_of = np.unique(blocks.shop.category_code.astype(str), return_inverse=True)
    pairs = code_of[blocks.shop.pairs]
    baskets, customers = 0, 0
    single, both = np.zeros(len(codes)), np.zeros(len(pairs))
    while len(pairs) and baskets < parameters.affinities.simulated_baskets:
        items = _draw_baskets(blocks, random, code_of, codes)
        customers += _CUSTOMERS_AT_A_TIME
        baskets += items.any(axis=1).sum()
        single += items.sum(axis=0)
        both += (items[:, pairs[:, 0]] & items[:, pairs[:, 1]]).sum(axis=0)
    support = both / max(1, baskets)
    share = single / max(1, baskets)
    lift = support / (share[pairs[:, 0]] * share[pairs[:, 1]])
    return pd.DataFrame(
        {
            "first_code": codes[pairs[:, 0]],
            "second_code": codes[pairs[:, 1]],
            "support": support,
            "lift": lift,
            # The share of baskets with both is by far the rarest, so its noise is all that counts.
            "lift_standard_error": lift / np.sqrt(np.maximum(1, both)),
            "expected_supporters": both * blocks.customers / max(1, customers),
        }
    )


def _draw_baskets(
    blocks: Blocks, random: np.random.Generator, code_of: NDArray[np.int64], codes: NDArray[np.str_]
) -> NDArray[np.bool_]:
    """Draw customers and what they buy: customers with a purchase by category codes."""
    customers = blocks.population.draw(0, _CUSTOMERS_AT_A_TIME, blocks.shop, random)
    visits = _draw_buying_visits(blocks, customers, random)
    events = draw_events(visits, customers, blocks.shop, blocks.parameters, random)
    bought = events.type == PURCHASE
    buyer = np.unique(visits.customer[events.visit[bought]], return_inverse=True)[1]
    items = np.zeros((buyer.max(initial=-1) + 1, len(codes)), dtype=bool)
    items[buyer, code_of[blocks.shop.category[events.product[bought]]]] = True
    items[:, codes == ""] = False
    return items


def _draw_buying_visits(
    blocks: Blocks, customers: Customers, random: np.random.Generator
) -> Visits:
    """Draw the visits with logged purchases: the Poisson process of all visits, thinned."""
    times, until = blocks.times, blocks.parameters.affinities.baskets_until
    exposure = times.exposure(times.start, _seconds(until))[:, 0].sum(axis=0)
    buying = logistic(customers.purchase_log_odds[:, None] + times.log_odds_by_hour) @ exposure
    customer = np.repeat(np.arange(len(buying)), random.poisson(customers.rate * buying))
    none = np.zeros(len(customer))
    return Visits(
        customer=customer,
        started_at=none.astype(np.int64),
        purchase_probability=none,
        intent=np.full(len(customer), BUY),
        loses_carts=none.astype(bool),
        session=np.arange(len(customer)),
        session_id=np.zeros((len(customer), 36), np.uint8),
    )


def _seconds(day: date) -> int:
    return int(np.datetime64(day, "s").astype(np.int64))
