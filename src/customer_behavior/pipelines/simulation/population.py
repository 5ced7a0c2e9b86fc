"""The customers of the shop: the law that they are drawn from."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from customer_behavior.pipelines.simulation.calendar import VisitingTimes
from customer_behavior.pipelines.simulation.parameters import (
    CUSTOMER_TYPES,
    INTENTS,
    SimulationParameters,
)
from customer_behavior.pipelines.simulation.session_chains import (
    BUY,
    session_chains,
)
from customer_behavior.pipelines.simulation.shop import Shop

#: Type of a customer that is a program, behind those of ``CUSTOMER_TYPES``.
BOT = len(CUSTOMER_TYPES)
FIRST_USER_ID = 512_000_000

_BROWSE = INTENTS.index("browse")


@dataclass(frozen=True)
class Customers:
    """Customers; each array has an element per customer.

    Attributes:
        user_id: The id.
        type: Position in ``CUSTOMER_TYPES``, or ``BOT``.
        rate: Expected sessions in the whole calendar.
        purchase_log_odds: Log-odds of the intent to buy in an average hour.
        interest: Main interest, a position in ``Shop.interests``.
        pair: Affinity, a position in ``Shop.pairs``; -1 for none.
        tier: Own price tier, from 0.
    """

    user_id: NDArray[np.int64]
    type: NDArray[np.int64]
    rate: NDArray[np.float64]
    purchase_log_odds: NDArray[np.float64]
    interest: NDArray[np.int64]
    pair: NDArray[np.int64]
    tier: NDArray[np.int64]


class Population:
    """The law of customers and of the intents of their sessions."""

    def __init__(self, parameters: SimulationParameters) -> None:
        """Prepare the law."""
        self._parameters = parameters
        self._shares = np.array([kind.share for kind in parameters.types])
        self._least = np.array([kind.least_sessions for kind in parameters.types])
        self._means = np.array([kind.purchase_log_odds.mean for kind in parameters.types])
        self._sds = np.array([kind.purchase_log_odds.sd for kind in parameters.types])
        #: Chances of the intents but ``buy``, by type, where there is no intent to buy.
        self.other_intents = np.array(
            [[kind.intents.get(name, 0.0) for name in INTENTS[:-1]] for kind in parameters.types]
        )

    def draw(self, first: int, number: int, shop: Shop, random: np.random.Generator) -> Customers:
        """Draw customers, ``first`` being the number of the first of them."""
        bots = self._parameters.defects.bots
        kind = random.choice(BOT, number, p=self._shares)
        rate = self.rate_quantile(kind, random.random(number))
        log_odds = self._means[kind] + self._sds[kind] * random.standard_normal(number)
        interest, pair, tier = shop.draw_tastes(number, random)
        is_bot = random.random(number) < bots.share
        return Customers(
            user_id=FIRST_USER_ID + first + np.arange(number),
            type=np.where(is_bot, BOT, kind),
            rate=np.where(is_bot, bots.sessions, rate),
            purchase_log_odds=np.where(is_bot, -np.inf, log_odds),
            interest=interest,
            pair=pair,
            tier=tier,
        )

    def draw_intents(
        self,
        kind: NDArray[np.int64],
        purchase_probability: NDArray[np.float64],
        random: np.random.Generator,
    ) -> NDArray[np.int64]:
        """Draw the intents of sessions, given the type of their customers."""
        cumulative = np.cumsum(self.other_intents, axis=1)[np.minimum(kind, BOT - 1)]
        other = (random.random(len(kind))[:, None] > cumulative[:, :-1]).sum(axis=1)
        other = np.where(kind == BOT, _BROWSE, other)
        return np.where(random.random(len(kind)) < purchase_probability, BUY, other)

    def rate_quantile(self, kind: NDArray[np.int64], share: NDArray[np.float64]) -> NDArray:
        """Quantiles of the Pareto law of rates, cut off at ``most_sessions``."""
        least, exponent = self._least[kind], self._parameters.rate_exponent
        in_range = 1 - (least / self._parameters.most_sessions) ** exponent
        return least * (1 - share * in_range) ** (-1 / exponent)

    def expected_events(self) -> float:
        """Compute how many events a customer is expected to have, before any are lost.

        Bots are among the customers.
        """
        events = np.array([c.expected_events() for c in session_chains(self._parameters)])
        share = (np.arange(10_000) + 0.5) / 10_000
        total = 0.0
        for kind, of_all in enumerate(self._shares):
            rate = self.rate_quantile(np.full(len(share), kind), share).mean()
            buying = self._mean_purchase_probability(kind)
            other = self.other_intents[kind] @ events[:BUY]
            total += of_all * rate * (buying * events[BUY] + (1 - buying) * other)
        bots = self._parameters.defects.bots
        return (1 - bots.share) * total + bots.share * bots.sessions * float(events[_BROWSE])

    def number_of_customers(self) -> int:
        """Compute how many customers lead to about the wanted number of events."""
        return max(1, round(self._parameters.events / self.expected_events()))

    def _mean_purchase_probability(self, kind: int) -> float:
        """Mean chance of the intent to buy over the visits of the customers of a type."""
        nodes, weights = standard_normal_grid(201)
        log_odds = self._means[kind] + self._sds[kind] * nodes
        times = VisitingTimes(self._parameters)
        by_hour = logistic(log_odds[:, None] + times.log_odds_by_hour)
        hours = times.exposure(times.start, times.end).sum(axis=(0, 1))
        return float(weights @ by_hour @ hours)


def standard_normal_grid(number: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Points of the standard normal law and their weights, which sum to 1."""
    points = np.linspace(-5, 5, number)
    weights = np.exp(-(points**2) / 2)
    return points, weights / weights.sum()


def logistic(log_odds: NDArray[np.float64]) -> NDArray[np.float64]:
    """Turn log-odds into a probability."""
    return 1 / (1 + np.exp(-log_odds))
