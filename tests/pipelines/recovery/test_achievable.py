"""What is predicted of simulated customers, beside what came."""

import datetime as dt

import numpy as np
import pandas as pd
import pytest

from customer_behavior.pipelines.recovery.achievable import predict_customers, predict_sessions
from customer_behavior.pipelines.simulation.shop import Shop
from second_way import SNAPSHOT, WEEK
from simulated import process_of, simulation_parameters

# No Spark: what holds on one line holds on the other.
pytestmark = [pytest.mark.slow, pytest.mark.default_line]


def with_what_came(predicted, events):
    """Put beside each prediction what the customer bought in the week, and for how much."""
    week = (events.event_time >= SNAPSHOT) & (events.event_time < SNAPSHOT + WEEK)
    bought = events[week & (events.event_type == "purchase")]
    spent = bought.groupby("user_id").price.sum().rename("spend")
    table = predicted.join(spent, on="user_id")
    return table.assign(came=table.spend.notna(), spend=table.spend.fillna(0))


def deviations(probability, came, groups):
    """Standardised differences between what came and the sum of probabilities, by tenth."""
    tenth = pd.qcut(probability.rank(method="first"), groups, labels=False)
    variance = probability * (1 - probability)
    table = pd.DataFrame({"off": came - probability, "variance": variance}).groupby(tenth).sum()
    return (table.off / np.sqrt(table.variance)).to_numpy()


def sessions_of(events, events_seen):
    return events[["user_id", "user_session"]].drop_duplicates().assign(k=events_seen)


def test_purchase_probabilities_are_calibrated(predicted, events):
    table = with_what_came(predicted, events)

    off = deviations(table.purchase_probability, table.came, 10)
    assert table.came.sum() > 300
    assert (off**2).sum() < 29.6  # the 99.9th percentile of chi-squared with 10 degrees
    assert abs(deviations(table.purchase_probability, table.came, 1)[0]) < 3


def test_expected_spend_adds_up_to_revenue(predicted, events):
    table = with_what_came(predicted, events)

    random = np.random.default_rng(1)
    ratios = []
    for _ in range(500):
        again = table.iloc[random.integers(0, len(table), len(table))]
        ratios.append(again.expected_spend.sum() / again.spend.sum())
    low, high = np.quantile(ratios, [0.0005, 0.9995])
    assert low < 1 < high
    assert high - low < 0.8


@pytest.mark.parametrize("events_seen", [1, 2, 3, 5, 10])
def test_chances_of_a_later_purchase_are_calibrated(events, process, events_seen):
    predicted = predict_sessions(events, sessions_of(events, events_seen), process)
    bought = events[events.event_type == "purchase"].groupby(["user_id", "user_session"]).size()
    came = predicted.join(bought.rename("n"), on=["user_id", "user_session"]).n.notna()

    off = deviations(predicted.purchase_probability, came, 5)
    assert came.sum() > 500
    assert (off**2).sum() < 20.5  # the 99.9th percentile of chi-squared with 5 degrees


def test_sessions_with_a_purchase_or_too_few_events_are_not_predicted():
    start = dt.datetime(2019, 11, 5, 10)
    rows = [
        (1, "bought", ["view", "purchase", "view"]),
        (1, "short", ["view"]),
        (2, "long enough", ["view", "cart", "purchase"]),
    ]
    events = pd.DataFrame(
        [
            (user, session, start + dt.timedelta(minutes=minute), kind)
            for user, session, kinds in rows
            for minute, kind in enumerate(kinds)
        ],
        columns=["user_id", "user_session", "event_time", "event_type"],
    )

    found = predict_sessions(events, sessions_of(events, 2), process_of(simulation_parameters()))

    assert found[["user_id", "user_session", "k"]].to_numpy().tolist() == [[2, "long enough", 2]]


def test_of_a_session_id_that_is_used_again_the_first_visit_counts():
    events = pd.DataFrame(
        {
            "user_id": 1,
            "user_session": "a",
            "event_time": pd.to_datetime(["2019-11-05 10:00", "2019-11-20 10:00"]),
            "event_type": ["view", "cart"],
        }
    )
    process = process_of(simulation_parameters())

    found = predict_sessions(events, sessions_of(events, 1), process)

    assert found.started_at.tolist() == [pd.Timestamp("2019-11-05 10:00")]
    assert len(predict_sessions(events, sessions_of(events, 2), process)) == 0


def test_what_is_known_of_a_customer_does_not_depend_on_the_others(events, process, predicted):
    alone = events[events.user_id == events.user_id.iloc[0]]

    found = predict_customers(alone, process, SNAPSHOT, horizon_days=7).iloc[0]

    expected = predicted[predicted.user_id == found.user_id].iloc[0]
    assert found.purchase_probability == pytest.approx(expected.purchase_probability, rel=1e-9)


def test_events_behind_the_snapshot_change_nothing(events, process, predicted):
    later = events[events.event_time >= SNAPSHOT].assign(event_type="purchase")
    altered = pd.concat([events[events.event_time < SNAPSHOT], later])

    again = predict_customers(altered, process, SNAPSHOT, horizon_days=7)

    pd.testing.assert_frame_equal(again, predicted)


def test_a_customer_with_more_purchases_is_more_likely_to_buy():
    def visit(user, day, *kinds):
        start = dt.datetime(2019, 11, day, 10)
        return [
            {
                "user_id": user, "user_session": f"{user} {day}", "event_type": kind,
                "event_time": start + dt.timedelta(minutes=minute), "product_id": 1,
                "category_id": category, "price": 10.0,
            }
            for minute, kind in enumerate(kinds)
        ]  # fmt: skip

    parameters = simulation_parameters()
    category = int(Shop(parameters).category_id[0])
    events = pd.DataFrame(
        [
            *visit(1, 5, "view"), *visit(1, 7, "view"),
            *visit(2, 5, "view"), *visit(2, 7, "view", "cart", "purchase"),
            *visit(3, 5, "view", "purchase"), *visit(3, 7, "view", "cart", "purchase"),
        ]
    )  # fmt: skip

    found = predict_customers(events, process_of(parameters), SNAPSHOT, 7)

    assert found.user_id.tolist() == [1, 2, 3]
    assert (found.purchase_probability.diff().dropna() > 0).all()
    assert (found.expected_spend > 0).all()


def test_without_events_there_is_nothing_to_tell(events, process):
    none = predict_customers(events, process, pd.Timestamp("2019-10-01 00:00:01"), 7)

    assert len(none) == 0
    assert list(none.columns) == [
        "user_id", "purchase_probability", "expected_purchases", "expected_spend",
    ]  # fmt: skip
    assert len(predict_sessions(events[:0], sessions_of(events, 1), process)) == 0


@pytest.mark.parametrize("snapshot", ["2019-10-01", "2019-12-01", "2019-11-25"])
def test_days_beyond_the_calendar_are_refused(events, process, snapshot):
    with pytest.raises(ValueError, match="must lie in the calendar"):
        predict_customers(events, process, pd.Timestamp(snapshot), 7)


def test_a_type_that_no_customer_has_changes_nothing_but_itself(events, parameters):
    types = parameters.model_dump()["customer_types"]
    types["browser"]["share"] += types["frequent_buyer"]["share"]
    types["frequent_buyer"]["share"] = 0
    process = process_of(simulation_parameters(customer_types=types))

    found = predict_customers(events, process, SNAPSHOT, 7)

    assert found.purchase_probability.between(0, 1).all()
