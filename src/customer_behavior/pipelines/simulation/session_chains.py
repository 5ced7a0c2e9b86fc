"""Sessions as Markov chains of events, as they happen and as they are logged."""

from dataclasses import dataclass
from itertools import product
from typing import Self

import numpy as np
from numpy.typing import NDArray

from customer_behavior.pipelines.simulation.parameters import (
    EVENT_TYPES,
    INTENTS,
    SessionChain,
    SimulationParameters,
)

VIEW, CART, PURCHASE, END = range(4)
BUY = INTENTS.index("buy")


@dataclass(frozen=True)
class Chain:
    """A Markov chain of events: view, cart, purchase, end, in this order.

    Attributes:
        start: Chances of the first event: 4.
        steps: Chances of what follows each event: 3 by 4.
    """

    start: NDArray[np.float64]
    steps: NDArray[np.float64]

    @classmethod
    def from_parameters(cls, chain: SessionChain) -> Self:
        """Make it from the chances that are not 0."""
        start = [chain.start.get(name, 0.0) for name in EVENT_TYPES]
        rows = [chain.after_view, chain.after_cart, chain.after_purchase]
        steps = np.array([[row.get(name, 0.0) for name in EVENT_TYPES] for row in rows])
        return cls(np.array([*start, 0.0]), np.column_stack([steps, 1 - steps.sum(axis=1)]))

    def without(self, event: int) -> Self:
        """Describe what is seen of it where an event is not logged: again a Markov chain.

        A session of which nothing is seen starts with its end. Source: the censored chain, Kemeny
        and Snell, Finite Markov Chains, section 6.1.
        """
        leaving = self.steps[event].copy()
        leaving[event] = 0
        leaving /= 1 - self.steps[event, event]
        start = self.start + self.start[event] * leaving
        steps = self.steps + np.outer(self.steps[:, event], leaving)
        start[event] = 0
        steps[:, event] = 0
        return type(self)(start, steps)

    def expected_events(self) -> float:
        """Compute the expected number of events."""
        return float((self.start[:3] @ self._visits()).sum())

    def expected(self, event: int) -> float:
        """Compute the expected number of events of a type."""
        return float(self.start[:3] @ self._visits()[:, event])

    def chance_of(self, event: int) -> float:
        """Compute the chance that a session has an event of a type."""
        return float(self.start[event] + np.delete(self.start[:3], event) @ self._reaches(event))

    def chance_of_later(self, event: int) -> NDArray[np.float64]:
        """Compute the chance that an event of a type follows, by the event before: 3."""
        return self.steps[:, event] + np.delete(self.steps[:, :3], event, 1) @ self._reaches(event)

    def _visits(self) -> NDArray[np.float64]:
        return np.linalg.inv(np.eye(3) - self.steps[:, :3])

    def _reaches(self, event: int) -> NDArray[np.float64]:
        """Chance to get to an event from each of the two others."""
        others = [state for state in range(3) if state != event]
        among = self.steps[np.ix_(others, others)]
        return np.linalg.solve(np.eye(2) - among, self.steps[others, event])


@dataclass(frozen=True)
class LoggedChain:
    """What may be seen of a session with an intent, and the chance that it is this."""

    intent: int
    chance: float
    chain: Chain


def session_chains(parameters: SimulationParameters) -> list[Chain]:
    """The chain of each intent, as it happens."""
    return [Chain.from_parameters(parameters.session_chains[name]) for name in INTENTS]


def logged_chains(
    parameters: SimulationParameters, *, first_month: bool, outage: bool
) -> list[LoggedChain]:
    """What is logged of sessions: in the first month carts may be lost, in an outage purchases are.

    Returns:
        Per intent one chain, or two where carts may be lost.
    """
    found = []
    for intent, chain in enumerate(session_chains(parameters)):
        logged = chain.without(PURCHASE) if outage else chain
        lost = lost_cart_chances(parameters)[intent] if first_month else 0.0
        if lost < 1:
            found.append(LoggedChain(intent, 1 - lost, logged))
        if lost > 0:
            found.append(LoggedChain(intent, lost, logged.without(CART)))
    return found


def logged_chains_by_regime(
    parameters: SimulationParameters,
) -> dict[tuple[bool, bool], list[LoggedChain]]:
    """What is logged of sessions, by whether they are of the first month and in an outage."""
    return {
        (first_month, outage): logged_chains(parameters, first_month=first_month, outage=outage)
        for first_month, outage in product((True, False), repeat=2)
    }


def lost_cart_chances(parameters: SimulationParameters) -> NDArray[np.float64]:
    """The chance, by intent, that the carts of a session of the first month are not logged."""
    return np.array([parameters.defects.lost_carts.get(name, 0.0) for name in INTENTS])
