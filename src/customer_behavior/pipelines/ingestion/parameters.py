"""Parameters of ingestion."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints


class IngestionParameters(BaseModel):
    """Parameters of ingestion: see conf/base/parameters/ingestion.yml."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    months: Annotated[str, StringConstraints(pattern=r"^\s*(\d{4}-(0[1-9]|1[0-2])\s*)*$")] = ""
    event_types: list[str] = Field(min_length=1)
    min_expected_purchases: float = Field(gt=0)

    @property
    def months_to_replace(self) -> list[str]:
        """The months to replace, none for all."""
        return self.months.split()
