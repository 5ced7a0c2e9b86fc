from datetime import datetime, timedelta

import pytest

from customer_behavior.pipelines.ingestion.outages import detect_purchase_outages
from customer_behavior.pipelines.ingestion.parameters import IngestionParameters

START = datetime(2019, 10, 1)


def detect(spark, events):
    parameters = IngestionParameters(event_types=["view"], min_expected_purchases=20)
    frame = spark.createDataFrame(events, "event_time timestamp, event_type string")
    return detect_purchase_outages(frame, parameters).collect()


def a_week(*, without_purchases=(), quiet_hours=()):
    """A view each minute, a purchase each ten minutes, but for the hours named."""
    events = []
    for minute in range(7 * 24 * 60):
        time = START + timedelta(minutes=minute)
        events.append((time, "view"))
        is_out = any(start <= time < end for start, end in without_purchases)
        if minute % 10 == 0 and not is_out and time.hour not in quiet_hours:
            events.append((time + timedelta(seconds=30), "purchase"))
    return events


def test_views_without_purchases_for_long_are_an_outage(spark):
    outage = (datetime(2019, 10, 3, 12), datetime(2019, 10, 3, 20))

    (found,) = detect(spark, a_week(without_purchases=[outage]))

    assert found.start == datetime(2019, 10, 3, 11, 50, 30)  # the last purchase before it
    assert found.end == datetime(2019, 10, 3, 20, 0, 30)  # the first one after it
    assert found.carts == 0
    assert 470 <= found.views <= 490
    # 48 purchases are missing; the rate of those hours is that of the other six days.
    assert found.expected_purchases == pytest.approx(48 * 6 / 7, rel=0.05)


def test_hours_in_which_nobody_ever_buys_are_no_outage(spark):
    assert detect(spark, a_week(quiet_hours=range(0, 8))) == []


def test_a_quiet_shop_has_no_outage(spark):
    night = (datetime(2019, 10, 3, 1), datetime(2019, 10, 3, 5))
    events = [
        event for event in a_week(without_purchases=[night]) if not night[0] <= event[0] < night[1]
    ]

    assert detect(spark, events) == []


def test_purchases_that_stop_before_the_data_ends_are_an_outage(spark):
    end = START + timedelta(days=7)

    (found,) = detect(spark, a_week(without_purchases=[(datetime(2019, 10, 7, 12), end)]))

    assert found.end == datetime(2019, 10, 7, 23, 59)


def test_without_any_purchase_there_is_nothing_to_expect(spark):
    assert detect(spark, [(START, "view"), (START + timedelta(days=9), "view")]) == []
    assert detect(spark, []) == []
