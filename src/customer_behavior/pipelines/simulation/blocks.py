"""Blocks of customers, each drawn from a seed of its own."""

from dataclasses import dataclass

import numpy as np

from customer_behavior.pipelines.simulation.calendar import VisitingTimes
from customer_behavior.pipelines.simulation.parameters import SimulationParameters
from customer_behavior.pipelines.simulation.population import Customers, Population
from customer_behavior.pipelines.simulation.shop import Shop
from customer_behavior.pipelines.simulation.visits import (
    VisitEvents,
    Visits,
    draw_events,
    draw_visits,
)


@dataclass(frozen=True)
class Block:
    """Some customers and their visits.

    Attributes:
        customers: The customers.
        visits: Their visits.
        random: The block's generator, to draw on from it.
    """

    customers: Customers
    visits: Visits
    random: np.random.Generator


class Blocks:
    """All customers in blocks of equal size, so that any block can be drawn alone and again.

    Attributes:
        parameters, times, shop, population: The laws.
        customers: Number of customers.
    """

    def __init__(self, parameters: SimulationParameters) -> None:
        """Prepare the laws."""
        self.parameters = parameters
        self.times = VisitingTimes(parameters)
        self.shop = Shop(parameters)
        self.population = Population(parameters)
        self.customers = self.population.number_of_customers()

    @property
    def number(self) -> int:
        """Number of blocks."""
        return -(-self.customers // self.parameters.customers_per_block)

    def draw(self, number: int) -> Block:
        """Draw the customers and visits of a block, numbered from 0."""
        random = np.random.default_rng([self.parameters.seed, 1, number])
        size = self.parameters.customers_per_block
        first = number * size
        customers = self.population.draw(
            first, min(size, self.customers - first), self.shop, random
        )
        visits = draw_visits(customers, self.population, self.times, self.parameters, random)
        return Block(customers, visits, random)

    def draw_with_events(self, number: int) -> tuple[Block, VisitEvents]:
        """Draw a block and the events of its visits."""
        block = self.draw(number)
        events = draw_events(
            block.visits, block.customers, self.shop, self.parameters, block.random
        )
        return block, events
