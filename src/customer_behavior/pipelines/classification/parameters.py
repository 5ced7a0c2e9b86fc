"""Parameters of classification."""

from typing import Annotated

from annotated_types import Len
from pydantic import Field, model_validator

from customer_behavior.parameters import Count, Parameters, Share

Positive = Annotated[float, Field(gt=0)]
Penalty = Annotated[float, Field(ge=0)]


class Features(Parameters):
    """Columns that models learn from.

    Attributes:
        amounts: Never negative, with few large values: a linear model sees 1 + their logarithm.
        numbers: Other numbers.
        categories: By text or number that is only a name, how many values are one-hot encoded.
        rates: Categories with so many values that trees see the rate of positives instead.
    """

    amounts: list[str]
    numbers: list[str]
    categories: dict[str, Count]
    rates: list[str]

    @property
    def columns(self) -> list[str]:
        """All columns, each once."""
        return list(dict.fromkeys([*self.amounts, *self.numbers, *self.categories, *self.rates]))

    def only(self, columns: list[str]) -> "Features":
        """Leave out all but some columns."""
        return Features(
            amounts=[name for name in self.amounts if name in columns],
            numbers=[name for name in self.numbers if name in columns],
            categories={name: n for name, n in self.categories.items() if name in columns},
            rates=[name for name in self.rates if name in columns],
        )


class LogisticRegressionSettings(Parameters):
    """A candidate: elastic net; ``elastic_net`` 0 is ridge, 1 is lasso."""

    penalty: Penalty
    elastic_net: Annotated[float, Field(ge=0, le=1)]
    iterations: Count


class RandomForestSettings(Parameters):
    """A candidate."""

    trees: Count
    depth: Count
    least_rows_per_leaf: Count


class GradientBoostingSettings(Parameters):
    """A candidate: each tree corrects those before it by a part, ``step``."""

    trees: Count
    depth: Count
    step: Annotated[float, Field(gt=0, le=1)]
    least_rows_per_leaf: Count


class Candidates(Parameters):
    """What is tried: a list of settings for each kind of model."""

    logistic_regression: list[LogisticRegressionSettings]
    random_forest: list[RandomForestSettings]
    gradient_boosting: list[GradientBoostingSettings]

    @model_validator(mode="after")
    def _need_one(self) -> "Candidates":
        if not (self.logistic_regression or self.random_forest or self.gradient_boosting):
            raise ValueError("at least one list must have an entry")
        return self


class TrainingParameters(Parameters):
    """What models are fitted on; see conf/base/parameters/classification.yml."""

    negatives_per_positive: Positive
    folds: Annotated[int, Field(ge=2)]
    rate_smoothing_rows: Positive
    rows_per_partition: Count
    fits_at_once: Count
    seed: int
    largest_single_auc: Annotated[float, Field(gt=0.5, le=1)]
    single_auc_rows: Count
    isotonic_positives: Count


class EvaluationParameters(Parameters):
    """How results are measured."""

    customer_groups: Annotated[int, Field(ge=2)]
    replicates: Annotated[int, Field(ge=2)]
    confidence: Share
    seed: int
    importance_rows: Count
    least_rows_of_slice: Count


class ContactParameters(Parameters):
    """What a contact costs and brings, in the currency of the prices.

    Attributes:
        when: SQL expression: the rows at which it is decided; a visit is contacted once, whatever
            the number of its rows.
    """

    when: str
    margin: Positive
    cost_per_contact: Positive
    budget: Positive


class ClassificationParameters(Parameters):
    """One use of the classification pipeline.

    Attributes:
        task: What the use is called.
        keys: Columns that name a row; the first is ``user_id``.
        label: Boolean column; null where it is not known yet.
        role: SQL expression: train, select, calibrate, test, score, or null for rows to leave out.
        usable: SQL expression: rows that models see at all.
        time: Column with the end of what is known.
        baselines: By name, an SQL expression; its values have the rate of their training rows.
        slices: By name, an SQL expression whose values are evaluated by themselves.
        least_positives: Fewer in a role (and fewer negatives) are not enough data.
    """

    task: str
    keys: Annotated[list[str], Len(1)]
    label: str
    role: str
    usable: str
    time: str
    features: Features
    baselines: Annotated[dict[str, str], Len(1)]
    slices: dict[str, str]
    least_positives: Count
    candidates: Candidates
    training: TrainingParameters
    evaluation: EvaluationParameters
    contact: ContactParameters

    @model_validator(mode="after")
    def _name_customers_first(self) -> "ClassificationParameters":
        if self.keys[0] != "user_id":
            raise ValueError("keys must begin with user_id: intervals are over customers")
        return self
