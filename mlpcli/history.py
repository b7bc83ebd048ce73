"""How a run began and what its epochs came to, as its checkpoints tell."""

import json
import sys
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, fields
from pathlib import Path

from pydantic import ValidationError

from mlpcli.checkpoint import Checkpoint, load_checkpoint
from mlpcli.config import Config
from mlpcli.errors import CheckpointError


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
    names = {field.name for field in fields(EpochResult)}
    history = checkpoint.value(list, "history")
    for number, entry in enumerate(history, start=1):
        whole = isinstance(entry, dict) and entry.keys() == names
        if not whole or not all(map(_is_result, entry.items())) or entry["epoch"] != number:
            raise CheckpointError(
                f"{checkpoint.path}: epoch {number} of the metadata's history must hold the "
                f"numbers {', '.join(sorted(names))}, got {entry!r:.60}"
            )
    return [EpochResult(**entry) for entry in history]


def whole_history(checkpoint: Checkpoint, latest: Path) -> list[EpochResult]:
    """Return the history of a checkpoint's run, with the epochs after it where they are known.

    Args:
        checkpoint: of any epoch.
        latest: where the run's latest weights would be.

    Raises:
        CheckpointError: an entry of the checkpoint's own history is not what an epoch comes to.
    """
    history = read_history(checkpoint)
    if latest.is_file() and latest != checkpoint.path:
        with suppress(CheckpointError):
            longer = read_history(load_checkpoint(latest))
            if longer[: len(history)] == history:
                return longer
    return history


def read_config(checkpoint: Checkpoint) -> Config:
    """Return the configuration that a checkpoint's metadata hold, newer keys by their defaults.

    Raises:
        CheckpointError: it is not valid.
    """
    text = json.dumps(checkpoint.value(dict, "config"))
    try:
        return Config.model_validate_json(text)
    except ValidationError as error:
        raise CheckpointError(f"{checkpoint.path}: the metadata's config is not valid") from error


def differences(config: Config, began: Config) -> Iterator[tuple[str, object, object]]:
    """Yield key and both values wherever a run would not be the one that it began as.

    Its places may change, and its length, which is looked at elsewhere.
    """
    new, old = _flat(config), _flat(began)
    for key in old:
        if key not in _MAY_CHANGE and new.get(key) != old[key]:
            yield key, new.get(key), old[key]


_MAY_CHANGE = {
    "data.root",
    "data.path",
    "training.epochs",
    "training.checkpoint_every",
    "output",
}


def _flat(config: Config) -> dict[str, object]:
    """Return the values of a configuration by dotted keys, down to the keys of its sections."""
    return {
        f"{name}.{key}" if key else name: value
        for name, part in config.model_dump(mode="json").items()
        for key, value in (part if isinstance(part, dict) else {"": part}).items()
    }


def _is_result(item: tuple[str, object]) -> bool:
    name, value = item
    if value is None:  # as without validation images
        return name.startswith("validation_")
    return isinstance(value, int | float) and abs(value) <= sys.float_info.max
