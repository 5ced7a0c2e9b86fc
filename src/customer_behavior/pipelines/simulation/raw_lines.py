"""What is logged of the events of a block: lines in the format of the raw files, with defects."""

from collections import Counter
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from customer_behavior.pipelines.simulation.blocks import Block, Blocks
from customer_behavior.pipelines.simulation.calendar import VisitingTimes
from customer_behavior.pipelines.simulation.parameters import EVENT_TYPES, Defects
from customer_behavior.pipelines.simulation.population import BOT
from customer_behavior.pipelines.simulation.session_chains import CART, PURCHASE, VIEW
from customer_behavior.pipelines.simulation.visits import VisitEvents

#: Why ingestion sets a damaged line aside, and what is done to its fields.
DAMAGES = {
    "malformed_row": lambda fields: fields[:5],
    "bad_event_time": lambda fields: [fields[0][:10], *fields[1:]],
    "unknown_event_type": lambda fields: [fields[0], "remove_from_cart", *fields[2:]],
    "bad_product_id": lambda fields: [*fields[:2], f"{fields[2]}.0", *fields[3:]],
    "bad_category_id": lambda fields: [*fields[:3], "2.05301E+18", *fields[4:]],
    "bad_price": lambda fields: [*fields[:6], f"-{fields[6]}", *fields[7:]],
    "bad_user_id": lambda fields: [*fields[:7], "", fields[8]],
    "missing_session": lambda fields: [*fields[:8], ""],
}
_REASONS = tuple(DAMAGES)

LINES_SCHEMA = pa.schema(
    [
        ("event_time", pa.timestamp("us", "UTC")),
        ("user_id", pa.int64()),
        ("line", pa.string()),
        ("counts", pa.map_(pa.string(), pa.int64())),
    ]
)


@dataclass(frozen=True)
class _Plan:
    """What becomes of each logged event."""

    has_no_price: NDArray[np.bool_]
    damage: NDArray[np.int64]
    repetitions: NDArray[np.int64]

    @property
    def is_good(self) -> NDArray[np.bool_]:
        return self.damage < 0


def draw_lines(blocks: Blocks, number: int) -> pa.RecordBatch:
    """Draw a block to its end.

    Returns:
        One row per line: ``event_time``, ``user_id``, ``line`` and, in the first row, ``counts``
        of what was planted in the block.
    """
    block = blocks.draw(number)
    happened = blocks.draw_events(block)
    logged = happened.only(_is_logged(happened, block, blocks.times))
    plan = _plan_defects(logged, blocks.parameters.defects, block.random)
    counts = _count(happened, logged, plan, block, blocks.times)
    lines = _write(logged, plan, block, blocks)
    rows = np.repeat(np.arange(len(logged.time)), 1 + plan.repetitions)
    counted = [list(counts.items()), *[None] * (len(rows) - 1)][: len(rows)]
    return pa.RecordBatch.from_arrays(
        [
            pa.array(logged.time[rows] * 1_000_000, pa.timestamp("us", "UTC")),
            pa.array(block.customers.user_id[block.visits.customer[logged.visit[rows]]]),
            lines.take(pa.array(rows)),
            pa.array(counted, LINES_SCHEMA.field("counts").type),
        ],
        schema=LINES_SCHEMA,
    )


def _is_logged(events: VisitEvents, block: Block, times: VisitingTimes) -> NDArray[np.bool_]:
    in_calendar = events.time < times.end
    is_lost_cart = (events.type == CART) & block.visits.loses_carts[events.visit]
    is_lost_purchase = (events.type == PURCHASE) & times.is_outage(events.time)
    return in_calendar & ~is_lost_cart & ~is_lost_purchase


def _plan_defects(logged: VisitEvents, defects: Defects, random: np.random.Generator) -> _Plan:
    """Draw which events have no price, are damaged, or are repeated; none of them two of these."""
    number = len(logged.time)
    has_no_price = (logged.type == VIEW) & (random.random(number) < defects.zero_price_views)
    is_damaged = ~has_no_price & (random.random(number) < defects.malformed_lines)
    damage = np.where(is_damaged, random.integers(0, len(DAMAGES), number), -1)
    chance = np.array([defects.duplicates.get(name, 0.0) for name in EVENT_TYPES])
    is_repeated = ~has_no_price & ~is_damaged & (random.random(number) < chance[logged.type])
    repetitions = random.geometric(1 / defects.repetitions, number)
    return _Plan(has_no_price, damage, np.where(is_repeated, repetitions, 0))


def _write(logged: VisitEvents, plan: _Plan, block: Block, blocks: Blocks) -> pa.Array:
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
    return _damage(lines, plan)


def _damage(lines: pa.Array, plan: _Plan) -> pa.Array:
    is_damaged = ~plan.is_good
    damaged = [
        ",".join(DAMAGES[_REASONS[damage]](line.split(",")))
        for line, damage in zip(
            lines.filter(pa.array(is_damaged)).to_pylist(), plan.damage[is_damaged], strict=True
        )
    ]
    return pc.replace_with_mask(lines, pa.array(is_damaged), pa.array(damaged, pa.string()))


def _count(
    happened: VisitEvents, logged: VisitEvents, plan: _Plan, block: Block, times: VisitingTimes
) -> Counter[str]:
    """Count what was planted; a dot parts the kinds of one thing."""
    counts: Counter[str] = Counter()
    lines = 1 + plan.repetitions
    month = logged.time.astype("datetime64[s]").astype("datetime64[M]")
    for name in np.unique(month):
        counts[f"rows.{name}"] = int(lines[month == name].sum())
    for kind, name in enumerate(EVENT_TYPES):
        counts[f"duplicates.{name}"] = int(plan.repetitions[logged.type == kind].sum())
    for kind, reason in enumerate(_REASONS):
        counts[f"quarantined.{reason}"] = int((plan.damage == kind).sum())
    counts["views_with_price_zero"] = int(plan.has_no_price.sum())
    in_calendar = happened.time < times.end
    for kind, name in ((CART, "carts_lost"), (PURCHASE, "purchases_lost")):
        counts[name] = int(((happened.type == kind) & in_calendar).sum()) - int(
            (logged.type == kind).sum()
        )
    counts.update(_count_sessions(logged.only(plan.is_good), block, times))
    return counts


def _count_sessions(good: VisitEvents, block: Block, times: VisitingTimes) -> dict[str, int]:
    """Count the defects of whole sessions, as they can be seen in the good lines."""
    visits = block.visits
    is_seen = np.bincount(good.visit, minlength=len(visits.customer)) > 0
    borrows = np.flatnonzero(is_seen & is_seen[visits.session])
    borrows = borrows[visits.session[borrows] != borrows]
    is_own = visits.customer[borrows] == visits.customer[visits.session[borrows]]
    is_bot = (block.customers.type == BOT)[visits.customer]
    counts = {
        "shared_sessions": int((~is_own).sum()),
        "lasting_sessions": int(is_own.sum()),
        "bots": len(np.unique(visits.customer[is_seen & is_bot])),
    }
    first_month = good.only(times.is_first_month(good.time))
    owner = visits.customer[first_month.visit]
    session = owner * len(visits.customer) + visits.session[first_month.visit]
    with_purchase = np.unique(session[first_month.type == PURCHASE])
    with_cart = np.unique(session[first_month.type == CART])
    counts["first_month.purchase_sessions"] = len(with_purchase)
    counts["first_month.purchase_sessions_without_cart"] = len(
        np.setdiff1d(with_purchase, with_cart)
    )
    return counts
