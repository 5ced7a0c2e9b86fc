"""What the parameters of all pipelines have in common."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Count = Annotated[int, Field(ge=1)]
Share = Annotated[float, Field(gt=0, lt=1)]


class Parameters(BaseModel):
    """Parameters of a YAML file: a name that is not known is an error, and nothing changes them."""

    model_config = ConfigDict(extra="forbid", frozen=True)
