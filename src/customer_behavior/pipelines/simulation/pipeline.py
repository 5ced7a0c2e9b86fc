"""Wiring of the simulation."""

from kedro.pipeline import Node, Pipeline

from customer_behavior.pipelines.simulation.affinities import measure_affinities
from customer_behavior.pipelines.simulation.nodes import (
    count_defects,
    describe_process,
    draw_customers,
    draw_visits,
    order_lines,
    simulate_lines,
)


def create_pipeline() -> Pipeline:
    """From a seed to months of raw event files, and the truth behind them."""
    drawn_from_the_process = {
        "simulated_affinities": measure_affinities,
        "simulated_customers": draw_customers,
        "simulated_visits": draw_visits,
        "simulated_lines": simulate_lines,
    }
    return Pipeline(
        [
            Node(
                describe_process,
                inputs=["simulation_folder", "params:simulation"],
                outputs="simulated_process",
                name="describe_process",
            ),
            *(
                Node(
                    function,
                    inputs="simulated_process",
                    outputs=dataset,
                    name=function.__name__,
                )
                for dataset, function in drawn_from_the_process.items()
            ),
            Node(
                order_lines,
                inputs=["simulated_lines", "simulated_process"],
                outputs="simulated_events",
                name="order_lines",
            ),
            Node(
                count_defects,
                inputs=["simulated_lines", "simulated_process"],
                outputs="simulated_defects",
                name="count_defects",
            ),
        ],
        tags="simulation",
    )
