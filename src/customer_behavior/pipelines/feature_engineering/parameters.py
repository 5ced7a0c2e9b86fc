"""Parameters of feature engineering."""

from typing import Annotated, Literal

from annotated_types import Len
from pydantic import BaseModel, ConfigDict, Field, model_validator

Share = Annotated[float, Field(gt=0, lt=1)]
Days = Annotated[int, Field(ge=1)]
Count = Annotated[int, Field(ge=1)]


class _Parameters(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class CalendarParameters(_Parameters):
    """When features and labels are taken."""

    history_days: Days
    horizon_days: Days
    step_days: Days
    max_outage_share: Annotated[float, Field(ge=0, le=1)]


class ImputationParameters(_Parameters):
    """What fills a null."""

    categorical: Literal["hierarchical_mode", "global_mode"]
    numerical: Literal["mean"]


class CustomerParameters(_Parameters):
    """What is summed up of customers and visits, and who is taken for a program."""

    idle_seconds: Count
    bot_sessions_per_day: Count
    bot_events_per_day: Count
    bot_gaps: Count
    bot_gap_seconds: int = Field(ge=0)
    bot_quick_share: Annotated[float, Field(gt=0, le=1)]
    windows: Annotated[list[Days], Len(1)]
    smoothing_events: float = Field(gt=0)


class PrefixParameters(_Parameters):
    """At which events of a visit the question is asked whether it will end in a purchase."""

    events_seen: Annotated[list[Count], Len(1)]
    label_hours: Count
    train_share: Share
    validation_share: Share

    @model_validator(mode="after")
    def _leave_something_for_test(self) -> "PrefixParameters":
        if self.train_share + self.validation_share >= 1:
            raise ValueError("train_share and validation_share leave nothing for test")
        return self


class BasketParameters(_Parameters):
    """What a basket consists of."""

    event_types: Annotated[list[str], Len(1)]
    item: Literal["category_code", "category_l1", "brand", "product_id"]


class FeatureParameters(_Parameters):
    """Parameters of feature engineering: see conf/base/parameters/feature_engineering.yml."""

    calendar: CalendarParameters
    imputation: ImputationParameters
    customers: CustomerParameters
    prefixes: PrefixParameters
    baskets: BasketParameters

    @model_validator(mode="after")
    def _look_no_further_back_than_the_history(self) -> "FeatureParameters":
        longest = max(self.customers.windows)
        if longest > self.calendar.history_days:
            raise ValueError(
                f"customers.windows has {longest} days, calendar.history_days only "
                f"{self.calendar.history_days}"
            )
        return self
