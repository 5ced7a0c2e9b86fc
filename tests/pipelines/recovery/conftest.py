"""Simulated customers, their law and what is predicted of them, for all tests of recovery."""

import numpy as np
import pytest

from customer_behavior.pipelines.recovery.achievable import predict_customers
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
