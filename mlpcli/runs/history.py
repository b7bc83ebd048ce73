"""How a run began and what its epochs came to, as its checkpoints tell."""

import json
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, cast

from pydantic import ValidationError

from mlpcli.runs.checkpoint import Checkpoint, load_metadata
from mlpcli.config import Config
from mlpcli.errors import CheckpointError
from mlpcli.utils.files import is_file

LARGEST = 1e30  # that anything an epoch comes to can be


@dataclass(frozen=True)
class EpochResult:
    """What one epoch came to; a line of `log.jsonl`.

    Attributes:
        epoch: counted from 1.
        train_loss: mean loss of the training batches as the network met them, smoothing included.
        validation_loss: mean cross-entropy afterwards; None without validation images.
        validation_accuracy: share of right answers, likewise.
        learning_rate: of the epoch's last step.
        images_per_second: training images over the time spent on them.
        seconds: the whole epoch, validation included.
    """

    epoch: int
    train_loss: float
    validation_loss: float | None
    validation_accuracy: float | None
    learning_rate: float
    images_per_second: float
    seconds: float


def read_history(checkpoint: Checkpoint) -> list[EpochResult]:
    """Return the history that a checkpoint's metadata hold.

    Raises:
        CheckpointError: an entry is not what an epoch comes to.
    """
    history = checkpoint.value(list, "history")
    for number, entry in enumerate(history, start=1):
        if not _is_result(entry, number):
            names = ", ".join(sorted(field.name for field in fields(EpochResult)))
            raise CheckpointError(
                f"{checkpoint.path}: epoch {number} of the metadata's history must hold the "
                f"numbers {names}, got {entry!r:.60}"
            )
    return [EpochResult(**entry) for entry in history]


@dataclass(frozen=True)
class Course:
    """How a run began, and what its epochs came to so far.

    Attributes:
        config: of the run.
        fingerprint: of its data.
        origin: the weights it began with, None for random ones.
        history: of the epochs that are over.
    """

    config: Config
    fingerprint: str
    origin: object
    history: list[EpochResult]

    @classmethod
    def of(cls, checkpoint: Checkpoint) -> "Course":
        """Return the course of a run until a checkpoint was saved.

        Raises:
            CheckpointError: it holds nonsense.
        """
        return cls(
            read_config(checkpoint),
            checkpoint.value(str, "data", "fingerprint"),
            checkpoint.metadata.get("from"),
            read_history(checkpoint),
        )

    def continues(self, earlier: "Course") -> bool:
        """Tell whether the other one is that of the same run, no later."""
        return (
            not any(differences(self.config, earlier.config))
            and self.fingerprint == earlier.fingerprint
            and self.origin == earlier.origin
            and self.history[: len(earlier.history)] == earlier.history
        )


def whole_history(checkpoint: Checkpoint, latest: Path) -> list[EpochResult]:
    """Return the history of a checkpoint's run, with the epochs after it where they are known.

    Args:
        checkpoint: of any epoch.
        latest: where the run's latest weights would be.

    Raises:
        CheckpointError: an entry of the checkpoint's own history is not what an epoch comes to.
    """
    history = read_history(checkpoint)
    if latest != checkpoint.path and is_file(latest):
        with suppress(CheckpointError):
            later = Course.of(load_metadata(latest))
            if later.continues(Course.of(checkpoint)):
                return later.history
    return history


def best_epoch(history: Sequence[EpochResult]) -> int:
    """Return the first epoch of the highest validation accuracy, or the last one without any."""
    accuracies = [result.validation_accuracy for result in history]
    known = [accuracy for accuracy in accuracies if accuracy is not None]
    return accuracies.index(max(known)) + 1 if known else len(history)


def read_config(checkpoint: Checkpoint) -> Config:
    """Return the configuration that a checkpoint's metadata hold, newer keys by their defaults.

    Raises:
        CheckpointError: it is not valid.
    """
    text = json.dumps(checkpoint.value(dict, "config"))
    try:
        config = Config.model_validate_json(text)
    except ValidationError as error:
        raise CheckpointError(f"{checkpoint.path}: the metadata's config is not valid") from error
    if len(config.model.dropout_rates) != len(config.model.layers) - 2:
        raise CheckpointError(
            f"{checkpoint.path}: model.dropout must have a rate for each hidden layer, got "
            f"{len(config.model.dropout_rates)}"
        )
    return config


def differences(config: Config, began: Config) -> Iterator[tuple[str, object, object]]:
    """Yield key and both values wherever a run would not be the one that it began as.

    Its places may change, and its length, which is looked at elsewhere.
    """
    for key, new, old in _unequal(config.model_dump(mode="json"), began.model_dump(mode="json")):
        if key not in _MAY_CHANGE:
            yield key, new, old


def _unequal(
    new: dict[str, Any], old: dict[str, Any], section: str = ""
) -> Iterator[tuple[str, object, object]]:
    """Yield dotted key and both values wherever two configurations differ.

    A section stands for its keys where only one of the two has it.
    """
    for key in old | new:
        one, other = new.get(key), old.get(key)
        if isinstance(one, dict) and isinstance(other, dict):
            yield from _unequal(one, other, f"{section}{key}.")
        elif one != other:
            yield section + key, one, other


_MAY_CHANGE = {
    "data.root",
    "data.path",
    "training.epochs",
    "training.checkpoint_every",
    "output",
}


def _is_result(entry: object, number: int) -> bool:
    """Tell whether a JSON value is what an epoch of that number may have come to."""
    if not isinstance(entry, dict) or entry.keys() != {field.name for field in fields(EpochResult)}:
        return False
    validation = [entry["validation_loss"], entry["validation_accuracy"]]
    if validation == [None, None]:  # no images
        validation = []
    elif not _is_number(validation[1], 1):
        return False
    others = [
        entry[name] for name in ("train_loss", "learning_rate", "images_per_second", "seconds")
    ]
    return (
        type(entry["epoch"]) is int
        and entry["epoch"] == number
        and all(_is_number(value, LARGEST) for value in [*validation, *others])
    )


def _is_number(value: object, largest: float) -> bool:
    return type(value) in (int, float) and abs(cast("float", value)) <= largest
