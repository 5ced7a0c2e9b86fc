"""What is logged of the events of a block: lines in the format of the raw files, with defects."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from customer_behavior.pipelines.simulation.blocks import Block, Blocks
from customer_behavior.pipelines.simulation.calendar import VisitingTimes
from customer_behavior.pipelines.simulation.defects import (
    DefectPlan,
    damage_lines,
    plan_defects,
)
from customer_behavior.pipelines.simulation.parameters import EVENT_TYPES
from customer_behavior.pipelines.simulation.planted import (
    count_planted,
)
from customer_behavior.pipelines.simulation.session_chains import CART, PURCHASE
from customer_behavior.pipelines.simulation.visits import VisitEvents

_COUNTS = pa.map_(pa.string(), pa.int64())
LINES_SCHEMA = pa.schema(
    [
        ("event_time", pa.timestamp("us", "UTC")),
        ("user_id", pa.int64()),
        ("line", pa.string()),
        ("counts", _COUNTS),
    ]
)


def draw_lines(blocks: Blocks, number: int) -> pa.RecordBatch:
    """Draw a block to its end.

    Returns:
        One row per line: ``event_time``, ``user_id``, ``line``; and one more row with the
        ``counts`` of what was planted in the block, all else null.
    """
    block, happened = blocks.draw_with_events(number)
    logged = happened.only(_is_logged(happened, block, blocks.times))
    plan = plan_defects(logged, blocks.parameters.defects, block.random)
    counts = count_planted(happened, logged, plan, block, blocks)
    rows = np.repeat(np.arange(len(logged.time)), 1 + plan.repetitions)
    rows = pa.array([*rows, None], pa.int64())
    users = block.customers.user_id[block.visits.customer[logged.visit]]
    return pa.RecordBatch.from_arrays(
        [
            pa.array(logged.time * 1_000_000, pa.timestamp("us", "UTC")).take(rows),
            pa.array(users).take(rows),
            _write(logged, plan, block, blocks).take(rows),
            pa.array([None] * (len(rows) - 1) + [list(counts.items())], _COUNTS),
        ],
        schema=LINES_SCHEMA,
    )


def _is_logged(events: VisitEvents, block: Block, times: VisitingTimes) -> NDArray[np.bool_]:
    in_calendar = events.time < times.end
    is_lost_cart = (events.type == CART) & block.visits.loses_carts[events.visit]
    is_lost_purchase = (events.type == PURCHASE) & times.is_outage(events.time)
    return in_calendar & ~is_lost_cart & ~is_lost_purchase


def _write(logged: VisitEvents, plan: DefectPlan, block: Block, blocks: Blocks) -> pa.Array:
    """Write each logged event as a line."""
    visits, shop = block.visits, blocks.shop
    time = pa.array(logged.time, pa.timestamp("s")).cast(pa.string())
    product = np.where(plan.has_no_price, logged.product + len(shop.price), logged.product)
    user = pa.array(block.customers.user_id[visits.customer]).cast(pa.string())
    visit = pa.array(logged.visit)
    lines = pc.binary_join_element_wise(
        pc.binary_join_element_wise(time, " UTC", ""),
        pa.array(EVENT_TYPES).take(pa.array(logged.type)),
        shop.product_text.take(pa.array(product)),
        user.take(visit),
        visits.session_text().take(visit),
        ",",
    )
    return damage_lines(lines, plan)
