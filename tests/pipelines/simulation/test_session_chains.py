import numpy as np
import pytest

from customer_behavior.pipelines.simulation.session_chains import (
    CART,
    END,
    PURCHASE,
    VIEW,
    Chain,
    logged_chains,
)
from simulated import simulation_parameters

# View, then a cart half of the time; a cart leads to a purchase or back to a view.
CHAIN = Chain(
    start=np.array([1.0, 0.0, 0.0, 0.0]),
    steps=np.array([[0.0, 0.5, 0.0, 0.5], [0.25, 0.5, 0.25, 0.0], [0.0, 0.0, 0.0, 1.0]]),
)


def test_an_event_that_is_not_logged_is_passed_over():
    # From a view to a cart: .5; from carts, however many, half to a view and half to a purchase.
    seen = CHAIN.without(CART)

    assert seen.steps[VIEW].tolist() == [0.25, 0.0, 0.25, 0.5]
    assert seen.start.tolist() == CHAIN.start.tolist()


def test_a_session_of_which_nothing_is_logged_starts_with_its_end():
    only_carts = Chain(np.array([0.0, 1.0, 0.0, 0.0]), CHAIN.steps)

    assert only_carts.without(CART).without(VIEW).start.tolist() == [0.0, 0.0, 2 / 3, 1 / 3]


def test_the_chance_of_a_purchase_is_that_of_getting_there():
    # x = chance from a view = .5 y; y = from a cart = .25 x + .5 y + .25, so x = 1/3, y = 2/3.
    assert CHAIN.chance_of(PURCHASE) == pytest.approx(1 / 3)
    assert CHAIN.chance_of_later(PURCHASE) == pytest.approx([1 / 3, 2 / 3, 0])


def test_the_expected_number_of_events_counts_each_visit_to_a_state():
    # v = 1 + .25 c, c = .5 v + .5 c, p = .25 c: v = 4/3, c = 4/3, p = 1/3.
    assert CHAIN.expected_events() == pytest.approx(3)
    assert CHAIN.expected(PURCHASE) == pytest.approx(1 / 3)


@pytest.mark.parametrize("first_month", [False, True])
@pytest.mark.parametrize("outage", [False, True])
def test_what_may_be_logged_of_an_intent_adds_up_to_1(first_month, outage):
    chance = np.zeros(5)
    for seen in logged_chains(simulation_parameters(), first_month=first_month, outage=outage):
        chance[seen.intent] += seen.chance
        assert seen.chain.start.sum() == pytest.approx(1)
        assert seen.chain.steps.sum(axis=1) == pytest.approx(1)
        assert not outage or seen.chain.steps[:, PURCHASE].sum() == 0

    assert chance == pytest.approx(1)


def test_a_visit_with_the_intent_to_buy_ends_with_a_purchase():
    *_, buying = logged_chains(simulation_parameters(), first_month=False, outage=False)

    assert buying.chain.chance_of(PURCHASE) == pytest.approx(1)
    assert buying.chain.steps[[VIEW, CART], END].sum() == pytest.approx(0)
