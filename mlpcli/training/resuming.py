"""A training's state as the arrays and metadata of a checkpoint, and back.

What is saved is enough to go on as if the run had never stopped, at any step: chance is derived
from the position, so that only numbers need to be kept.
"""

import json
import platform
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

import numpy as np

import mlpcli
from mlpcli.config import Config, plain
from mlpcli.config.document import show
from mlpcli.config.schema import MAX_THREADS
from mlpcli.errors import CheckpointError, ConfigError
from mlpcli.images.recipe import default_recipe
from mlpcli.nn.temperature import read_temperature
from mlpcli.runs.checkpoint import RESUME, WEIGHTS, Checkpoint
from mlpcli.runs.history import Course, differences, read_config, read_history
from mlpcli.training.state import TrainingState
from mlpcli.utils.arrays import Array
from mlpcli.utils.threads import blas_library


def describe(state: TrainingState) -> dict[str, Any]:
    """Return what a checkpoint says of a state, as JSON values."""
    dataset = state.dataset
    _, height, width = dataset.train.images.shape
    recipe = default_recipe(dataset.preprocessing, height, width)
    return {
        "config": plain(state.config),
        "preparation": {
            "kind": dataset.preprocessing,
            "height": height,
            "width": width,
            "steps": [step.describe() for step in recipe],
        },
        "classes": list(dataset.classes),
        "data": {"name": dataset.name, "fingerprint": dataset.fingerprint},
        "from": state.origin,
        "temperature": state.temperature,
        "guessing": state.guessing,
        "threads": {"training": state.threads, "evaluation": state.evaluation_threads},
        "epoch": state.epochs_done,
        "under_way": {
            "steps": state.step_of_epoch,
            "loss_sum": state.loss_sum,
            "seconds": state.seconds,
        },
        "history": [asdict(result) for result in state.history],
        "versions": _versions(),
    }


def begin_with(state: TrainingState, checkpoint: Checkpoint) -> None:
    """Begin with trained weights of a network like the state's.

    Raises:
        CheckpointError: a layer is not like this network's.
    """
    wanted = state.config.model
    model = checkpoint.value(dict, "config", "model")
    for key, value in (("activation", wanted.activation), ("batch_norm", wanted.batch_norm)):
        if model.get(key, False) != value:
            raise CheckpointError(
                f"{checkpoint.path}: model.{key} must be that of the configuration, "
                f"{json.dumps(value)}, got {json.dumps(model.get(key, False)):.60}"
            )
    layers = list(wanted.layers)
    given = checkpoint.value(list, "config", "model", "layers")
    if given != layers:
        raise CheckpointError(
            f"{checkpoint.path}: model.layers must be those of the configuration, {layers}, "
            f"got {json.dumps(given):.60}"
        )
    _fill(state.network.named_arrays, checkpoint, WEIGHTS)
    state.origin = {
        "weights": str(checkpoint.path.absolute()),
        "weights_sha256": checkpoint.metadata["weights_sha256"],
    }


def restore(state: TrainingState, checkpoint: Checkpoint) -> None:
    """Bring a new state to where a run of its configuration was when a checkpoint was saved.

    Raises:
        CheckpointError: it is of another configuration or of other data, or holds nonsense.
        ConfigError: there are more epochs behind it than there shall be.
    """
    path, began = checkpoint.path, read_config(checkpoint)
    for key, value, wanted in differences(state.config, began):
        raise CheckpointError(
            f"{path}: {key} must be {_shown(wanted)}, as when the run began, got {_shown(value)} "
            "from config.yaml; only training.epochs may change, by --set"
        )
    fingerprint = checkpoint.value(str, "data", "fingerprint")
    if fingerprint != state.dataset.fingerprint:
        raise CheckpointError(
            f"{path}: the data must be those that the run began with, of fingerprint "
            f"{fingerprint!r:.80}, got {state.dataset.fingerprint!r}"
        )
    state.history = read_history(checkpoint)
    state.temperature = read_temperature(checkpoint)
    state.guessing = _read_guessing(checkpoint)
    _restore_position(state, checkpoint)
    _check_length(state, began)
    state.threads, state.evaluation_threads = (
        _number(checkpoint, 1, MAX_THREADS, "threads", use) for use in ("training", "evaluation")
    )
    if checkpoint.metadata.get("from") is not None:
        state.origin = {
            key: checkpoint.value(str, "from", key) for key in ("weights", "weights_sha256")
        }
    _fill(state.predicting_arrays, checkpoint, WEIGHTS)
    _fill(state.resume_arrays, checkpoint, RESUME)


