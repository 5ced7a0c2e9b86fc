"""Parameters of regression."""

from typing import Annotated

from annotated_types import Len
from pydantic import Field, model_validator

from customer_behavior.parameters import Count, Parameters, Share
from customer_behavior.pipelines.classification.parameters import GradientBoostingSettings

Positive = Annotated[float, Field(gt=0)]


class ForecastParameters(Parameters):
    """The forecast of revenue; see conf/base/parameters/regression.yml.

    Attributes:
        horizon_days: Days from the origin on that are forecast.
        peak_ratio: A day with so many times the views of the busiest usual day of two weeks before
            is a promotion, no usual day.
        least_days: Days before the first origin of the backtest.
        refit_days: The backtest fits a model anew for each so many origins.
        penalty: Of the ridge regression.
        coverage: Of the intervals.
        replicates: Draws of origins for intervals of measures.
        seed: Of these draws.
    """

    horizon_days: Count
    peak_ratio: Annotated[float, Field(gt=1)]
    least_days: Annotated[int, Field(ge=21)]
    refit_days: Count
    penalty: Positive
    coverage: Share
    replicates: Annotated[int, Field(ge=2)]
    seed: int


class LinearSettings(Parameters):
    """A candidate: ridge regression on the logarithm of the spend of those who bought."""

    penalty: Positive


class TweedieSettings(Parameters):
    """A candidate: a generalised linear model of all spend, with logarithmic link."""

    variance_power: Annotated[float, Field(gt=1, lt=2)]
    penalty: Positive
    iterations: Count


class SpendCandidates(Parameters):
    """What is tried: a list of settings for each kind of model.

    Attributes:
        two_part_linear: Purchase probability times what buyers spend, by a linear model.
        two_part_boosting: The same by gradient-boosted trees.
        tweedie: All in one, purchases and their amounts.
        gradient_boosting: Trees on what is spent, by buyers and by all others.
    """

    two_part_linear: list[LinearSettings]
    two_part_boosting: list[GradientBoostingSettings]
    tweedie: list[TweedieSettings]
    gradient_boosting: list[GradientBoostingSettings]

    @model_validator(mode="after")
    def _need_one(self) -> "SpendCandidates":
        if not any(tried for _, tried in self):
            raise ValueError("at least one list must have an entry")
        return self


class SpendParameters(Parameters):
    """Expected spend of customers; see conf/base/parameters/regression.yml.

    Attributes:
        baselines: By name, an SQL expression of columns of customer_snapshots, ``{mean_spend}`` and
            ``{mean_spend_of_buyers}`` (of the training rows).
        candidates: What is tried.
        least_share: No prediction is less than this share of ``mean_spend``.
        evaluated_rows: Measures are of at most so many rows of a role, by a hash of the customers.
        seed: Of the trees.
    """

    baselines: Annotated[dict[str, str], Len(1)]
    candidates: SpendCandidates
    least_share: Share
    evaluated_rows: Count
    seed: int


class RegressionParameters(Parameters):
    """Parameters of the pipeline."""

    customer_spend: SpendParameters
    revenue_forecast: ForecastParameters
