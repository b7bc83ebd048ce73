"""How a training ended: `result.json`, from which runs are listed without opening a network."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, AwareDatetime, Field, ValidationError

from mlpcli.errors import RunError
from mlpcli.runs.directory import Run
from mlpcli.runs.epochs import EpochResult, Number, Part
from mlpcli.runs.inputs import MAX_FEATURES
from mlpcli.runs.metadata import MAX_LAYERS
from mlpcli.utils.files import open_regular, reason_of

MAX_BYTES = 1 << 20
Ending = Literal["done", "pruned", "failed"]
Count = Annotated[int, Field(ge=0, lt=2**63)]
Features = Annotated[int, Field(ge=1, le=MAX_FEATURES)]
Share = Annotated[float, Field(ge=0, le=1)]


def _check_ended(ended: datetime) -> datetime:
    if not 1970 <= ended.year < 9999:  # beyond, other time zones are not dates
        raise ValueError("not a time of this program")
    return ended


def _check_config(config: dict[str, Any]) -> dict[str, Any]:
    training = config.get("training")
    if not isinstance(training, dict) or type(training.get("epochs")) is not int:
        raise ValueError("training.epochs is missing")
    if type(config.get("seed")) is not int:
        raise ValueError("seed is missing")
    json.dumps(config, allow_nan=False)  # raises for nan, and for numbers too long to print
    return config


class Result(Part):
    """How a training ended, and what came of it.

    A field is None if it does not apply: a run without validation images has no validation
    accuracy, a failed one may have no epoch.
    """

    state: Ending
    reason: str | None = None
    """why it was pruned or failed"""
    ended: Annotated[AwareDatetime, Field(strict=False), AfterValidator(_check_ended)]
    """when, in UTC"""
    data: str
    """name of the data set"""
    layers: Annotated[list[Features], Field(min_length=2, max_length=MAX_LAYERS)]
    """features at each stage of the network"""
    epochs: Count
    """how many were done"""
    epoch: Count | None = None
    """of the best weights"""
    seconds: Number
    """of all epochs together"""
    validation_accuracy: Share | None = None
    """of the best weights"""
    validation_loss: Number | None = None
    """of the best weights"""
    test_accuracy: Share | None = None
    """of the best weights"""
    test_loss: Number | None = None
    """of the best weights"""
    test_count: Count | None = None
    """images"""
    config: Annotated[dict[str, Any], AfterValidator(_check_config)]
    """the whole configuration"""


def now() -> datetime:
    """Return the time in UTC, to the second."""
    return datetime.now(UTC).replace(microsecond=0)


def totals(history: list[EpochResult], best: int) -> dict[str, Any]:
    """Return the fields that follow from the history of a run and the number of its best epoch."""
    chosen = history[best - 1] if best else None
    return {
        "epochs": len(history),
        "epoch": best or None,
        "seconds": sum(result.seconds for result in history),
        "validation_accuracy": chosen and chosen.validation_accuracy,
        "validation_loss": chosen and chosen.validation_loss,
    }


def write_result(run: Run, result: Result) -> None:
    """Write how a training ended.

    Raises:
        RunError: it cannot be written.
    """
    run.write_result(result.model_dump_json(indent=1) + "\n")


def read_result(run: Run) -> Result | None:
    """Return how the training of a run ended; None if it has not.

    Raises:
        RunError: the file cannot be read, or does not hold a result.
    """
    if run.result.is_symlink():  # in a stranger's directory it may lead anywhere
        raise RunError(f"{run.result}: must be a file, got a link; remove it")
    try:
        with open_regular(run.result) as file:
            text = file.read(MAX_BYTES + 1)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise RunError(f"{run.result}: cannot be read, {reason_of(error)}") from error
    try:
        return Result.model_validate_json(text)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join(map(str, first["loc"])) or "the file"
        raise RunError(
            f"{run.result}: {place} must hold the result of a training, "
            f"got {str(first['input'])[:60]!r}; remove the file"
        ) from error
