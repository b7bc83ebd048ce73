"""Tries out a training for a second, to tell how much time and memory all of it will take."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace

import numpy as np

from mlpcli.training.trainer import Trainer
from mlpcli.training.validation import Validator
from mlpcli.utils.memory import peak_memory
from mlpcli.utils.threads import use_threads

SECONDS = 1.0  # of training
COPIES = 2  # of the weights, while the best ones are read at the end


@dataclass(frozen=True)
class Expectation:
    """What a training will take.

    Attributes:
        epoch_seconds: for an epoch, validation included.
        seconds: for all epochs, and the evaluation on the test images.
        memory: the most in bytes, images that are mapped from a file aside; None if unknown.
    """

    epoch_seconds: float
    seconds: float
    memory: int | None


def rehearse(trainer: Trainer) -> Expectation:
    """Train for about a second, validate and test, and return what the training will take.

    All memory that a training takes is taken here, and measured, but for what reads the best
    weights at the end, which is added.

    Raises:
        TrainingError: the loss or a weight is no longer finite.
    """
    steps, epochs = len(trainer.batches), trainer.config.training.epochs
    training = steps * _step_seconds(trainer)
    start = time.perf_counter()
    trainer.validate()
    validated = time.perf_counter()
    # at the end another network has the best weights
    last = Validator(trainer.config, replace(trainer.dataset, validation=trainer.dataset.test))
    last.evaluate(trainer.predicting_arrays, trainer.evaluation_threads)
    testing = time.perf_counter() - validated
    epoch_seconds = training + validated - start
    peak = peak_memory()
    return Expectation(
        epoch_seconds=epoch_seconds,
        seconds=epochs * epoch_seconds + testing,
        memory=peak and peak + COPIES * trainer.network.parameters.nbytes,
    )


@np.errstate(over="ignore", invalid="ignore")  # reported by the trainer
def _step_seconds(trainer: Trainer) -> float:
    """Train on the first batches, and return the mean seconds of a step, but for the first one."""
    ends: list[float] = []
    with use_threads(trainer.threads):
        start = time.perf_counter()
        for inputs, labels in trainer.batches.epoch(0):
            trainer.train_step(inputs, labels)
            ends.append(time.perf_counter())
            if trainer.ranks.share(ends[-1] - ends[0] >= SECONDS)[0]:
                break
    if len(ends) == 1:
        return ends[0] - start
    return (ends[-1] - ends[0]) / (len(ends) - 1)
