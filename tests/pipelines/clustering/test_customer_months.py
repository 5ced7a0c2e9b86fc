import pytest

from clustering import clustering_parameters
from customer_behavior.pipelines.clustering.customer_months import build_customer_months
from features import Features, make_events

COLUMNS = (
    "visits", "views", "carts", "purchases", "active_seconds", "revenue", "cart_visits",
    "purchase_visits", "intent_visits", "products", "repeat_products", "active_days",
    "recency_days", "main_category",
)  # fmt: skip


def months_of(spark, *events, least_days=1):
    tables = Features(spark, make_events(spark, *events))
    settings = clustering_parameters(least_days=least_days)
    months = build_customer_months(
        tables.event_features, tables.sessions, tables.customer_days, settings
    )
    return {(row.user_id, row.month): row for row in months.collect()}


def test_a_month_is_summed_up(spark):
    found = months_of(
        spark,
        (1, "a", "2019-10-05 10:00:00", "view", 7, 10, "a.b", "x", 5.0),
        (1, "a", "2019-10-05 10:00:40", "cart", 7, 10, "a.b", "x", 5.0),
        (1, "b", "2019-10-20 18:00:00", "view", 7, 10, "a.b", "x", 5.0),
        (1, "b", "2019-10-20 18:01:00", "purchase", 8, 10, "a.c", "x", 9.0),
        (1, "c", "2019-10-21 18:00:00", "view", 9, 10, "a.b", "x", 5.0),
        (1, "d", "2019-11-01 18:00:00", "view", 7, 10, "a.b", "x", 5.0),
    )

    row = found[1, "2019-10"]
    assert {name: row[name] for name in COLUMNS} == {
        "visits": 3, "views": 3, "carts": 1, "purchases": 1, "active_seconds": 100,
        "revenue": 9.0, "cart_visits": 1, "purchase_visits": 1, "intent_visits": 2,
        # Product 7 was looked at in two visits of the month.
        "products": 3, "repeat_products": 1, "active_days": 3, "recency_days": 10,
        "main_category": "a.b",
    }  # fmt: skip
    assert found[1, "2019-11"]["repeat_products"] == 0
    assert found[1, "2019-11"]["recency_days"] == 29


def test_a_product_that_is_looked_at_twice_in_one_visit_is_not_come_back_to(spark):
    found = months_of(
        spark,
        (1, "a", "2019-10-05 10:00:00", "view", 7),
        (1, "a", "2019-10-05 10:00:40", "view", 7),
    )

    assert found[1, "2019-10"]["repeat_products"] == 0


@pytest.mark.parametrize(("least_days", "months"), [(2, 1), (3, 0)])
def test_a_month_that_has_only_begun_is_left_out(spark, least_days, months):
    found = months_of(
        spark,
        (1, "a", "2019-10-30 10:00:00"),
        (2, "b", "2019-10-31 10:00:00"),
        (1, "c", "2019-11-01 10:00:00"),
        least_days=least_days,
    )

    assert len({month for _, month in found}) == months
