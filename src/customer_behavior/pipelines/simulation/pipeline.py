"""Wiring of the simulation."""

from kedro.pipeline import Node, Pipeline

from customer_behavior.pipelines.simulation.affinities import measure_affinities
from customer_behavior.pipelines.simulation.events import (
    count_defects,
    order_lines,
    simulate_lines,
)
from customer_behavior.pipelines.simulation.hidden import describe_customers, describe_visits
from customer_behavior.pipelines.simulation.process import describe_process


def create_pipeline() -> Pipeline:
    """From a seed to months of raw event files, and the truth behind them."""
    return Pipeline(
        [
            Node(
                describe_process,
                inputs="params:simulation",
                outputs="simulated_process",
                name="describe_process",
            ),
            Node(
                describe_customers,
                inputs="simulated_process",
                outputs="simulated_customers",
                name="describe_customers",
            ),
            Node(
                describe_visits,
                inputs="simulated_process",
                outputs="simulated_visits",
                name="describe_visits",
            ),
            Node(
                measure_affinities,
                inputs="simulated_process",
                outputs="simulated_affinities",
                name="measure_affinities",
            ),
            Node(
                simulate_lines,
                inputs="simulated_process",
                outputs="simulated_lines",
                name="simulate_lines",
            ),
            Node(
                count_defects,
                inputs=["simulated_lines", "simulated_process"],
                outputs="simulated_defects",
                name="count_defects",
            ),
            Node(
                order_lines,
                inputs=["simulated_lines", "simulated_process"],
                outputs="simulated_events",
                name="order_lines",
            ),
        ],
        tags="simulation",
    )
