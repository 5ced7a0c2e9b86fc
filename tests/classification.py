"""Examples to classify, drawn from a known law, and all that classification makes of them."""

import datetime
from copy import deepcopy

import numpy as np
import pandas as pd
import yaml
from pyspark.sql import DataFrame

from conftest import PROJECT
from customer_behavior.pipelines.classification.parameters import ClassificationParameters
from customer_behavior.pipelines.classification.pipeline import create_pipeline
from features import feature_parameters

SMALL = {
    "features": {
        "amounts": ["visits", "carts"],
        "numbers": ["days_away", "usual_hour"],
        "categories": {"brand": 4},
        "rates": ["brand"],
    },
    "baselines": {"prior": "'all'", "recency": "FLOOR(days_away / 3)", "has_cart": "carts > 0"},
    "slices": {"visits": "LEAST(visits, 12)", "brand": "brand"},
    "least_positives": 20,
    "candidates": {
        "logistic_regression": [{"penalty": 0.002, "elastic_net": 0.5, "iterations": 10}],
        "random_forest": [{"trees": 5, "depth": 3, "least_rows_per_leaf": 5}],
        "gradient_boosting": [{"trees": 5, "depth": 2, "step": 0.3, "least_rows_per_leaf": 5}],
    },
    "training": {"negatives_per_positive": 2, "rate_smoothing_rows": 20},
    "evaluation": {"replicates": 100, "customer_groups": 50, "least_rows_of_slice": 80},
}
LEDGER = {"source_id": "abc"}
BRANDS = {"apple": 1.0, "samsung": 0.4, "lg": 0.0, "sony": -0.3, "lego": -0.8}
ROLES = ("train", "train", "train", "validation", "test", "score")
EXAMPLES = (
    "user_id long, snapshot_date date, role string, visits long, carts long, days_away double, "
    "usual_hour double, brand string, is_suspected_bot boolean, purchased_next boolean"
)
_WHOLE = ("features", "baselines", "slices", "candidates")


def classification_parameters(use="customer_propensity", **changes):
    """The project's parameters; a change of a mapping changes the keys that it names."""
    file = PROJECT / "conf/base/parameters/classification.yml"
    settings = deepcopy(yaml.safe_load(file.read_text())["classification"][use])
    for name, value in changes.items():
        both = isinstance(value, dict) and name not in _WHOLE
        settings[name] = settings[name] | value if both else value
    return ClassificationParameters.model_validate(settings)


def small_parameters(**changes):
    """Parameters for the columns of ``make_examples``, of models that are fitted soon."""
    settings = deepcopy(SMALL)
    for name, value in changes.items():
        both = isinstance(value, dict) and name in settings
        settings[name] = settings[name] | value if both else value
    return classification_parameters(**settings)


def draw_examples(rows=6000, seed=1):
    """Draw customers at six weekly snapshots, as a pandas table; one in 50 is a bot.

    Who buys depends on visits, the days since the last one and the brand, not on the hour; carts
    only go with visits. About one in seven buys.
    """
    random = np.random.default_rng(seed)
    customers = rows // len(ROLES)
    user, week = np.divmod(np.arange(customers * len(ROLES)), len(ROLES))
    number = len(user)
    visits = np.floor(random.lognormal(1.0, 1.0, number)).astype(int)
    days_away = random.exponential(4.0, number)
    brand = random.choice(list(BRANDS), number)
    log_odds = -3.2 + 1.1 * np.log1p(visits) - 0.15 * days_away + pd.Series(brand).map(BRANDS)
    half = np.where(random.random(customers) < 0.5, "select", "calibrate")[user]
    role = np.array(ROLES)[week]
    bought = random.random(number) < 1 / (1 + np.exp(-log_odds))
    return pd.DataFrame(
        {
            "user_id": user,
            "snapshot_date": [
                datetime.date(2019, 10, 20) + datetime.timedelta(7 * int(w)) for w in week
            ],
            "role": np.where(role == "validation", half, role),
            "visits": visits,
            "carts": random.binomial(visits, 0.2),
            "days_away": days_away,
            "usual_hour": random.uniform(0, 24, number),
            "brand": brand,
            "is_suspected_bot": (random.random(customers) < 0.02)[user],
            "purchased_next": np.where(role == "score", None, bought),
        }
    )


def as_examples(spark, table, schema=EXAMPLES):
    """A pandas table of examples in Spark; what is missing is null."""
    rows = table.astype(object).where(table.notna(), None)
    return spark.createDataFrame(rows.values.tolist(), schema).localCheckpoint()


def make_examples(spark, rows=6000, seed=1):
    return as_examples(spark, draw_examples(rows, seed))


class Classification:
    """All that the pipeline makes of examples; each output is made when it is asked for."""

    def __init__(self, examples, settings=None, **given):
        self.examples = examples
        self.settings = settings or small_parameters()
        self._made = dict(given)

    def __getattr__(self, name):
        if name.startswith("_"):
            raise AttributeError(name)
        if name not in self._made:
            (node,) = [node for node in _nodes() if f"customer_propensity.{name}" in node.outputs]
            made = node.func(*map(self._input, node.inputs))
            # As if it was written to disk and read again: else the plans would grow and grow.
            self._made[name] = made.localCheckpoint() if isinstance(made, DataFrame) else made
        return self._made[name]

    def _input(self, name):
        if name == "params:feature_engineering":
            return feature_parameters()
        if name.startswith("params:"):
            return self.settings
        given = {"customer_snapshots": self.examples, "ingestion_ledger": LEDGER}
        return (
            given[name]
            if name in given
            else getattr(self, name.removeprefix("customer_propensity."))
        )


def _nodes():
    return create_pipeline().nodes


def output_names():
    """Names of all that the pipeline makes, without the namespace."""
    outputs = create_pipeline().all_outputs()
    prefix = "customer_propensity."
    return sorted(name.removeprefix(prefix) for name in outputs if name.startswith(prefix))
