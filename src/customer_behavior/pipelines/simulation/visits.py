"""Visits of customers and their events, as they happen."""

import binascii
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from customer_behavior.pipelines.simulation.calendar import DAY, VisitingTimes, hour_of_day
from customer_behavior.pipelines.simulation.parameters import SimulationParameters
from customer_behavior.pipelines.simulation.population import (
    BOT,
    Customers,
    Population,
    logistic,
)
from customer_behavior.pipelines.simulation.session_chains import (
    END,
    VIEW,
    lost_cart_chances,
    session_chains,
)
from customer_behavior.pipelines.simulation.shop import Shop

#: A session id that is used again after so many seconds lasts too long.
LASTING = 7 * DAY


@dataclass(frozen=True)
class Visits:
    """Visits, sorted by customer and time; each array has an element per visit.

    Attributes:
        customer: Position in the customers.
        started_at: Time of the first event, in seconds since 1970.
        purchase_probability: Chance of the intent to buy, given the customer and the hour.
        intent: Position in ``INTENTS``.
        loses_carts: Whether cart events are not logged.
        session: Position of the visit whose session id this one has; mostly its own.
        session_id: The ids, 36 bytes each.
    """

    customer: NDArray[np.int64]
    started_at: NDArray[np.int64]
    purchase_probability: NDArray[np.float64]
    intent: NDArray[np.int64]
    loses_carts: NDArray[np.bool_]
    session: NDArray[np.int64]
    session_id: NDArray[np.uint8]

    def session_text(self) -> pa.Array:
        """Session ids as text."""
        ids = pa.py_buffer(np.ascontiguousarray(self.session_id))
        found = pa.FixedSizeBinaryArray.from_buffers(
            pa.binary(self.session_id.shape[1]), len(self.session_id), [None, ids]
        )
        return found.cast(pa.binary()).cast(pa.string())


@dataclass(frozen=True)
class VisitEvents:
    """Events, sorted by visit and time; each array has an element per event.

    Attributes:
        visit: Position in the visits.
        type: Position in ``EVENT_TYPES``.
        time: In seconds since 1970.
        product: Position in the products of the shop.
    """

    visit: NDArray[np.int64]
    type: NDArray[np.int64]
    time: NDArray[np.int64]
    product: NDArray[np.int64]

    def only(self, selected: NDArray[np.bool_]) -> "VisitEvents":
        """Take some of them."""
        return VisitEvents(
            self.visit[selected], self.type[selected], self.time[selected], self.product[selected]
        )


@dataclass(frozen=True)
class Steps:
    """What happens in visits, sorted by visit and order; each array has an element per event.

    Attributes:
        visit: Position in the visits.
        type: Position in ``EVENT_TYPES``.
        is_first: Whether it begins its visit.
        product: Position in the products of the shop.
    """

    visit: NDArray[np.int64]
    type: NDArray[np.int64]
    is_first: NDArray[np.bool_]
    product: NDArray[np.int64]


def draw_visits(
    customers: Customers,
    population: Population,
    times: VisitingTimes,
    parameters: SimulationParameters,
    random: np.random.Generator,
) -> Visits:
    """Draw the visits of customers: a Poisson process with each one's own rate.

    A visit's intent depends on the customer and the hour alone, not on the past.
    """
    customer = np.repeat(np.arange(len(customers.rate)), random.poisson(customers.rate))
    started_at = times.draw(len(customer), random)
    order = np.lexsort([started_at, customer])
    customer, started_at = customer[order], started_at[order]
    probability = logistic(
        customers.purchase_log_odds[customer] + times.log_odds_by_hour[hour_of_day(started_at)]
    )
    intent = population.draw_intents(customers.type[customer], probability, random)
    loses_carts = times.is_first_month(started_at) & (
        random.random(len(customer)) < lost_cart_chances(parameters)[intent]
    )
    session = _share_sessions(customer, started_at, parameters, random)
    session_id = _draw_session_ids(len(customer), random)[session]
    return Visits(customer, started_at, probability, intent, loses_carts, session, session_id)


def draw_events(
    visits: Visits,
    customers: Customers,
    shop: Shop,
    parameters: SimulationParameters,
    random: np.random.Generator,
) -> VisitEvents:
    """Draw the events of visits, whatever of them is logged later."""
    steps = draw_steps(visits.customer, visits.intent, customers, shop, parameters, random)
    is_bot = (customers.type == BOT)[visits.customer[steps.visit]]
    pause = np.where(steps.is_first, 0, _draw_pauses(is_bot, parameters, random))
    waited = np.cumsum(pause)
    first = np.flatnonzero(steps.is_first)
    since_start = waited - np.repeat(waited[first], np.diff(np.append(first, len(waited))))
    time = visits.started_at[steps.visit] + since_start
    return VisitEvents(steps.visit, steps.type, time, steps.product)


