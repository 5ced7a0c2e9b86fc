"""Simulated customers, their law and what is predicted of them, for all tests of recovery."""

import numpy as np
import pandas as pd
import pytest

from customer_behavior.pipelines.recovery.achievable import predict_customers
from customer_behavior.pipelines.simulation.blocks import Blocks
from customer_behavior.pipelines.simulation.parameters import CUSTOMER_TYPES
from second_way import SNAPSHOT, SecondWay
from simulated import good_events, process_of, simulate, simulation_parameters


@pytest.fixture(scope="session")
def parameters():
    return simulation_parameters(events=400_000)


@pytest.fixture(scope="session")
def process(parameters):
    return process_of(parameters)


@pytest.fixture(scope="session")
def events(parameters):
    return good_events(simulate(parameters))


@pytest.fixture(scope="session")
def predicted(events, process):
    return predict_customers(events, process, SNAPSHOT, horizon_days=7)


@pytest.fixture(scope="session")
def some(events):
    """1,000 customers with an event before the snapshot, and their events before it."""
    before = events[events.event_time < SNAPSHOT]
    users = np.random.default_rng(5).choice(before.user_id.unique(), 1000, replace=False)
    return before[before.user_id.isin(users)]


@pytest.fixture(scope="session")
def second_way(process):
    return SecondWay(process)


@pytest.fixture(scope="session")
def customers(parameters):
    """The hidden customers, as simulation_truth_customers has them."""
    blocks = Blocks(parameters)
    drawn = [blocks.draw(number).customers for number in range(blocks.number)]

    def all_of(name):
        return np.concatenate([getattr(block, name) for block in drawn])

    return pd.DataFrame(
        {
            "user_id": all_of("user_id"),
            "customer_type": np.array([*CUSTOMER_TYPES, "bot"])[all_of("type")],
            "session_rate": all_of("rate"),
            "purchase_log_odds": all_of("purchase_log_odds"),
            "mean_price": blocks.shop.expected_prices()[
                all_of("interest"), all_of("pair") + 1, all_of("tier")
            ],
        }
    )
