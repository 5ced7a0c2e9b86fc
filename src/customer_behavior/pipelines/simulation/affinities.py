"""How strong the planted affinities are among the baskets of the population."""

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from customer_behavior.pipelines.simulation.blocks import Blocks
from customer_behavior.pipelines.simulation.calendar import to_seconds
from customer_behavior.pipelines.simulation.parameters import SimulationError
from customer_behavior.pipelines.simulation.population import Customers, logistic
from customer_behavior.pipelines.simulation.process import parameters_of
from customer_behavior.pipelines.simulation.session_chains import BUY, PURCHASE
from customer_behavior.pipelines.simulation.visits import draw_steps

_CUSTOMERS_AT_A_TIME = 200_000
_COLUMNS = [
    "first_code",
    "second_code",
    "support",
    "lift",
    "lift_standard_error",
    "expected_supporters",
]


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
    blocks = Blocks(parameters_of(process))
    codes, code_of = np.unique(blocks.shop.category_code.astype(str), return_inverse=True)
    pairs = code_of[blocks.shop.pairs]
    single, both = np.zeros(len(codes)), np.zeros(len(pairs))
    baskets, customers = 0, 0
    random = np.random.default_rng([blocks.parameters.seed, 2])
    while len(pairs) and baskets < blocks.parameters.affinities.simulated_baskets:
        items = _draw_baskets(blocks, random, code_of, codes)
        if not items.any():
            raise SimulationError(
                "simulation.affinities: before baskets_until nobody buys anything. Name a later "
                "day, or pairs: 0."
            )
        customers += _CUSTOMERS_AT_A_TIME
        baskets += items.any(axis=1).sum()
        single += items.sum(axis=0)
        both += (items[:, pairs[:, 0]] & items[:, pairs[:, 1]]).sum(axis=0)
    found = _compare(single[pairs], both, max(1, baskets))
    return found.assign(
        first_code=codes[pairs[:, 0]],
        second_code=codes[pairs[:, 1]],
        expected_supporters=both * blocks.customers / max(1, customers),
    )[_COLUMNS]


def _compare(single: NDArray[np.float64], both: NDArray[np.float64], baskets: int) -> pd.DataFrame:
    """Compare the baskets with both codes of a pair with what those with each would lead to."""
    support = both / baskets
    lift = support * baskets**2 / (single[:, 0] * single[:, 1])
    # Baskets with both are by far the rarest, so that their noise is all that counts.
    error = lift / np.sqrt(np.maximum(1, both))
    return pd.DataFrame({"support": support, "lift": lift, "lift_standard_error": error})


def _draw_baskets(
    blocks: Blocks, random: np.random.Generator, code_of: NDArray[np.int64], codes: NDArray[np.str_]
) -> NDArray[np.bool_]:
    """Draw customers and what they buy: customers with a purchase by category codes."""
    customers = blocks.population.draw(0, _CUSTOMERS_AT_A_TIME, blocks.shop, random)
    customer = _draw_buying_visits(blocks, customers, random)
    intent = np.full(len(customer), BUY)
    steps = draw_steps(customer, intent, customers, blocks.shop, blocks.parameters, random)
    bought = steps.type == PURCHASE
    buyer = np.unique(customer[steps.visit[bought]], return_inverse=True)[1]
    items = np.zeros((buyer.max(initial=-1) + 1, len(codes)), dtype=bool)
    items[buyer, code_of[blocks.shop.category[steps.product[bought]]]] = True
    items[:, codes == ""] = False
    return items


def _draw_buying_visits(
    blocks: Blocks, customers: Customers, random: np.random.Generator
) -> NDArray[np.int64]:
    """Draw the visits with logged purchases, by customer: the process of all visits, thinned."""
    times, until = blocks.times, blocks.parameters.affinities.baskets_until
    exposure = times.exposure(times.start, to_seconds(until))[:, 0].sum(axis=0)
    buying = logistic(customers.purchase_log_odds[:, None] + times.log_odds_by_hour) @ exposure
    return np.repeat(np.arange(len(buying)), random.poisson(customers.rate * buying))
