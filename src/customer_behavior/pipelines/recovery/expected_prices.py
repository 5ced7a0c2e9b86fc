"""The expected price of a simulated customer's next product, given those looked at."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from customer_behavior.pipelines.recovery.observed_visits import sum_by
from customer_behavior.pipelines.simulation.session_chains import VIEW
from customer_behavior.pipelines.simulation.shop import Shop

_CUSTOMERS_AT_A_TIME = 1_000


def expected_prices(ordered_events: pd.DataFrame, shop: Shop) -> NDArray[np.float64]:
    """Compute the expected price of each customer's next product, from those of the past.

    Args:
        ordered_events: Events from ``order_events``.
        shop: The shop of the simulation.

    Returns:
        One price per customer, in the order of ``customer``.
    """
    events = ordered_events
    position = dict(zip(shop.category_id.tolist(), range(len(shop.category_id)), strict=True))
    category = events["category_id"].map(position).to_numpy()
    customer, kind = events["customer"].to_numpy(), events["kind"].to_numpy()
    first = events["position"].to_numpy() == 0
    product = events["product_id"].to_numpy()
    repeats = np.append(False, (product[1:] == product[:-1]) & (kind[1:] != kind[:-1]))
    is_new = first | (kind == VIEW) | ~repeats
    same = np.append(False, category[1:] == category[:-1]) & ~first
    price = np.nan_to_num(events["price"].to_numpy(dtype=float))
    tiers = _price_tiers(shop, category, price)
    has_price = is_new & (price > 0)
    log_tier = np.log(np.maximum(shop.tier_chances(), 1e-300))
    seen = np.zeros((customer.max(initial=-1) + 1, len(log_tier)))
    np.add.at(seen, (customer[has_price], tiers[has_price]), 1)
    tier = _softmax(seen @ log_tier.T)
    by_tier = _prices_by_tier(customer[is_new], category[is_new], same[is_new], shop)
    return (by_tier * tier).sum(axis=1)


def _price_tiers(
    shop: Shop, category: NDArray[np.int64], price: NDArray[np.float64]
) -> NDArray[np.int64]:
    """Tell the tier of products by their price: tiers are ranges of price within a category."""
    tiers = shop.mean_prices().shape[1]
    shelf = shop.category * tiers + shop.tier
    highest = np.zeros(len(shop.category_id) * tiers)
    np.maximum.at(highest, shelf, shop.price)
    return (price[:, None] > highest.reshape(-1, tiers)[category][:, :-1]).sum(axis=1)


def _prices_by_tier(
    customer: NDArray[np.int64],
    category: NDArray[np.int64],
    is_same: NDArray[np.bool_],
    shop: Shop,
) -> NDArray[np.float64]:
    """Expected price for each customer and price tier, given the categories looked at.

    They give a posterior of interest and affinity: the first category of a visit is drawn; then the
    next is the same with a known chance, else drawn again.
    """
    prices = shop.expected_prices()
    prices = prices.reshape(-1, prices.shape[2])
    chance = shop.category_chances()
    chance = chance.reshape(-1, chance.shape[2])
    stays = shop.same_category_chance
    drawn = np.log(np.maximum(chance, 1e-300)).T
    same = np.log(stays + (1 - stays) * chance).T
    prior = np.log(np.maximum(shop.taste_shares().ravel(), 1e-300))
    expected = [np.empty((0, prices.shape[1]))]
    for first in range(0, customer.max(initial=-1) + 1, _CUSTOMERS_AT_A_TIME):
        inside = slice(*np.searchsorted(customer, [first, first + _CUSTOMERS_AT_A_TIME]))
        seen = np.where(is_same[inside, None], same[category[inside]], drawn[category[inside]])
        expected.append(_softmax(prior + sum_by(customer[inside], seen)) @ prices)
    return np.concatenate(expected)


def _softmax(logarithms: NDArray[np.float64]) -> NDArray[np.float64]:
    weights = np.exp(logarithms - logarithms.max(axis=1, keepdims=True))
    return weights / weights.sum(axis=1, keepdims=True)
