"""Months of customers with planted behaviour, and all that clustering makes of them."""

from copy import deepcopy

import numpy as np
import pandas as pd
import yaml
from pyspark.sql import DataFrame

from conftest import PROJECT
from customer_behavior.pipelines.clustering.parameters import ClusteringParameters
from customer_behavior.pipelines.clustering.pipeline import create_pipeline

LEDGER = {"source_id": "abc"}
CUSTOMER_MONTHS = """
    user_id long, month string, visits long, views long, carts long, purchases long,
    active_seconds long, revenue double, cart_visits long, purchase_visits long,
    intent_visits long, products long, repeat_products long, active_days long, recency_days long,
    hour_sin double, hour_cos double, main_category string, is_suspected_bot boolean
"""
#: By planted behaviour: minutes and views of a visit, chance of a cart, of a purchase after it.
BEHAVIOURS = {
    "buyer": (4, 4, 0.7, 0.95),
    "abandoner": (4, 4, 0.7, 0.0),
    "window shopper": (15, 15, 0.0, 0.0),
    "glancer": (1, 2, 0.0, 0.0),
}


def clustering_parameters(**changes):
    """The project's parameters, of a small search; a mapping changes the keys that it names."""
    text = (PROJECT / "conf/base/parameters/clustering.yml").read_text()
    settings = yaml.safe_load(text)["clustering"]
    settings["search"] |= {"most_segments": 5, "starts": 5}
    settings |= {"replicates": 100, "customer_groups": 40}
    for name, value in deepcopy(changes).items():
        settings[name] = settings[name] | value if isinstance(value, dict) else value
    return ClusteringParameters.model_validate(settings)


def draw_customer_months(customers=1200, months=("2019-10", "2019-11"), seed=1):
    """Draw what customers do in each month; the column ``behaviour`` says what was planted.

    One in ten has a single event, one in fifty is a bot.
    """
    random = np.random.default_rng(seed)
    behaviour = np.array(list(BEHAVIOURS))[np.arange(customers) % len(BEHAVIOURS)]
    is_single = random.random(customers) < 0.1
    is_bot = random.random(customers) < 0.02
    tables = []
    for month in months:
        minutes, views, cart, purchase = np.array([BEHAVIOURS[name] for name in behaviour]).T
        visits = 6 + random.poisson(2, customers)
        carts = random.binomial(visits, cart)
        purchases = random.binomial(carts, purchase)
        views = (visits * views * random.uniform(0.8, 1.2, customers)).astype(int)
        products = views
        hour = 2 * np.pi * 18 / 24
        table = pd.DataFrame(
            {
                "user_id": np.arange(customers),
                "month": month,
                "visits": visits,
                "views": views,
                "carts": carts,
                "purchases": purchases,
                "active_seconds": (60 * visits * minutes * random.uniform(0.7, 1.3, customers)),
                "revenue": 100.0 * purchases,
                "cart_visits": carts,
                "purchase_visits": purchases,
                "intent_visits": carts,
                "products": products,
                "repeat_products": 0,
                "active_days": visits,
                "recency_days": random.integers(0, 3, customers),
                "hour_sin": np.sin(hour) * views,
                "hour_cos": np.cos(hour) * views,
                "main_category": "electronics.smartphone",
                "is_suspected_bot": is_bot,
                "behaviour": np.where(is_bot, "bot", np.where(is_single, "single", behaviour)),
            }
        )
        counts = ["carts", "purchases", "active_seconds", "cart_visits", "purchase_visits"]
        table.loc[is_single, [*counts, "intent_visits", "repeat_products", "revenue"]] = 0
        table.loc[is_single, ["visits", "views", "products", "active_days"]] = 1
        tables.append(table)
    return pd.concat(tables, ignore_index=True)


def as_customer_months(spark, table):
    names = [part.split()[0] for part in CUSTOMER_MONTHS.split(",")]
    integers = table.select_dtypes("number").drop(columns=["revenue", "hour_sin", "hour_cos"])
    rows = table.assign(**integers.astype("int64"))[names]
    return spark.createDataFrame(rows, CUSTOMER_MONTHS).localCheckpoint()


class Segments:
    """All that the pipeline makes of months of customers; each output when it is asked for."""

    def __init__(self, customer_months, settings=None):
        self.customer_months = customer_months
        self.settings = settings or clustering_parameters()
        self._made = {"ingestion_ledger": LEDGER, "params:clustering": self.settings}

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

    def by_customer(self, month="2019-10"):
        """Segment of each customer of a month."""
        rows = self.customer_segments.filter(f"month = '{month}'").toPandas()
        return rows.set_index("user_id")["segment"].sort_index()
