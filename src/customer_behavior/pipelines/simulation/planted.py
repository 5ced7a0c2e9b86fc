"""What was planted in the logged events of a block."""

import numpy as np

from customer_behavior.pipelines.simulation.blocks import Block, Blocks
from customer_behavior.pipelines.simulation.calendar import VisitingTimes
from customer_behavior.pipelines.simulation.defects import REASONS, DefectPlan
from customer_behavior.pipelines.simulation.parameters import EVENT_TYPES
from customer_behavior.pipelines.simulation.population import BOT
from customer_behavior.pipelines.simulation.session_chains import CART, PURCHASE
from customer_behavior.pipelines.simulation.visits import VisitEvents

#: With fewer events a program cannot be told from a hasty customer.
LEAST_EVENTS_OF_A_BOT = 50


def count_planted(
    happened: VisitEvents, logged: VisitEvents, plan: DefectPlan, block: Block, blocks: Blocks
) -> dict[str, int]:
    """Count what was planted in a block.

    Args:
        happened: The events of the block as they happened.
        logged: Those that were logged.
        plan: What becomes of these.
        block: The block.
        blocks: The laws.

    Returns:
        Numbers by defect; a dot parts the kinds of one thing. ``law.…`` names the law that the
        block was drawn from.
    """
    counts: dict[str, int] = {f"law.{blocks.parameters.law_id}": 1}
    lines = 1 + plan.repetitions
    month = logged.time.astype("datetime64[s]").astype("datetime64[M]").astype(str)
    for name in blocks.parameters.calendar.months:
        counts[f"rows.{name}"] = int(lines[month == name].sum())
    for kind, name in enumerate(EVENT_TYPES):
        counts[f"duplicates.{name}"] = int(plan.repetitions[logged.type == kind].sum())
    for kind, reason in enumerate(REASONS):
        counts[f"quarantined.{reason}"] = int((plan.damage == kind).sum())
    counts["views_with_price_zero"] = int(plan.has_no_price.sum())
    in_calendar = happened.time < blocks.times.end
    for kind, name in ((CART, "carts_lost"), (PURCHASE, "purchases_lost")):
        counts[name] = int(((happened.type == kind) & in_calendar).sum()) - int(
            (logged.type == kind).sum()
        )
    return counts | _count_sessions(logged.only(plan.is_good), block, blocks.times)


def _count_sessions(good: VisitEvents, block: Block, times: VisitingTimes) -> dict[str, int]:
    """Count the defects of whole sessions, as they can be seen in the good lines."""
    visits = block.visits
    is_seen = np.bincount(good.visit, minlength=len(visits.customer)) > 0
    borrows = np.flatnonzero(is_seen & is_seen[visits.session])
    borrows = borrows[visits.session[borrows] != borrows]
    is_own = visits.customer[borrows] == visits.customer[visits.session[borrows]]
    events_of = np.bincount(visits.customer[good.visit], minlength=len(block.customers.type))
    counts = {
        "shared_sessions": int((~is_own).sum()),
        "lasting_sessions": int(is_own.sum()),
        "bots": int(((block.customers.type == BOT) & (events_of >= LEAST_EVENTS_OF_A_BOT)).sum()),
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