def is_earlier(state: TrainingState, checkpoint: Checkpoint) -> bool:
    """Tell whether a checkpoint was saved by a state's run, after an epoch that is behind it.

    Raises:
        CheckpointError: it holds nonsense.
    """
    ours = Course(state.config, state.dataset.fingerprint, state.origin, state.history)
    return ours.continues(Course.of(checkpoint))


def version_changes(checkpoint: Checkpoint) -> Iterator[tuple[str, str, str]]:
    """Yield name, version then and version now of what decides the last bits of a result."""
    then, now = checkpoint.value(dict, "versions"), _versions()
    for name in ("mlpcli", "numpy", "blas"):
        if then.get(name) != now[name]:
            yield name, str(then.get(name, "unknown")), now[name]


def _shown(value: object) -> str:
    return f"{value:.60}" if isinstance(value, str) else show(value)


def _versions() -> dict[str, str]:
    return {
        "mlpcli": mlpcli.__version__,
        "numpy": np.__version__,
        "blas": blas_library(),
        "python": platform.python_version(),
    }


def _restore_position(state: TrainingState, checkpoint: Checkpoint) -> None:
    """Set the step, and what the epoch under way has come to."""
    steps = 0
    if checkpoint.metadata["format"] > 1:  # the first format knew whole epochs only
        steps = _number(checkpoint, 0, len(state.batches), "under_way", "steps")
        state.loss_sum, state.seconds = (
            checkpoint.value(float, "under_way", key) for key in ("loss_sum", "seconds")
        )
        sound = abs(state.loss_sum) < 1e30 and (steps == 0 or 1e-9 < state.seconds < 1e9)
        if not sound:  # never so for nan
            raise CheckpointError(
                f"{checkpoint.path}: the metadata's under_way must hold what an epoch may come to"
            )
    state.step = state.optimizer.steps = state.epochs_done * len(state.batches) + steps
    if state.average:
        state.average.steps = state.step


def _read_guessing(checkpoint: Checkpoint) -> bool | None:
    """Return whether the latest whole epoch came to guesses, None where that is not known."""
    guessing = checkpoint.metadata.get("guessing")  # not in older files
    if guessing is None or isinstance(guessing, bool):
        return guessing
    raise CheckpointError(
        f"{checkpoint.path}: the metadata's guessing must be true, false or null, "
        f"got {json.dumps(guessing):.60}"
    )


def _check_length(state: TrainingState, began: Config) -> None:
    """Raise ConfigError where a run cannot get the epochs that it now shall have."""
    before, epochs = began.training.epochs, state.config.training.epochs
    schedule = state.config.training.schedule
    if epochs != before and schedule.depends_on_length:
        raise ConfigError(
            f"training.epochs must stay {before}, for the {schedule.name} schedule depends on "
            f"it from the first step on, got {epochs}"
        )
    if epochs < state.epochs_begun:
        raise ConfigError(
            f"training.epochs must be at least {state.epochs_begun}, for so many have begun, "
            f"got {epochs}"
        )


def _number(checkpoint: Checkpoint, low: int, high: int, *keys: str) -> int:
    """Return a whole number of the metadata that is in [low, high]."""
    number = checkpoint.value(int, *keys)
    if not low <= number <= high:
        raise CheckpointError(
            f"{checkpoint.path}: the metadata's {'.'.join(keys)} must be in [{low}, {high}], "
            f"got {number!s:.60}"
        )
    return number


def _fill(arrays: dict[str, Array], checkpoint: Checkpoint, prefix: str) -> None:
    """Fill arrays with those that a checkpoint holds under the same names."""
    saved = checkpoint.take(prefix, {name: array.shape for name, array in arrays.items()})
    for name, array in arrays.items():
        array[:] = saved[name]
