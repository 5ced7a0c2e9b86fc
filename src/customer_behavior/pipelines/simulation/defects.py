"""What is wrong with single lines: no price, damaged, repeated."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from customer_behavior.pipelines.simulation.parameters import EVENT_TYPES, Defects
from customer_behavior.pipelines.simulation.session_chains import VIEW
from customer_behavior.pipelines.simulation.visits import VisitEvents

# What is done to the fields of a damaged line, by the reason that ingestion sets it aside for.
_DAMAGES = {
    "malformed_row": lambda fields: fields[:5],
    "bad_event_time": lambda fields: [fields[0][:10], *fields[1:]],
    "unknown_event_type": lambda fields: [fields[0], "remove_from_cart", *fields[2:]],
    "bad_product_id": lambda fields: [*fields[:2], f"{fields[2]}.0", *fields[3:]],
    "bad_category_id": lambda fields: [*fields[:3], "2.05301E+18", *fields[4:]],
    "bad_price": lambda fields: [*fields[:6], f"-{fields[6]}", *fields[7:]],
    "bad_user_id": lambda fields: [*fields[:7], "", fields[8]],
    "missing_session": lambda fields: [*fields[:8], ""],
}
#: Why ingestion sets a damaged line aside.
REASONS = tuple(_DAMAGES)


@dataclass(frozen=True)
class DefectPlan:
    """What becomes of each logged event.

    Attributes:
        has_no_price: Whether its price is 0.
        damage: Position in ``REASONS``, -1 for none.
        repetitions: How often its line is repeated.
    """

    has_no_price: NDArray[np.bool_]
    damage: NDArray[np.int64]
    repetitions: NDArray[np.int64]

    @property
    def is_good(self) -> NDArray[np.bool_]:
        """Whether it is not damaged."""
        return self.damage < 0


def plan_defects(logged: VisitEvents, defects: Defects, random: np.random.Generator) -> DefectPlan:
    """Draw which events have no price, are damaged, or are repeated; none of them two of these."""
    number = len(logged.time)
    has_no_price = (logged.type == VIEW) & (random.random(number) < defects.zero_price_views)
    is_damaged = ~has_no_price & (random.random(number) < defects.malformed_lines)
    damage = np.where(is_damaged, random.integers(0, len(REASONS), number), -1)
    chance = np.array([defects.duplicates.get(name, 0.0) for name in EVENT_TYPES])
    is_repeated = ~has_no_price & ~is_damaged & (random.random(number) < chance[logged.type])
    repetitions = random.geometric(1 / defects.repetitions, number)
    return DefectPlan(has_no_price, damage, np.where(is_repeated, repetitions, 0))


def damage_lines(lines: pa.Array, plan: DefectPlan) -> pa.Array:
    """Damage the lines that are to be."""
    is_damaged = ~plan.is_good
    damaged = [
        ",".join(_DAMAGES[REASONS[damage]](line.split(",")))
        for line, damage in zip(
            lines.filter(pa.array(is_damaged)).to_pylist(), plan.damage[is_damaged], strict=True
        )
    ]
    return pc.replace_with_mask(lines, pa.array(is_damaged), pa.array(damaged, pa.string()))
