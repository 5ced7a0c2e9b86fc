"""Baskets for tests, and all rules that are found in them."""

from copy import deepcopy
from datetime import date, datetime

import pandas as pd
import yaml
from pyspark.sql import DataFrame

from conftest import PROJECT
from customer_behavior.pipelines.association.parameters import AssociationParameters
from customer_behavior.pipelines.association.pipeline import create_pipeline

LEDGER = {"source_id": "abc"}
BASKETS = "user_id long, period string, items array<string>"
SESSIONS = "user_id long, started_at timestamp, is_suspected_bot boolean"
#: Validation begins on that day; customers are bots from the day before on, or from that day on.
CALENDAR = pd.DataFrame(
    [(date(2019, 11, 17), "validation")], columns=["snapshot_date", "role"]
).assign(data_start=date(2019, 10, 1), data_end=date(2019, 12, 1), reference_end=date(2019, 10, 20))
BEFORE, LATER = datetime(2019, 11, 16, 23, 59, 59), datetime(2019, 11, 17)


def association_parameters(**changes):
    """The project's parameters, of few draws; a mapping changes the keys that it names."""
    text = (PROJECT / "conf/base/parameters/association.yml").read_text()
    settings = yaml.safe_load(text)["association"]
    settings |= {"replicates": 100, "customer_groups": 20}
    for name, value in deepcopy(changes).items():
        settings[name] = settings[name] | value if isinstance(value, dict) else value
    return AssociationParameters.model_validate(settings)


def make_baskets(spark, *rows):
    """Baskets from rows such as (30, "a b") or (5, "c", "later"): so many customers, their items.

    Customers are numbered from 1 on, in the order of the rows.
    """
    baskets = [
        (items.split(), *(period or ["fit"]))
        for customers, items, *period in rows
        for _ in range(customers)
    ]
    numbered = [(user, period, items) for user, (items, period) in enumerate(baskets, start=1)]
    return spark.createDataFrame(numbered, BASKETS)


class Rules:
    """All that the pipeline makes of baskets; each output when it is asked for.

    The top-level category of an item is what stands before its first dot.
    """

    def __init__(self, spark, *rows, bots=(), **changes):
        baskets = make_baskets(spark, *rows)
        items = {item for _, items, *_ in rows for item in items.split()}
        categories = [(item, item.partition(".")[0]) for item in sorted(items)]
        self._made = {
            "baskets": baskets,
            "sessions": spark.createDataFrame([(user, BEFORE, True) for user in bots], SESSIONS),
            "snapshot_calendar": CALENDAR,
            "item_categories": spark.createDataFrame(categories, "item string, category_l1 string"),
            "ingestion_ledger": LEDGER,
            "params:association": association_parameters(**changes),
        }

    def __getattr__(self, name):
        if name.startswith("_"):
            raise AttributeError(name)
        if name not in self._made:
            (node,) = [node for node in create_pipeline().nodes if name in node.outputs]
            made = node.func(*(self._input(given) for given in node.inputs))
            outputs = made if len(node.outputs) > 1 else [made]
            for output, value in zip(node.outputs, outputs, strict=True):
                is_table = isinstance(value, DataFrame)
                self._made[output] = value.localCheckpoint() if is_table else value
        return self._made[name]

    def _input(self, name):
        return self._made[name] if name in self._made else getattr(self, name)

    def measured(self):
        """The measured rules by name, such as ``a b → c``."""
        return by_name(self.measured_rules)

    def chosen(self):
        """Names of the sure rules."""
        return set(by_name(self.item_rules))


def by_name(rules):
    """Rows of rules by name, such as ``a b → c``."""
    return {f"{' '.join(row.antecedent)} → {row.consequent}": row for row in rules.collect()}
