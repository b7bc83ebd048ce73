"""What the epochs of a run came to."""

import math
from dataclasses import dataclass, fields

from mlpcli.checkpoint import Checkpoint
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
    for entry in history:
        whole = isinstance(entry, dict) and entry.keys() == names
        if not whole or not all(map(_is_number, entry.values())):
            raise CheckpointError(
                f"{checkpoint.path}: each epoch of the metadata's history must hold the numbers "
                f"{', '.join(sorted(names))}, got {entry!r:.60}"
            )
    return [EpochResult(**entry) for entry in history]


def _is_number(value: object) -> bool:
    return value is None or (isinstance(value, int | float) and math.isfinite(value))
