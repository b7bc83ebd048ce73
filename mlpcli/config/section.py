"""What the sections of a configuration are made of: their base class, and types of values."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

MAX_FEATURES = 65536

Positive = Annotated[float, Field(gt=0)]
Fraction = Annotated[float, Field(ge=0, lt=1)]  # in [0, 1)
PathText = Annotated[str, Field(min_length=1, pattern=r"^[^\x00]*$")]
Features = Annotated[int, Field(ge=1, le=MAX_FEATURES)]


class Section(BaseModel):
    """A mapping of keys; frozen, strict about types, and closed to unknown keys."""

    model_config = ConfigDict(
        frozen=True,
        strict=True,
        extra="forbid",
        allow_inf_nan=False,
        use_attribute_docstrings=True,
        validate_default=True,
    )
