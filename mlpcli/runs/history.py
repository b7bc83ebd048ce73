"""The history of a run, and whether two checkpoints belong to the same run."""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from mlpcli.config import Config
from mlpcli.errors import CheckpointError
from mlpcli.runs.checkpoint import Checkpoint, load_metadata
from mlpcli.runs.epochs import EpochResult
from mlpcli.runs.metadata import Metadata
from mlpcli.utils.files import is_file


def continues(config: Config, metadata: Metadata, earlier: Checkpoint) -> bool:
    """Tell whether an earlier checkpoint belongs to the run with this configuration and metadata.

    Raises:
        CheckpointError: the configuration of the earlier checkpoint is not valid.
    """
    before = earlier.metadata
    return (
        not any(differences(config, earlier.config))
        and metadata.data.fingerprint == before.data.fingerprint
        and metadata.origin == before.origin
        and metadata.history[: len(before.history)] == before.history
    )


def whole_history(checkpoint: Checkpoint, latest: Path) -> list[EpochResult]:
    """Return the history of a checkpoint's run, including later epochs if they are known.

    Args:
        checkpoint: of any epoch.
        latest: the path of the run's latest weights, which may not exist.
    """
    if latest != checkpoint.path and is_file(latest):
        with suppress(CheckpointError):
            later = load_metadata(latest)
            if continues(later.config, later.metadata, checkpoint):
                return later.metadata.history
    return checkpoint.metadata.history


def best_epoch(history: Sequence[EpochResult]) -> int:
    """Return the first epoch of the highest validation accuracy; the last one if none is known."""
    accuracies = [result.validation_accuracy for result in history]
    known = [accuracy for accuracy in accuracies if accuracy is not None]
    return accuracies.index(max(known)) + 1 if known else len(history)


def differences(config: Config, began: Config) -> Iterator[tuple[str, object, object]]:
    """Yield key and both values of each difference that would make it another run.

    Paths may change, and so may the number of epochs, which is checked elsewhere.
    """
    for key, new, old in _unequal(config.model_dump(mode="json"), began.model_dump(mode="json")):
        if key not in _MAY_CHANGE:
            yield key, new, old


def _unequal(
    new: dict[str, Any], old: dict[str, Any], section: str = ""
) -> Iterator[tuple[str, object, object]]:
    """Yield the dotted key and both values wherever two configurations differ.

    A section that only one of them has is yielded as a whole.
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
