"""Parameters of the simulation."""

import hashlib
import json
from datetime import date, timedelta
from functools import cached_property
from typing import Annotated, Any, Literal, Self

from pydantic import Field, NaiveDatetime, model_validator

from customer_behavior.parameters import Parameters

#: Events of a session, in the order of all matrices.
EVENT_TYPES = ("view", "cart", "purchase")
#: What a session is for, in the order of all arrays; the last leads to a purchase.
INTENTS = ("glance", "browse", "explore", "abandon", "buy")
#: The hidden types of customers, in the order of all arrays.
CUSTOMER_TYPES = ("browser", "cart_abandoner", "occasional_buyer", "frequent_buyer")

Probability = Annotated[float, Field(ge=0, le=1)]
_EventType = Literal["view", "cart", "purchase"]
_TOLERANCE = 1e-9


class SimulationError(Exception):
    """Parameters that are right one by one, and cannot be met together."""


class Calendar(Parameters):
    """When customers come: rows by day, sessions and purchases by hour of the day (UTC)."""

    first_day: date
    daily_events: list[Annotated[float, Field(gt=0)]] = Field(min_length=1)
    hourly_sessions: list[Annotated[float, Field(gt=0)]] = Field(min_length=24, max_length=24)
    hourly_purchase_percent: list[Annotated[float, Field(gt=0)]] = Field(
        min_length=24, max_length=24
    )

    @property
    def days(self) -> int:
        """Number of days."""
        return len(self.daily_events)

    @property
    def months(self) -> list[str]:
        """The months that the days lie in, such as ``2019-10``, in order."""
        days = (self.first_day + timedelta(days=day) for day in range(self.days))
        return sorted({day.strftime("%Y-%m") for day in days})


class LogOdds(Parameters):
    """A normal law of log-odds."""

    mean: float
    sd: float = Field(gt=0)


class CustomerType(Parameters):
    """The law of the customers of a type."""

    share: Probability
    least_sessions: float = Field(gt=0)
    purchase_log_odds: LogOdds
    intents: dict[Literal["glance", "browse", "explore", "abandon"], Probability]

    @model_validator(mode="after")
    def _sums_up(self) -> Self:
        if abs(sum(self.intents.values()) - 1) > _TOLERANCE:
            raise ValueError("the chances of 'intents' must add up to 1")
        return self


class SessionChain(Parameters):
    """Chances of the first event, and of the event after each; what is missing to 1 is the end."""

    start: dict[_EventType, Probability]
    after_view: dict[_EventType, Probability]
    after_cart: dict[_EventType, Probability]
    after_purchase: dict[_EventType, Probability]

    @model_validator(mode="after")
    def _is_a_chain_that_ends(self) -> Self:
        if abs(sum(self.start.values()) - 1) > _TOLERANCE:
            raise ValueError("the chances of 'start' must add up to 1")
        following = {name: getattr(self, f"after_{name}") for name in EVENT_TYPES}
        for name, chances in following.items():
            if sum(chances.values()) > 1 + _TOLERANCE:
                raise ValueError(f"the chances of 'after_{name}' add up to more than 1")
        ends = {name for name in EVENT_TYPES if sum(following[name].values()) < 1 - _TOLERANCE}
        for _ in EVENT_TYPES:
            ends |= {name for name in EVENT_TYPES if ends & following[name].keys()}
        if never := set(EVENT_TYPES) - ends:
            raise ValueError(f"after a {min(never)} the session never ends")
        return self


class Pause(Parameters):
    """Seconds between two events of a session."""

    median: float = Field(gt=0)
    sd_of_log: float = Field(gt=0)
    longest: int = Field(ge=1)
    interruption_chance: Probability
    interruption_median: float = Field(gt=0)


class Products(Parameters):
    """What the shop sells, and how customers choose from it."""

    products: int = Field(ge=1)
    category_codes: list[str] = Field(min_length=1)
    category_ids: int = Field(ge=1)
    without_code_share: Probability
    brands: int = Field(ge=1)
    without_brand_share: Probability
    price_quantiles: dict[float, float]
    category_exponent: float = Field(ge=0)
    product_exponent: float = Field(ge=0)
    brand_exponent: float = Field(ge=0)
    price_tiers: int = Field(ge=1)
    own_tier_chance: Probability
    interest_strength: float = Field(ge=1)
    same_category_chance: Probability

    @model_validator(mode="after")
    def _has_prices(self) -> Self:
        shares, prices = zip(*sorted(self.price_quantiles.items()) or [(0, 0)], strict=True)
        if shares[0] != 0 or shares[-1] != 1:
            raise ValueError("'price_quantiles' must give the prices at 0.0 and at 1.0")
        if prices[0] <= 0 or list(prices) != sorted(prices):
            raise ValueError("'price_quantiles' must be above 0 and not fall")
        return self


class Affinities(Parameters):
    """Pairs of categories that some customers buy from."""

    pairs: int = Field(ge=0)
    customer_share: Probability
    strength: Probability
    baskets_until: date
    simulated_baskets: int = Field(ge=1)


class Bots(Parameters):
    """Customers that are programs."""

    share: Probability
    sessions: float = Field(gt=0)


class Defects(Parameters):
    """What is wrong with the data; a share of 0 turns a defect off."""

    duplicates: dict[_EventType, Probability]
    repetitions: float = Field(ge=1)
    lost_carts: dict[Literal["buy", "abandon"], Probability]
    purchase_outages: list[tuple[NaiveDatetime, NaiveDatetime]]
    zero_price_views: Probability
    shared_sessions: Probability
    lasting_sessions: Probability
    bots: Bots
    malformed_lines: Probability
    truncated_last_line: bool

    @model_validator(mode="after")
    def _has_outages_that_end(self) -> Self:
        for begin, end in self.purchase_outages:
            if begin >= end:
                raise ValueError(f"the purchase outage of {begin} ends before it begins")
        return self


class SimulationParameters(Parameters):
    """Parameters of the simulation: see conf/base/parameters/simulation.yml."""

    events: int = Field(ge=1)
    output: str = ""
    compression: Literal["none", "gzip"] = "none"
    seed: int = Field(ge=0)
    calendar: Calendar
    rate_exponent: float = Field(gt=1)
    most_sessions: float = Field(gt=0)
    customer_types: dict[
        Literal["browser", "cart_abandoner", "occasional_buyer", "frequent_buyer"], CustomerType
    ] = Field(min_length=4)
    session_chains: dict[Literal["glance", "browse", "explore", "abandon", "buy"], SessionChain] = (
        Field(min_length=5)
    )
    pause: Pause
    products: Products
    affinities: Affinities
    defects: Defects
    customers_per_block: int = Field(ge=1)

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if self.affinities.pairs and self.affinities.baskets_until <= self.calendar.first_day:
            raise ValueError("'affinities.baskets_until' must lie behind 'calendar.first_day'")
        if abs(sum(kind.share for kind in self.customer_types.values()) - 1) > _TOLERANCE:
            raise ValueError("the shares of 'customer_types' must add up to 1")
        return self

    def describe_law(self) -> dict[str, Any]:
        """All but what only says where to write and how."""
        return self.model_dump(mode="json", exclude={"output", "compression"})

    @cached_property
    def law_id(self) -> str:
        """Names the law by all of its parameters."""
        text = json.dumps(self.describe_law(), sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:16]

    @cached_property
    def types(self) -> list[CustomerType]:
        """The customer types, in the order of all arrays."""
        return [self.customer_types[name] for name in CUSTOMER_TYPES]
