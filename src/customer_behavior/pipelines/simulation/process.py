"""The law of a simulation, written down so that all else can be computed from it."""

from typing import Any

from customer_behavior.pipelines.simulation.blocks import Blocks
from customer_behavior.pipelines.simulation.parameters import INTENTS, SimulationParameters
from customer_behavior.pipelines.simulation.session_chains import logged_chains_by_regime


def describe_process(parameters: SimulationParameters) -> dict[str, Any]:
    """Write down the law of the simulation.

    Args:
        parameters: Parameters of the simulation.

    Returns:
        ``parameters``, which hold the population law, the calendar and the chains of events as they
        happen, without those that only say where to write and how; ``logged_chains``: what is
        logged of a session that begins in the first month or not, in an outage or not, by intent.
        ``chance`` is that of this chain, where carts may be lost or not; ``start`` and ``steps`` (a
        row each for what follows view, cart, purchase) are chances of view, cart, purchase, end.

    Raises:
        SimulationError: If the parameters cannot be met.
    """
    Blocks(parameters)  # tries them
    return {
        "parameters": parameters.describe_law(),
        "logged_chains": [
            {
                "first_month": first_month,
                "outage": outage,
                "intent": INTENTS[seen.intent],
                "chance": seen.chance,
                "start": seen.chain.start.tolist(),
                "steps": seen.chain.steps.tolist(),
            }
            for (first_month, outage), chains in logged_chains_by_regime(parameters).items()
            for seen in chains
        ],
    }


def parameters_of(process: dict[str, Any]) -> SimulationParameters:
    """Read the parameters from a law that was written down."""
    return SimulationParameters.model_validate(process["parameters"])
