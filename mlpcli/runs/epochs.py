"""The result of an epoch, as the log and the metadata store it."""

from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

LARGEST = 1e30  # of any number in an epoch's result


class Part(BaseModel):
    """A part of the metadata: frozen, and strict about types."""

    model_config = ConfigDict(
        frozen=True,
        strict=True,
        validate_by_name=True,
        validate_by_alias=True,
    )


Number = Annotated[float, Field(ge=-LARGEST, le=LARGEST)]


class EpochResult(Part):
    """The result of one epoch; a line of `log.jsonl`."""

    model_config = ConfigDict(extra="forbid")

    epoch: int
    """counted from 1"""
    train_loss: Number
    """mean loss of the epoch's training batches, with label smoothing and class weights"""
    validation_loss: Number | None
    """mean cross-entropy after the epoch; None without validation images"""
    validation_accuracy: Annotated[float, Field(ge=0, le=1)] | None
    """share of correct predictions; None without validation images"""
    learning_rate: Number
    """of the epoch's last step"""
    images_per_second: Number
    """training images over the time spent on them"""
    seconds: Number
    """the whole epoch, validation included"""

    @model_validator(mode="after")
    def _check_validation(self) -> Self:
        if (self.validation_loss is None) != (self.validation_accuracy is None):
            raise ValueError("validation must have both a loss and an accuracy, or neither")
        return self


def history_problem(number: int, entry: object) -> str:
    """Say that an entry of a history, counted from 1, is not the result of an epoch."""
    names = ", ".join(sorted(EpochResult.model_fields))
    return (
        f"epoch {number} of the metadata's history must hold the numbers {names}, got {entry!r:.60}"
    )
