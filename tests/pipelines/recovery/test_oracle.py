"""What somebody says who knows the hidden customers, beside what came and a second way to it."""

import numpy as np
import pandas as pd
import pytest

from customer_behavior.pipelines.recovery.achievable import predict_sessions
from customer_behavior.pipelines.recovery.oracle import (
    predict_known_customers,
    predict_known_sessions,
)
from second_way import SNAPSHOT, WEEK
from simulated import process_of, simulation_parameters

# No Spark: what holds on one line holds on the other.
pytestmark = [pytest.mark.slow, pytest.mark.default_line]


@pytest.fixture(scope="module")
def weeks(customers, process, predicted, events):
    """One row per customer seen before: what is known, what the oracle knows, whether they came."""
    oracle = predict_known_customers(customers, process, SNAPSHOT, horizon_days=7)
    week = (events.event_time >= SNAPSHOT) & (events.event_time < SNAPSHOT + WEEK)
    buyers = events[week & (events.event_type == "purchase")].user_id.unique()
    table = predicted.merge(oracle, on="user_id", suffixes=("", "_of_oracle"))
    return table.assign(came=table.user_id.isin(buyers))


@pytest.fixture(scope="module")
def visits(customers, process, events):
    """One row per session and number of events seen, as ``weeks``."""
    sessions = events[["user_id", "user_session"]].drop_duplicates()
    sessions = sessions.merge(pd.DataFrame({"k": [1, 2, 5]}), how="cross")
    oracle = predict_known_sessions(events, sessions, customers, process)
    table = predict_sessions(events, sessions, process).merge(
        oracle, on=["user_id", "user_session", "k"], suffixes=("", "_of_oracle")
    )
    bought = events[events.event_type == "purchase"].groupby(["user_id", "user_session"]).size()
    came = table.join(bought.rename("n"), on=["user_id", "user_session"]).n.notna()
    return table.assign(came=came)


def log_loss(table, probability):
    probability = np.clip(probability, 1e-9, 1 - 1e-9)
    return -np.where(table.came, np.log(probability), np.log(1 - probability)).mean()


def order_of_log_losses(table):
    return [
        log_loss(table, table.purchase_probability_of_oracle),
        log_loss(table, table.purchase_probability),
        log_loss(table, np.full(len(table), table.came.mean())),
    ]


def chi_square(table, groups):
    tenth = pd.qcut(table.purchase_probability_of_oracle.rank(method="first"), groups, labels=False)
    chance = table.purchase_probability_of_oracle
    off = (table.came - chance).groupby(tenth).sum()
    return (off**2 / (chance * (1 - chance)).groupby(tenth).sum()).sum()


def test_knowing_the_customer_is_worth_more_than_knowing_the_events_and_that_more_than_nothing(
    weeks, visits
):
    tables = [weeks, *(visits[visits.k == k] for k in (1, 2, 5))]

    for table in tables:
        losses = order_of_log_losses(table)
        assert losses == sorted(losses)
        assert table.came.sum() > 300


def test_known_customers_buy_as_often_as_is_said(weeks):
    assert chi_square(weeks, 10) < 29.6  # the 99.9th percentile with 10 degrees


@pytest.mark.parametrize("events_seen", [1, 2, 5])
def test_sessions_of_known_customers_end_in_a_purchase_as_often_as_is_said(visits, events_seen):
    assert chi_square(visits[visits.k == events_seen], 5) < 20.5  # the same with 5


def test_a_second_way_gives_the_same_chance_of_known_customers(customers, process, second_way):
    share, hour, outage = second_way.minutes(SNAPSHOT, SNAPSHOT + WEEK)
    logged = np.bincount(hour, np.where(outage, 0, share), minlength=24)
    people = customers[customers.customer_type != "bot"]
    buying = 1 / (1 + np.exp(-(people.purchase_log_odds.to_numpy()[:, None] + second_way.shift)))

    found = predict_known_customers(customers, process, SNAPSHOT, horizon_days=7)

    # A visit with the intent to buy always ends in a purchase.
    expected = 1 - np.exp(-people.session_rate.to_numpy() * (buying @ logged))
    assert found.user_id.tolist() == people.user_id.tolist()
    np.testing.assert_allclose(found.purchase_probability, expected, rtol=2e-3)


def test_what_is_expected_to_be_spent_is_spent_by_all_together(customers, process, events):
    week = (events.event_time >= SNAPSHOT) & (events.event_time < SNAPSHOT + WEEK)
    of_people = events.user_id.isin(customers.user_id[customers.customer_type != "bot"])
    prices = events.price[week & of_people & (events.event_type == "purchase")]

    found = predict_known_customers(customers, process, SNAPSHOT, horizon_days=7)

    # Purchases and their prices are random: the total's standard deviation is about that.
    assert found.expected_spend.sum() == pytest.approx(
        prices.sum(), abs=4 * np.sqrt((prices**2).sum())
    )


@pytest.mark.parametrize("kinds", [["view"], ["view", "view"], ["view", "cart"], ["cart", "view"]])
def test_a_second_way_gives_the_same_chance_in_a_known_customers_session(
    process, second_way, kinds
):
    start = pd.Timestamp("2019-11-05 10:00")
    minutes = pd.to_timedelta(np.arange(len(kinds)), unit="min")
    events = pd.DataFrame(
        {"user_id": 1, "user_session": "a", "event_time": start + minutes, "event_type": kinds}
    )
    abandoner = pd.DataFrame(
        {
            "user_id": [1], "customer_type": ["cart_abandoner"], "session_rate": [3.0],
            "purchase_log_odds": [-1.0],
        }
    )  # fmt: skip
    sessions = pd.DataFrame({"user_id": [1], "user_session": ["a"], "k": [len(kinds)]})

    found = predict_known_sessions(events, sessions, abandoner, process)

    seen = [("view", "cart", "purchase").index(kind) for kind in kinds]
    begun = second_way.likelihood(seen, start, ends=False)
    others = process["parameters"]["customer_types"]["cart_abandoner"]["intents"]
    other = [others[name] for name in ("glance", "browse", "explore", "abandon")]
    buying = 1 / (1 + np.exp(-(-1.0 + second_way.shift[10])))
    # Whoever is there to buy will, and nobody else.
    expected = buying * begun[4] / (buying * begun[4] + (1 - buying) * (other @ begun[:4]))
    assert found.purchase_probability.tolist() == [pytest.approx(expected)]


def test_programs_are_left_out(process):
    two = pd.DataFrame(
        {
            "user_id": [1, 2],
            "customer_type": ["bot", "browser"],
            "session_rate": [150.0, 1.0],
            "purchase_log_odds": [-np.inf, -5.0],
            "mean_price": [0.0, 20.0],
        }
    )
    events = pd.DataFrame(
        {
            "user_id": [1, 2],
            "user_session": ["a", "b"],
            "event_time": pd.Timestamp("2019-11-05 10:00"),
            "event_type": "view",
        }
    )
    sessions = events[["user_id", "user_session"]].assign(k=1)

    assert predict_known_customers(two, process, SNAPSHOT, 7).user_id.tolist() == [2]
    assert predict_known_sessions(events, sessions, two, process).user_id.tolist() == [2]


def test_days_beyond_the_calendar_are_refused(customers):
    process = process_of(simulation_parameters(events=1000))

    with pytest.raises(ValueError, match="must lie in the calendar"):
        predict_known_customers(customers, process, pd.Timestamp("2019-11-27"), 7)
