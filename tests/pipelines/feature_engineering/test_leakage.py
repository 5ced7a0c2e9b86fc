"""Nothing comes from the future: rows are the same, whatever happens after them."""

from datetime import datetime, timedelta

import numpy as np
import pandas as pd
import pytest

from customer_behavior.event_schema import EVENTS_SCHEMA
from features import Features, feature_parameters, make_event

pytestmark = [pytest.mark.slow, pytest.mark.default_line]

FIRST_DAY = datetime(2019, 10, 1)
DAYS = 40
LABELS = ["purchased_next", "spend_next", "purchases_later"]
FIXED = ("snapshot_calendar", "imputation_values", "frequencies")


@pytest.fixture(scope="module")
def history(spark):
    """Two hundred customers' events in forty days, and what was fitted on them."""
    random = np.random.default_rng(7)
    events = [event for user in range(200) for event in visits_of(user, random)]
    parameters = feature_parameters(calendar={"history_days": 7}, customers={"windows": [1, 7]})
    features = Features(spark, frame(spark, events), parameters=parameters)
    fixed = {name: getattr(features, name) for name in FIXED}
    return events, parameters, fixed, features


def visits_of(user, random):
    for visit in range(random.poisson(6)):
        time = FIRST_DAY + timedelta(seconds=int(random.integers(DAYS * 86_400)))
        for _ in range(random.geometric(0.25)):
            kind = random.choice(["view", "view", "view", "cart", "purchase"])
            product = int(random.integers(30))
            yield make_event(
                user, f"{user}-{visit}", time.isoformat(), str(kind), product, product % 7,
                None if product % 3 else f"a.{product % 7}", f"b{product % 5}", product + 1.0,
            )  # fmt: skip
            time += timedelta(seconds=int(random.exponential(200)))


def frame(spark, events):
    return spark.createDataFrame(events, EVENTS_SCHEMA)


def deleted(later, random):
    return []


def shuffled(later, random):
    """The times stay, everything else goes to another of the events."""
    order = random.permutation(len(later))
    names = ("event_time", "event_date", "event_month")
    return [
        later[other] | {name: event[name] for name in names}
        for event, other in zip(later, order, strict=True)
    ]


def absurd(later, random):
    """A thousand purchases of a million, in the sessions that are going on and in others."""
    more = []
    for number in range(1000):
        event = later[int(random.integers(len(later)))]
        changed = {"event_type": "purchase", "price": 1e6, "brand": "absurd", "product_id": number}
        more.append(event | changed)
    return later + more


ALTERATIONS = [deleted, shuffled, absurd]


def altered_after(spark, history, cut_off, alter):
    events, parameters, fixed, _ = history
    earlier = [event for event in events if event["event_time"] < cut_off]
    later = [event for event in events if event["event_time"] >= cut_off]
    assert earlier
    assert later
    changed = earlier + alter(later, np.random.default_rng(3))
    return Features(spark, frame(spark, changed), parameters=parameters, **fixed)


def features_until(table, time_column, cut_off, is_included):
    """Rows that were known at the cut-off, without their labels."""
    rows = table.toPandas()
    times = pd.to_datetime(rows[time_column])
    rows = rows[(times <= cut_off) if is_included else (times < cut_off)]
    rows = rows[[name for name in rows.columns if name not in LABELS]]
    return rows.sort_values(list(rows.columns[:3]), ignore_index=True)


@pytest.mark.parametrize("alter", ALTERATIONS)
def test_customer_snapshots_know_nothing_of_what_follows(spark, history, alter):
    snapshots = sorted(
        history[2]["snapshot_calendar"].dropna(subset=["role"])["snapshot_date"].dropna()
    )
    original = history[3].customer_snapshots
    for snapshot in snapshots[1:3]:
        cut_off = pd.Timestamp(snapshot)
        altered = altered_after(spark, history, cut_off, alter).customer_snapshots

        before = features_until(original, "snapshot_date", cut_off, is_included=True)
        after = features_until(altered, "snapshot_date", cut_off, is_included=True)

        assert len(before) > 100
        pd.testing.assert_frame_equal(before, after)


@pytest.mark.parametrize("alter", ALTERATIONS)
def test_session_prefixes_know_nothing_of_what_follows(spark, history, alter):
    random = np.random.default_rng(11)
    reference_end = history[2]["snapshot_calendar"]["reference_end"].iloc[0]
    span = DAYS * 86_400 - (pd.Timestamp(reference_end) - FIRST_DAY).total_seconds()
    original = history[3].session_prefixes
    for seconds in random.integers(0.4 * span, 0.95 * span, 2):
        cut_off = pd.Timestamp(reference_end) + timedelta(seconds=int(seconds))
        altered = altered_after(spark, history, cut_off, alter).session_prefixes

        before = features_until(original, "known_at", cut_off, is_included=False)
        after = features_until(altered, "known_at", cut_off, is_included=False)

        assert len(before) > 300
        pd.testing.assert_frame_equal(before, after)


@pytest.mark.parametrize("alter", ALTERATIONS)
def test_what_is_fitted_knows_nothing_of_what_follows_the_reference_period(spark, history, alter):
    _, _, fixed, _ = history
    reference_end = pd.Timestamp(fixed["snapshot_calendar"]["reference_end"].iloc[0])
    altered = altered_after(spark, history, reference_end, alter)
    again = Features(
        spark,
        altered.events,
        parameters=altered.parameters,
        snapshot_calendar=fixed["snapshot_calendar"],
    )

    for name in ("imputation_values", "frequencies"):
        before, after = (table.toPandas() for table in (fixed[name], getattr(again, name)))
        columns = list(before.columns)
        pd.testing.assert_frame_equal(
            before.sort_values(columns, ignore_index=True),
            after.sort_values(columns, ignore_index=True),
        )
