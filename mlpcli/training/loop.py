"""The loop over a training's state.

It is silent: it yields what each epoch came to, and whoever runs it shows, saves and stops.
"""

import time
from collections.abc import Callable, Iterator
from itertools import islice

import numpy as np

from mlpcli.runs.history import EpochResult
from mlpcli.training.state import TrainingState
from mlpcli.utils.threads import use_threads


def train(
    state: TrainingState, on_step: Callable[[int, float], None] | None = None
) -> Iterator[EpochResult]:
    """Run the remaining epochs, yielding after each; `state` is then ready to be saved.

    Args:
        state: advanced in place; it may be in the middle of an epoch.
        on_step: called with the number of images and the loss of each batch. The state is ready
            to be saved then as well, and what it raises ends the training between two steps.

    Raises:
        TrainingError: the loss is no longer finite.
    """
    while not state.finished:
        result = run_epoch(state, on_step)
        state.end_epoch(result)
        yield result


@np.errstate(over="ignore", invalid="ignore")  # the state finds and names what is not finite
def run_epoch(
    state: TrainingState, on_step: Callable[[int, float], None] | None = None
) -> EpochResult:
    """Learn from each training image once, then look at the validation images."""
    start = time.perf_counter() - state.seconds
    with use_threads(state.threads):
        for inputs, labels in state.batches.epoch(state.epochs_done, state.step_of_epoch):
            loss = state.train_step(inputs, labels)
            state.loss_sum += loss * len(labels)
            state.seconds = time.perf_counter() - start
            if on_step:
                on_step(len(labels), loss)
    validation_loss, validation_accuracy = state.validate()
    images = len(state.dataset.train)
    return EpochResult(
        epoch=state.epochs_done + 1,
        train_loss=state.loss_sum / images,
        validation_loss=validation_loss,
        validation_accuracy=validation_accuracy,
        learning_rate=state.learning_rate,
        images_per_second=images / state.seconds,
        seconds=time.perf_counter() - start,
    )


@np.errstate(over="ignore", invalid="ignore")
def try_out(state: TrainingState) -> float:
    """Learn from two batches and return the seconds that the second one took."""
    seconds = 0.0
    with use_threads(state.threads):
        for inputs, labels in islice(state.batches.epoch(0), 2):
            start = time.perf_counter()
            state.train_step(inputs, labels)
            seconds = time.perf_counter() - start
    return seconds
