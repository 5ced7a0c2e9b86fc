"""Parameters of exploration."""

from typing import Annotated

from pydantic import AfterValidator, Field

from customer_behavior.parameters import Parameters, Share


def _check_rising(numbers: list[float]) -> list[float]:
    if numbers != sorted(set(numbers)):
        raise ValueError(f"{numbers} does not rise")
    return numbers


_Days = Annotated[list[Annotated[int, Field(gt=0)]], Field(min_length=1)]


class ExplorationParameters(Parameters):
    """Parameters of exploration: see conf/base/parameters/exploration.yml."""

    confidence: Share
    most_items: int = Field(gt=0)
    customer_groups: int = Field(gt=1)
    min_sessions: int = Field(gt=0)
    min_events: int = Field(gt=0)
    percentiles: Annotated[list[Share], Field(min_length=1), AfterValidator(_check_rising)]
    activity_days: Annotated[_Days, AfterValidator(_check_rising)]
    repeat_days: Annotated[_Days, AfterValidator(_check_rising)]
    price_change: float = Field(gt=0)
    most_changes: int = Field(gt=0)
