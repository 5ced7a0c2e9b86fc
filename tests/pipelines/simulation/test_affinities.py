import numpy as np
import pytest

from customer_behavior.pipelines.simulation.affinities import measure_affinities
from customer_behavior.pipelines.simulation.parameters import SimulationError
from simulated import good_events, process_of, simulate, simulation_parameters

BASKETS_UNTIL = "2019-11-17"


def affinities(**changes):
    return measure_affinities(process_of(simulation_parameters(**changes)))


def test_each_pair_has_supporters_enough_at_5_million_events():
    found = affinities(events=5_000_000, affinities={"simulated_baskets": 100_000})

    assert len(found) >= 20
    assert found.expected_supporters.min() >= 40
    assert (found.lift - 3 * found.lift_standard_error).min() > 2


def test_no_pairs_are_planted_where_they_are_turned_off():
    found = affinities(events=10_000, affinities={"pairs": 0})

    assert len(found) == 0
    assert list(found.columns)[:2] == ["first_code", "second_code"]
    assert len(simulate(simulation_parameters(events=10_000, affinities={"pairs": 0}))) > 5000


def test_the_lift_is_that_of_the_baskets_in_simulated_events():
    # Many purchases of few categories, so that pairs are often bought.
    few = {"pairs": 4, "strength": 0.8, "customer_share": 0.5, "simulated_baskets": 100_000}
    parameters = simulation_parameters(events=600_000, affinities=few)
    expected = measure_affinities(process_of(parameters))

    events = good_events(simulate(parameters))
    bought = events[(events.event_type == "purchase") & (events.event_time < BASKETS_UNTIL)]
    bought = bought[bought.category_code != ""]
    baskets = bought.groupby("user_id").category_code.agg(set)
    for pair in expected.itertuples():
        first, second = (
            np.array([code in basket for basket in baskets])
            for code in (pair.first_code, pair.second_code)
        )
        both = (first & second).sum()
        lift = both * len(baskets) / (first.sum() * second.sum())
        standard_error = np.hypot(lift / np.sqrt(both), pair.lift_standard_error)
        assert abs(lift - pair.lift) < 4 * standard_error
        share = both / len(baskets)
        assert share == pytest.approx(pair.support, abs=4 * np.sqrt(share / len(baskets)))


def test_baskets_that_nobody_fills_are_refused():
    always = ["2019-10-01 00:00:00", "2019-12-01 00:00:00"]

    with pytest.raises(SimulationError, match="nobody buys anything"):
        affinities(defects={"purchase_outages": [always]})
