"""The history of a run, and whether two checkpoints belong to the same run."""

import math
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Literal

from mlpcli.config import Config
from mlpcli.config.schema import EarlyStoppingConfig
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


def best_epoch(history: Sequence[EpochResult], config: Config) -> int:
    """Return the epoch whose weights are kept as the best; the last one without validation images.

    It is the first one of the highest validation accuracy or, if the configuration's early stopping
    says so, of the lowest validation loss. With a `min_delta` it is the latest that was better by
    more than that than the best before it, as in Keras: the one from which patience counts.
    """
    stopping = config.training.early_stopping or EarlyStoppingConfig()
    best, highest = len(history), -math.inf
    for epoch, result in enumerate(history, 1):
        score = _score(result, stopping.metric)
        if score is not None and _exceeds(score - highest, stopping.min_delta):
            best, highest = epoch, score
    return best


def _score(result: EpochResult, metric: Literal["accuracy", "loss"]) -> float | None:
    """Return what is higher the better; None without validation images."""
    if metric == "accuracy" or result.validation_loss is None:
        return result.validation_accuracy
    return -result.validation_loss


def _exceeds(gain: float, least: float) -> bool:
    """Tell whether a gain is larger than the least; from 0.7 to 0.8 it is 0.1, rounding or not."""
    return gain > least and not math.isclose(gain, least)


def differences(config: Config, began: Config) -> Iterator[tuple[str, object, object]]:
    """Yield key and both values of each difference that would make it another run.

    Name and paths of the data set may change, and so may the number of epochs; the fingerprint and
    the epochs are checked elsewhere.
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
    "data.name",  # the fingerprint is compared
    "data.root",
    "data.path",
    "training.epochs",
    "training.checkpoint_every",
    "output",
}
