import pytest

from customer_behavior.pipelines.simulation.events import count_defects, order_lines, simulate_lines
from customer_behavior.pipelines.simulation.parameters import SimulationError
from simulated import process_of, simulation_parameters

FEW = {"events": 300, "customers_per_block": 20}


@pytest.mark.parametrize("node", [count_defects, order_lines])
def test_lines_of_another_simulation_are_refused(spark, node):
    (lines, *_) = simulate_lines(process_of(simulation_parameters(**FEW)))

    with pytest.raises(SimulationError, match="those of another simulation"):
        node(lines, process_of(simulation_parameters(**FEW, seed=1)))
