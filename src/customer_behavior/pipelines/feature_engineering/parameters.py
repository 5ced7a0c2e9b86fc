"""Parameters of feature engineering."""

from typing import Annotated, Literal

from annotated_types import Len
from pydantic import Field, model_validator

from customer_behavior.parameters import Count, Parameters, Share

Days = Count


class CalendarParameters(Parameters):
    """When features and labels are taken."""

    history_days: Days
    horizon_days: Days
    step_days: Days
    max_outage_share: Annotated[float, Field(ge=0, le=1)]


class ImputationParameters(Parameters):
    """What fills a null."""

    categorical: Literal["hierarchical_mode", "global_mode"]
    numerical: Literal["mean"]


class CustomerParameters(Parameters):
    """What is summed up of customers and visits, and who is taken for a program."""

    idle_seconds: Count
    bot_sessions_per_day: Count
    bot_events_per_day: Count
    bot_gaps: Count
    bot_gap_seconds: int = Field(ge=0)
    bot_quick_share: Annotated[float, Field(gt=0, le=1)]
    windows: Annotated[list[Days], Len(1)]
    long_run_days: Days
    smoothing_events: float = Field(gt=0)


class PrefixParameters(Parameters):
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


class BasketParameters(Parameters):
    """What a basket consists of."""

    event_types: Annotated[list[str], Len(1)]
    item: Literal["category_code", "category_l1", "category_l2", "brand", "product_id"]


class FeatureParameters(Parameters):
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

    @model_validator(mode="after")
    def _reach_over_the_history_in_the_long_run(self) -> "FeatureParameters":
        long_run, history = self.customers.long_run_days, self.calendar.history_days
        if long_run < history:
            raise ValueError(
                f"customers.long_run_days has {long_run} days, calendar.history_days {history}"
            )
        return self
