"""Checks whether a run can resume from a checkpoint, and finds where."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from shlex import quote

from mlpcli.config import Config
from mlpcli.config.document import show
from mlpcli.config.schema import ModelConfig
from mlpcli.datasets import Dataset
from mlpcli.errors import CheckpointError, ConfigError
from mlpcli.nn.averaging import WeightAverage
from mlpcli.nn.network import Network
from mlpcli.nn.optimizers import Optimizer
from mlpcli.runs.checkpoint import RESUME, WEIGHTS, Checkpoint
from mlpcli.runs.history import differences
from mlpcli.runs.metadata import Metadata, Origin, Threads, UnderWay
from mlpcli.utils.arrays import Array

_IF_FOLDED = (
    "; mlp export folds it into the weights: begin with the run itself, or --set "
    "model.batch_norm=false"
)


def begin_weights(arrays: dict[str, Array], checkpoint: Checkpoint, wanted: ModelConfig) -> Origin:
    """Fill a network's arrays with trained weights, and return the origin of the weights.

    Raises:
        CheckpointError: a layer differs from the network's.
    """
    given = checkpoint.metadata.config.model
    for key, value, found in (
        ("activation", wanted.activation, given.activation),
        ("batch_norm", wanted.batch_norm, given.batch_norm),
    ):
        if found != value:
            advice = _IF_FOLDED if key == "batch_norm" and value else ""
            raise CheckpointError(
                f"{checkpoint.path}: model.{key} must be as in the configuration, "
                f"{json.dumps(value)}, got {json.dumps(found):.60}{advice}"
            )
    layers = list(wanted.sizes)
    if given.layers != layers:
        raise CheckpointError(
            f"{checkpoint.path}: model.layers must be as in the configuration, {layers}, "
            f"got {json.dumps(given.layers):.60}"
        )
    fill(arrays, checkpoint, WEIGHTS)
    return checkpoint.origin


def _check_teachers(checkpoint: Checkpoint, teachers: Sequence[Origin]) -> None:
    """Check that a run goes on with the teachers that it began with.

    Raises:
        CheckpointError: their weights are others.
    """
    began = [each.weights_sha256 for each in checkpoint.metadata.teachers]
    if began != [each.weights_sha256 for each in teachers]:
        names = ", ".join(each.weights for each in checkpoint.metadata.teachers) or "none"
        raise CheckpointError(
            f"{checkpoint.path}: training.distillation.teacher must stand for the same weights as "
            f"when the run began, {names:.300}, got others; put them back"
        )


def check_same_run(
    checkpoint: Checkpoint, config: Config, dataset: Dataset, teachers: Sequence[Origin] = ()
) -> None:
    """Check that a checkpoint was saved by a run with this configuration, data and teachers.

    Raises:
        CheckpointError: it was not.
    """
    for key, value, wanted in differences(config, checkpoint.config):
        raise CheckpointError(
            f"{checkpoint.path}: {key} must be {_shown(wanted)}, as when the run began, got "
            f"{_shown(value)} from config.yaml; only training.epochs may change, with --set"
        )
    fingerprint = checkpoint.metadata.data.fingerprint
    if fingerprint != dataset.fingerprint:
        raise CheckpointError(
            f"{checkpoint.path}: the data must be the same as when the run began, with fingerprint "
            f"{fingerprint!r:.80}, got {dataset.fingerprint!r}"
        )
    _check_teachers(checkpoint, teachers)


def check_ranks(checkpoint: Checkpoint, size: int) -> None:
    """Check that a run is resumed on as many processes as it began with.

    Raises:
        CheckpointError: it is not.
    """
    began = checkpoint.metadata.ranks
    if began == size:
        return
    processes = "process" if began == 1 else "processes"
    run = quote(str(checkpoint.path.parent))
    raise CheckpointError(
        f"{checkpoint.path}: the run must go on with {began} {processes}, as it began, because "
        f"others would round differently, got {size}; {launcher(began)}mlp train --resume {run}"
    )


def launcher(size: int) -> str:
    """Return what comes before a command that so many processes are to run."""
    return "" if size == 1 else f"mpiexec -n {size} "


def under_way(checkpoint: Checkpoint, steps_per_epoch: int) -> tuple[UnderWay, Threads]:
    """Return how far into the next epoch a checkpoint was saved, and the threads of its run.

    Raises:
        CheckpointError: the metadata lacks one of them, or has more steps than an epoch.
    """
    metadata = checkpoint.metadata
    position = metadata.under_way
    if metadata.format == 1:  # which had whole epochs only
        position = UnderWay()
    if position is None or metadata.threads is None:
        name = "threads" if position else "under_way"
        raise CheckpointError(f"{checkpoint.path}: the metadata must hold {name}, a dict, got None")
    if not 0 <= position.steps <= steps_per_epoch:
        raise CheckpointError(
            f"{checkpoint.path}: the metadata's under_way.steps must be in "
            f"[0, {steps_per_epoch}], got {position.steps!s:.60}"
        )
    return position, metadata.threads


def check_length(config: Config, began: Config, epochs_done: int, steps: int) -> None:
    """Check that a run can have its new number of epochs.

    Raises:
        ConfigError: it cannot.
    """
    before, epochs = began.training.epochs, config.training.epochs
    epochs_begun = epochs_done + bool(steps)
    schedule, augmentation = config.training.schedule, config.augmentation
    if epochs != before and schedule.depends_on_length:
        raise ConfigError(
            f"training.epochs must stay {before}, because the {schedule.name} schedule "
            f"depends on it from the first step, got {epochs}"
        )
    if epochs != before and augmentation and augmentation.fade:
        raise ConfigError(
            f"training.epochs must stay {before}, because augmentation.fade depends on it, "
            f"got {epochs}"
        )
    if epochs < epochs_begun:
        raise ConfigError(
            f"training.epochs must be at least {epochs_begun}, because that many have begun, "
            f"got {epochs}"
        )


def was_compiled(metadata: Metadata) -> bool:
    """Tell whether a run used compiled loops."""
    return bool(metadata.versions.get("compiler", "none") != "none")


def version_changes(before: Metadata, now: Metadata) -> Iterator[tuple[str, str, str]]:
    """Yield name, old version and new version of each library that affects results and changed."""
    old, new = before.versions, now.versions
    for name, missing in (("mlpcli", ""), ("numpy", ""), ("blas", ""), ("compiler", "none")):
        then = old.get(name, missing)
        if then != new[name]:
            yield name, str(then or "unknown"), new[name]


def arrays_to_resume(
    network: Network, optimizer: Optimizer, average: WeightAverage | None
) -> dict[str, Array]:
    """Return arrays that only resuming needs: slots and, with averaging, the latest weights."""
    arrays = dict(optimizer.slots)
    if average:
        arrays |= {"parameters": network.parameters, "statistics": network.statistics}
    return {RESUME + name: array for name, array in arrays.items()}


def fill(arrays: dict[str, Array], checkpoint: Checkpoint, prefix: str) -> None:
    """Fill arrays with those of the same names in a checkpoint.

    Raises:
        CheckpointError: the checkpoint has other names or shapes.
    """
    saved = checkpoint.take(prefix, {name: array.shape for name, array in arrays.items()})
    for name, array in arrays.items():
        array[:] = saved[name]


def _shown(value: object) -> str:
    return f"{value:.60}" if isinstance(value, str) else show(value)
