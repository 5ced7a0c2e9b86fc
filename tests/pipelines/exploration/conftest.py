"""Small tables for the tests of exploration."""

import pytest
import yaml
from pyspark.sql import functions as F

from conftest import PROJECT
from customer_behavior.pipelines.exploration.parameters import ExplorationParameters


@pytest.fixture(scope="session")
def parameters():
    """The project's parameters, but with nothing withheld, and changes where wanted."""

    def changed(**changes):
        text = (PROJECT / "conf/base/parameters/exploration.yml").read_text()
        settings = yaml.safe_load(text)["exploration"] | {"min_sessions": 1, "min_events": 1}
        return ExplorationParameters.model_validate(settings | changes)

    return changed


@pytest.fixture
def make_events(spark):
    """Events from literal rows: user, session, time, type, category, brand, price.

    A product and a category_id of its own belong to each category.
    """

    def make(*rows):
        names = "user_id, user_session, event_time, event_type, category_code, brand, price"
        types = ("long", "string", "string", "string", "string", "string", "double")
        columns = zip(names.split(", "), types, strict=True)
        schema = ", ".join(f"{name} {type_}" for name, type_ in columns)
        level = F.split("category_code", r"\.")
        return (
            spark.createDataFrame(rows, schema)
            .select(
                "*",
                F.col("event_time").cast("timestamp").alias("time"),
                F.to_date("event_time").alias("event_date"),
                F.substring("event_time", 1, 7).alias("event_month"),
                F.get(level, 0).alias("category_l1"),
                F.get(level, 1).alias("category_l2"),
                F.length(F.coalesce("category_code", F.lit(""))).cast("long").alias("product_id"),
                F.length(F.coalesce("category_code", F.lit(""))).cast("long").alias("category_id"),
            )
            .drop("event_time")
            .withColumnRenamed("time", "event_time")
        )

    return make


@pytest.fixture
def make_sessions(spark):
    """Sessions of events, as far as exploration reads them; nobody is a bot."""

    def make(events):
        return spark.sql(
            """
            SELECT user_id, user_session, min(event_time) AS started_at,
                   max(event_time) AS ended_at, 0L AS active_seconds,
                   count_if(event_type = 'view') AS views,
                   count_if(event_type = 'cart') AS carts,
                   count_if(event_type = 'purchase') AS purchases,
                   count(DISTINCT product_id) AS products,
                   coalesce(sum(CASE WHEN event_type = 'purchase' THEN price END), 0D) AS revenue,
                   coalesce(max(category_code), 'unknown') AS main_category,
                   coalesce(max(brand), 'unknown') AS main_brand, hour(min(event_time)) AS hour,
                   weekday(min(event_time)) + 1 AS day_of_week, min(event_month) AS event_month,
                   false AS is_suspected_bot
            FROM {events} GROUP BY user_id, user_session
            """,
            events=events,
        )

    return make


@pytest.fixture
def make_customer_days(spark):
    """Days of customers, as far as exploration reads them; nobody is a bot."""

    def make(events):
        return spark.sql(
            """
            SELECT user_id, event_date, count_if(event_type = 'view') AS views,
                   count_if(event_type = 'cart') AS carts,
                   count_if(event_type = 'purchase') AS purchases,
                   count(DISTINCT user_session) AS sessions,
                   coalesce(sum(CASE WHEN event_type = 'purchase' THEN price END), 0D) AS revenue,
                   false AS is_suspected_bot
            FROM {events} GROUP BY user_id, event_date
            """,
            events=events,
        )

    return make


@pytest.fixture
def make_outages(spark):
    """Purchase outages from pairs of start and end."""

    def make(*rows):
        table = spark.createDataFrame(rows, "start string, end string")
        return table.select(*(F.col(name).cast("timestamp").alias(name) for name in table.columns))

    return make
