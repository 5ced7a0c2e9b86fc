"""Parameters of ingestion."""

import re
from typing import Annotated

from pydantic import AfterValidator, Field

from customer_behavior.parameters import Parameters

_MONTH = re.compile(r"[0-9]{4}-(0[1-9]|1[0-2])")


def _check_months(months: str) -> str:
    for month in months.split():
        if not _MONTH.fullmatch(month):
            raise ValueError(f"'{month}' is no month; write '2019-10' or '2019-10 2019-11'")
    return months


class IngestionParameters(Parameters):
    """Parameters of ingestion: see conf/base/parameters/ingestion.yml."""

    months: Annotated[str, AfterValidator(_check_months)] = ""
    event_types: list[str] = Field(min_length=1)
    min_expected_purchases: float = Field(gt=0)

    @property
    def months_to_replace(self) -> list[str]:
        """The months to replace, none for all."""
        return self.months.split()
