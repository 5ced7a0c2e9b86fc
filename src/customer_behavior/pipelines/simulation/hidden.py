"""The hidden customers and visits, drawn again to be written down."""

from functools import partial
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from pyspark.sql import DataFrame

from customer_behavior.pipelines.simulation.blocks import Blocks
from customer_behavior.pipelines.simulation.parameters import CUSTOMER_TYPES, INTENTS
from customer_behavior.pipelines.simulation.process import parameters_of
from customer_behavior.pipelines.simulation.tasks import run_blocks

_TYPES = (*CUSTOMER_TYPES, "bot")

CUSTOMERS_SCHEMA = pa.schema(
    [
        ("user_id", pa.int64()),
        ("customer_type", pa.string()),
        ("session_rate", pa.float64()),
        ("purchase_log_odds", pa.float64()),
        ("interest", pa.string()),
        ("affinity", pa.int64()),
        ("price_tier", pa.int64()),
        ("mean_price", pa.float64()),
    ]
)
VISITS_SCHEMA = pa.schema(
    [
        ("user_id", pa.int64()),
        ("user_session", pa.string()),
        ("started_at", pa.timestamp("us", "UTC")),
        ("purchase_probability", pa.float64()),
        ("logged_purchase_probability", pa.float64()),
        ("intent", pa.string()),
    ]
)


def describe_customers(process: dict[str, Any]) -> DataFrame:
    """Draw the hidden customers again.

    Args:
        process: The law of the simulation.

    Returns:
        One row per customer, also those that never come: ``user_id``, ``customer_type``,
        ``session_rate`` (expected sessions in all of the calendar), ``purchase_log_odds`` (of the
        intent to buy in an average hour), ``interest``, ``affinity`` (number of the pair, -1 for
        none), ``price_tier``, ``mean_price`` (expected price of a purchase).
    """
    blocks = Blocks(parameters_of(process))
    draw = partial(_customers_of, expected_prices=blocks.shop.expected_prices())
    return run_blocks(blocks, range(blocks.number), draw, CUSTOMERS_SCHEMA)


def describe_visits(process: dict[str, Any]) -> DataFrame:
    """Draw the hidden visits again.

    Args:
        process: The law of the simulation.

    Returns:
        One row per visit, also those that leave no line: ``user_id``, ``user_session``,
        ``started_at``, ``purchase_probability`` (chance of the intent to buy, given customer and
        hour), ``logged_purchase_probability`` (the same, 0 where it begins in an outage), and the
        ``intent`` that was drawn.
    """
    blocks = Blocks(parameters_of(process))
    return run_blocks(blocks, range(blocks.number), _visits_of, VISITS_SCHEMA)


def _customers_of(
    blocks: Blocks, number: int, expected_prices: NDArray[np.float64]
) -> pa.RecordBatch:
    customers = blocks.draw(number).customers
    return pa.RecordBatch.from_arrays(
        [
            pa.array(customers.user_id),
            pa.array(np.array(_TYPES)[customers.type]),
            pa.array(customers.rate),
            pa.array(customers.purchase_log_odds),
            pa.array(blocks.shop.interests[customers.interest]),
            pa.array(customers.pair),
            pa.array(customers.tier),
            pa.array(expected_prices[customers.interest, customers.pair + 1, customers.tier]),
        ],
        schema=CUSTOMERS_SCHEMA,
    )


def _visits_of(blocks: Blocks, number: int) -> pa.RecordBatch:
    block = blocks.draw(number)
    visits = block.visits
    is_outage = blocks.times.is_outage(visits.started_at)
    return pa.RecordBatch.from_arrays(
        [
            pa.array(block.customers.user_id[visits.customer]),
            visits.session_text(),
            pa.array(visits.started_at * 1_000_000, pa.timestamp("us", "UTC")),
            pa.array(visits.purchase_probability),
            pa.array(np.where(is_outage, 0, visits.purchase_probability)),
            pa.array(np.array(INTENTS)[visits.intent]),
        ],
        schema=VISITS_SCHEMA,
    )
