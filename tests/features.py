"""Events and features for tests."""

from datetime import datetime

import numpy as np
import pandas as pd
import yaml
from pyspark.sql import DataFrame

from conftest import PROJECT
from customer_behavior.event_schema import EVENTS_SCHEMA
from customer_behavior.pipelines.feature_engineering import pipeline as nodes
from customer_behavior.pipelines.feature_engineering.parameters import FeatureParameters

OUTAGES = "start timestamp, end timestamp, views long, carts long, expected_purchases double"


def feature_parameters(**changes):
    """The project's parameters, with changes such as calendar={"history_days": 3}."""
    file = PROJECT / "conf/base/parameters/feature_engineering.yml"
    settings = yaml.safe_load(file.read_text())["feature_engineering"]
    for part, values in changes.items():
        settings[part] |= values
    return FeatureParameters(**settings)


def make_event(
    user, session, time, kind="view", product=1, category=10, code="a.b", brand="x", price=5.0
):
    time = datetime.fromisoformat(time)
    level_1, _, level_2 = (code or "").partition(".")
    return {
        "event_time": time,
        "event_date": time.date(),
        "event_type": kind,
        "product_id": product,
        "category_id": category,
        "category_code": code,
        "category_l1": level_1 or None,
        "category_l2": level_2 or None,
        "brand": brand,
        "price": price,
        "user_id": user,
        "user_session": session,
        "source_file": "a.csv",
        "event_month": f"{time:%Y-%m}",
    }


def make_events(spark, *events):
    return spark.createDataFrame([make_event(*event) for event in events], EVENTS_SCHEMA)


def as_events(spark, events):
    """Simulated events, a pandas table of ``good_events``, as ingestion would leave them."""
    level = events["category_code"].fillna("").str.split(".")
    return spark.createDataFrame(
        events.assign(
            event_date=events["event_time"].dt.date,
            event_month=events["event_time"].dt.strftime("%Y-%m"),
            category_l1=level.str[0],
            category_l2=level.str[1],
            brand=None,
            source_file="a.csv",
        )[EVENTS_SCHEMA.names].replace({np.nan: None, pd.NaT: None}),
        EVENTS_SCHEMA,
    )


class Features:
    """All tables of feature engineering; each is made when it is asked for."""

    def __init__(self, spark, events, outages=(), parameters=None, **given):
        self.events = events
        self.purchase_outages = spark.createDataFrame(
            [(*map(datetime.fromisoformat, outage), 0, 0, 0.0) for outage in outages], OUTAGES
        )
        self.parameters = parameters or feature_parameters()
        self._made = dict(given)

    def __getattr__(self, name):
        if name.startswith("_"):
            raise AttributeError(name)
        if name not in self._made:
            (node,) = [node for node in nodes.create_pipeline().nodes if name in node.outputs]
            inputs = [
                self.parameters if given.startswith("params:") else getattr(self, given)
                for given in node.inputs
            ]
            made = node.func(*inputs)
            # As if it was written to disk and read again: else the plans would grow and grow.
            self._made[name] = made.localCheckpoint() if isinstance(made, DataFrame) else made
        return self._made[name]