def draw_steps(
    customer: NDArray[np.int64],
    intent: NDArray[np.int64],
    customers: Customers,
    shop: Shop,
    parameters: SimulationParameters,
    random: np.random.Generator,
) -> Steps:
    """Draw what happens in visits, whenever it does, given their customers and intents."""
    visit, position, kind = _draw_types(intent, parameters, random)
    is_first = position == 0
    owner = customer[visit]
    product = _draw_products(owner, kind, is_first, customers, shop, parameters, random)
    return Steps(visit, kind, is_first, product)


def _share_sessions(
    customer: NDArray[np.int64],
    started_at: NDArray[np.int64],
    parameters: SimulationParameters,
    random: np.random.Generator,
) -> NDArray[np.int64]:
    """Let some visits have the session id of another customer, or of the own past.

    Each id is lent once at most, so that what is planted can be counted.
    """
    number = len(customer)
    session = np.arange(number)
    if number == 0:
        return session
    chance = random.random(number)
    lender = random.integers(0, number, number)
    defects = parameters.defects
    wants_other = chance < defects.shared_sessions
    wants_own = ~wants_other & (chance < defects.shared_sessions + defects.lasting_sessions)
    first_visit = np.searchsorted(customer, customer)
    involved = np.zeros(number, dtype=bool)
    for visit in np.flatnonzero(wants_other | wants_own):
        other = lender[visit] if wants_other[visit] else first_visit[visit]
        fits = (
            customer[other] != customer[visit]
            if wants_other[visit]
            else started_at[visit] - started_at[other] >= LASTING
        )
        if fits and not involved[visit] and not involved[other]:
            session[visit] = other
            involved[[visit, other]] = True
    return session


def _draw_session_ids(number: int, random: np.random.Generator) -> NDArray[np.uint8]:
    """Draw random ids of the form 72d76fde-8bb3-4e00-8c23-a032dfed738c, 36 bytes each."""
    digits = np.frombuffer(binascii.hexlify(random.bytes(16 * number)), np.uint8)
    digits = digits.reshape(number, 32)
    found = np.full((number, 36), ord("-"), np.uint8)
    places = [i for i in range(36) if i not in (8, 13, 18, 23)]
    found[:, places] = digits
    found[:, 14] = ord("4")  # random ids are version 4
    return found


def _draw_types(
    intent: NDArray[np.int64], parameters: SimulationParameters, random: np.random.Generator
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Follow the Markov chains of all visits step by step; sorted by visit and position."""
    chains = session_chains(parameters)
    starts = np.cumsum([chain.start for chain in chains], axis=1)
    steps = np.cumsum([chain.steps for chain in chains], axis=2)
    visit = np.arange(len(intent))
    state = _draw_states(starts[intent], random)
    found = []
    while len(visit):
        found.append((visit, state))
        state = _draw_states(steps[intent[visit], state], random)
        goes_on = state != END
        visit, state = visit[goes_on], state[goes_on]
    position = np.repeat(np.arange(len(found)), [len(visits) for visits, _ in found])
    visits = np.concatenate([visits for visits, _ in found] or [visit])
    states = np.concatenate([states for _, states in found] or [state])
    order = np.argsort(visits, kind="stable")
    return visits[order], position[order], states[order]


def _draw_states(cumulative: NDArray[np.float64], random: np.random.Generator) -> NDArray[np.int64]:
    return (random.random(len(cumulative))[:, None] >= cumulative[:, :END]).sum(axis=1)


def _draw_products(
    owner: NDArray[np.int64],
    kind: NDArray[np.int64],
    is_first: NDArray[np.bool_],
    customers: Customers,
    shop: Shop,
    parameters: SimulationParameters,
    random: np.random.Generator,
) -> NDArray[np.int64]:
    """Draw a product for each event.

    A cart or purchase is of the product before it; a view, a first event, or a repeated cart or
    purchase is of a new one, in most cases of the same category.
    """
    same_kind = np.append(False, kind[1:] == kind[:-1])
    is_new = (kind == VIEW) | is_first | same_kind
    stays = random.random(len(kind)) < parameters.products.same_category_chance
    changes_category = is_new & (is_first | ~stays)
    who = owner[changes_category]
    drawn = shop.draw_categories(customers.interest[who], customers.pair[who], random)
    category = drawn[np.cumsum(changes_category) - 1][is_new]
    product = shop.draw_products(category, customers.tier[owner[is_new]], random)
    return product[np.cumsum(is_new) - 1]


def _draw_pauses(
    is_bot: NDArray[np.bool_],
    parameters: SimulationParameters,
    random: np.random.Generator,
) -> NDArray[np.int64]:
    """Draw the seconds before each event; a program needs one or two."""
    pause, number = parameters.pause, len(is_bot)
    is_interruption = random.random(number) < pause.interruption_chance
    median = np.where(is_interruption, pause.interruption_median, pause.median)
    drawn = median * np.exp(pause.sd_of_log * random.standard_normal(number))
    human = drawn.clip(1, pause.longest).astype(np.int64)
    return np.where(is_bot, random.integers(1, 3, number), human)
