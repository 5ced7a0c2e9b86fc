"""What there is of each role to learn from and to measure on."""

from collections.abc import Collection
from dataclasses import dataclass

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from customer_behavior.pipelines.classification.parameters import ClassificationParameters
from customer_behavior.pipelines.classification.training_rows import usable_rows


@dataclass(frozen=True)
class RoleRows:
    """The rows of a role: how many, how many of them with a purchase, and their times as text."""

    role: str
    rows: int = 0
    positives: int = 0
    begin: str | None = None
    end: str | None = None

    @property
    def base_rate(self) -> float | None:
        """Share of rows with a purchase; None without rows."""
        return self.positives / self.rows if self.rows else None


def count_roles(
    examples: DataFrame, roles: Collection[str], settings: ClassificationParameters
) -> dict[str, RoleRows]:
    """Count the rows of some roles in one pass; a role without rows has none."""
    time = F.col(settings.time).cast("string")
    counts = (
        usable_rows(examples, *roles, settings=settings)
        .groupBy("role")
        .agg(
            F.count("*").alias("rows"),
            F.sum("label").cast("long").alias("positives"),
            F.min(time).alias("begin"),
            F.max(time).alias("end"),
        )
        .collect()
    )
    found = {row["role"]: RoleRows(**row.asDict()) for row in counts}
    return {role: found.get(role, RoleRows(role)) for role in roles}


def why_too_few(found: Collection[RoleRows], least: int) -> str | None:
    """Tell which roles have fewer rows than ``least`` with or without a purchase; None if none."""
    few = [
        f"{of.role} has {of.positives} rows with a purchase and {of.rows - of.positives} without"
        for of in found
        if min(of.positives, of.rows - of.positives) < least
    ]
    return f"{'; '.join(few)}; {least} of each are needed" if few else None
