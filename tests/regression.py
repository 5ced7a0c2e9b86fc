"""Days of revenue, and customers who spend, for tests."""

import numpy as np
import pandas as pd
from pyspark.sql import DataFrame

from classification import (
    BRANDS,
    EXAMPLES,
    LEDGER,
    Classification,
    as_examples,
    draw_examples,
)
from customer_behavior.pipelines.regression.pipeline import create_pipeline
from features import feature_parameters

CATEGORY_DAYS = """
    category_l1 string, event_date date, views long, carts long, purchases long, revenue double,
    users long, is_outage boolean
"""


def draw_days(number=50, seed=3, **categories):
    """Days of categories with a weekly pattern; by name, what a usual day brings."""
    random = np.random.default_rng(seed)
    dates = pd.date_range("2019-10-01", periods=number).date
    week = 1 + 0.3 * np.sin(2 * np.pi * np.arange(number) / 7)
    return pd.concat(
        [
            pd.DataFrame(
                {
                    "category_l1": name,
                    "event_date": dates,
                    "views": (50 * week * random.uniform(0.9, 1.1, number)).astype(int),
                    "carts": (5 * week).astype(int),
                    "purchases": 2,
                    "revenue": usual * week * random.uniform(0.9, 1.1, number),
                    "users": 30,
                    "is_outage": False,
                }
            )
            for name, usual in (categories or {"a": 100.0, "b": 1000.0}).items()
        ],
        ignore_index=True,
    )


def as_category_days(spark, days):
    return spark.createDataFrame(days, CATEGORY_DAYS)


class Spend:
    """All that the pipeline makes of examples with a spend, on top of their classification."""

    def __init__(self, examples, settings, days, propensity=None):
        self.examples = examples
        self.settings = settings
        self.days = days
        self.classified = Classification(examples, propensity)
        self._made = {}

    def __getattr__(self, name):
        if name.startswith("_"):
            raise AttributeError(name)
        if name not in self._made:
            (node,) = [node for node in create_pipeline().nodes if name in node.outputs]
            made = node.func(*map(self._input, node.inputs))
            self._made[name] = made.localCheckpoint() if isinstance(made, DataFrame) else made
        return self._made[name]

    def _input(self, name):
        given = {
            "customer_snapshots": self.examples,
            "ingestion_ledger": LEDGER,
            "category_days": self.days,
            "params:regression": self.settings,
            "params:regression.customer_spend": self.settings.customer_spend,
            "params:classification.customer_propensity": self.classified.settings,
            "params:feature_engineering": feature_parameters(),
        }
        if name in given:
            return given[name]
        prefix = "customer_propensity."
        if name.startswith(prefix):
            return getattr(self.classified, name.removeprefix(prefix))
        return getattr(self, name)


def draw_spenders(rows=6000, seed=1):
    """The customers of ``draw_examples``; what buyers spend depends on the brand and on visits."""
    table = draw_examples(rows, seed)
    random = np.random.default_rng(seed + 1)
    log_spend = 3 + table["brand"].map(BRANDS) + 0.3 * np.log1p(table["visits"])
    spend = np.exp(log_spend + random.normal(0, 0.5, len(table)))
    is_known = table["purchased_next"].notna()
    return table.assign(
        spend_last=np.exp(3 + random.normal(0, 1, len(table))) * (random.random(len(table)) < 0.2),
        spend_next=np.where(is_known, spend * table["purchased_next"].eq(True), np.nan),
    )


def as_spenders(spark, table):
    return as_examples(spark, table, f"{EXAMPLES}, spend_last double, spend_next double")
