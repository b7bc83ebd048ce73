"""The trainer: the whole state of a run, and the training loop.

    trainer = Trainer(config, dataset)
    for result in trainer.epochs():
        print(result.epoch, result.validation_accuracy)

The trainer prints nothing. Callbacks save, show or stop it.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Any, NoReturn

import numpy as np
from numpy.typing import NDArray

from mlpcli.config import Config
from mlpcli.datasets import Dataset
from mlpcli.nn.matmul import Inputs
from mlpcli.nn.network import Network
from mlpcli.nn.schedules import make_schedule
from mlpcli.runs.checkpoint import RESUME, WEIGHTS, Checkpoint
from mlpcli.runs.epochs import LARGEST, EpochResult
from mlpcli.runs.history import best_epoch
from mlpcli.runs.metadata import Metadata, Origin, Threads, UnderWay
from mlpcli.training import resuming
from mlpcli.training.callbacks import Callback
from mlpcli.training.checks import diverged, fit_to_data, largest_numbers
from mlpcli.training.choosing import choose_parts, choose_thread_counts, find_parts
from mlpcli.training.describing import describe, versions
from mlpcli.training.diagnosis import Outcome
from mlpcli.training.gradients import BatchGradients
from mlpcli.training.parts import Parts
from mlpcli.training.teaching import Teacher, choose_teacher
from mlpcli.training.validation import Validation, Validator
from mlpcli.utils.arrays import Array
from mlpcli.utils.randomness import Purpose, stream
from mlpcli.utils.ranks import ALONE, Ranks
from mlpcli.utils.threads import use_threads


class Trainer:
    """Trains a network on a data set as a configuration describes.

    Args:
        config: the sizes it gives must fit the data; the others are taken from the data.
        dataset: what to train on.
        ranks: the processes that train together, each with the same configuration and data.
        teacher: to learn from, if the configuration asks for one; by default the one it names.

    Raises:
        CheckpointError: the teacher cannot be read, or has other classes or inputs.
        ConfigError: a size does not fit the data.
        DataError: there is nothing to train on, or nothing to test with.
    """

    def __init__(
        self, config: Config, dataset: Dataset, ranks: Ranks = ALONE, teacher: Teacher | None = None
    ) -> None:
        config = fit_to_data(config, dataset)
        self.config, self.dataset, self.ranks = config, dataset, ranks
        model, training = config.model, config.training
        self.teacher = choose_teacher(config, dataset, teacher)
        self._teachers = self.teacher.origins if self.teacher else []
        self.network = Network.from_config(model)
        self.network.initialize(model.init, stream(config.seed, Purpose.INITIAL_WEIGHTS))
        self.network.set_batches(min(training.batch_size, len(dataset.learnt)), ranks)
        self._use(choose_parts(config, dataset))
        length = {"epochs": training.epochs, "steps_per_epoch": len(self.batches)}
        self.schedule = make_schedule(training.schedule, training.optimizer.learning_rate, **length)
        self.validator = Validator(config, dataset, ranks)
        threads = choose_thread_counts(config, ranks, sparse=self.batches.sparse)
        self.threads, self.evaluation_threads = threads.training, threads.evaluation
        self.step = 0  # steps begun in the whole run
        self.loss_sum = self.seconds = 0.0  # over the images of the current epoch
        self.history: list[EpochResult] = []
        self.temperature = 1.0  # of the weights that were last validated
        self.outlier_threshold: float | None = None  # likewise
        self.outcome: Outcome | None = None  # of that validation
        self.guessing: bool | None = None  # as in `outcome`, or from the run that is resumed
        self.origin: Origin | None = None  # the weights it began with, unless random

    def _use(self, parts: Parts) -> None:
        """Compute the steps with these parts."""
        self.parts = parts
        self.loss = parts.make_loss(self.config, self.dataset)
        self.optimizer = parts.make_optimizer(self.config, self.network, self.ranks)
        self.average = parts.make_average(self.config, self.network, self.ranks)
        self.batches = parts.make_batches(self.config, self.dataset, self.ranks, self.teacher)

    def epochs(self, callbacks: Sequence[Callback] = ()) -> Iterator[EpochResult]:
        """Run the remaining epochs, and yield the result of each.

        Raises:
            TrainingError: the loss or a weight is no longer finite.
        """
        while not self.finished:
            result = self.run_epoch(callbacks)
            self.history.append(result)
            self.loss_sum = self.seconds = 0.0
            for callback in callbacks:
                callback.on_epoch(result)
            yield result

    @np.errstate(over="ignore", invalid="ignore")  # reported by `_check_finite`
    def run_epoch(self, callbacks: Sequence[Callback] = ()) -> EpochResult:
        """Train on each image once, then evaluate on the validation images."""
        start = time.perf_counter() - self.seconds
        with use_threads(self.threads):
            began = time.perf_counter()
            for inputs, labels in self.batches.epoch(self.epochs_done, self.step_of_epoch):
                loss = self.train_step(inputs, labels)
                ended = time.perf_counter()
                self.loss_sum += loss * len(labels)
                self.seconds = ended - start
                for callback in callbacks:
                    callback.on_step(len(labels), loss, ended - began)
                began = time.perf_counter()
        validation = self.validate()
        images = len(self.dataset.learnt)
        train_loss = self.loss_sum / images
        if (largest := max(train_loss, validation.loss or 0.0)) > LARGEST:
            self._diverge(f"the loss must stay below {LARGEST:g}, got {largest:g}")
        return EpochResult(
            epoch=self.epochs_done + 1,
            train_loss=train_loss,
            validation_loss=validation.loss,
            validation_accuracy=validation.accuracy,
            learning_rate=self.learning_rate,
            images_per_second=images / self.seconds,
            seconds=time.perf_counter() - start,
        )

    def train_step(self, inputs: Inputs, labels: NDArray[Any]) -> float:
        """Train on one batch and return its loss.

        Args:
            inputs: (rows, features) float32 in [0, 1], this rank's part of the batch.
            labels: (batch,) int64 in [0, classes), of the whole batch; with distillation, the
                teacher's (batch, classes) probabilities.

        Raises:
            TrainingError: the loss is not finite; parameters and optimizer are unchanged.
        """
        epoch, step = self.epochs_done, self.step_of_epoch
        self.step += 1
        loss, others = self._gradients.compute(inputs, labels, epoch=epoch, step=step)
        self._check_finite(loss, "loss")
        self.optimizer.step(self.network.gradients, self.learning_rate, others)
        if self.average:
            self.average.update()
        return loss

    def validate(self) -> Validation:
        """Evaluate the weights used to predict on the validation images.

        Raises:
            TrainingError: the state after the latest step, or the loss, is not finite.
        """
        self.check()
        validation = self.validator.evaluate(self.predicting_arrays, self.evaluation_threads)
        if validation.loss is not None:
            self._check_finite(validation.loss, "validation loss")
        self.temperature, self.outlier_threshold = validation.temperature, validation.threshold
        self.outcome, self.guessing = validation.outcome, validation.outcome.guessing
        return validation

    def check(self) -> None:
        """Check that the run can continue from its current state, and so may be saved.

        Afterwards every rank has the whole state; before, each had kept only its part up to date.

        Raises:
            TrainingError: parameters, statistics or the optimizer's slots are not finite.
        """
        self.optimizer.join_slots()
        if self.average:
            self.average.join()
        for what, largest in largest_numbers(self.network, self.optimizer, self.average):
            self._check_finite(largest, f"largest {what}")

    @property
    def epochs_done(self) -> int:
        """How many epochs are finished."""
        return len(self.history)

    @property
    def step_of_epoch(self) -> int:
        """How many steps of the current epoch have begun."""
        return self.step - self.epochs_done * len(self.batches)

    @property
    def best_epoch(self) -> int:
        """The epoch whose weights are the best, as the configuration chooses among the history."""
        return best_epoch(self.history, self.config)

    @property
    def stopped_early(self) -> bool:
        """Whether there was no improvement for `patience` epochs."""
        stopping = self.config.training.early_stopping
        return bool(stopping and self.epochs_done - self.best_epoch >= stopping.patience)

    @property
    def finished(self) -> bool:
        """Whether no epochs remain."""
        return self.stopped_early or self.epochs_done >= self.config.training.epochs

    @property
    def learning_rate(self) -> float:
        """The learning rate of the latest step."""
        return self.schedule(self.step - 1)

    @property
    def predicting_arrays(self) -> dict[str, Array]:
        """The named arrays used to predict: the averages if there are any, or else the latest."""
        if self.average and self.average.steps:
            return self.network.arrays_of(*self.average.averages)
        return self.network.named_arrays

    def state_dict(self) -> tuple[dict[str, Array], Metadata]:
        """Return the arrays and metadata from which the run resumes as if it had not stopped."""
        return self.predicting_arrays | self._resume_arrays, self.metadata()

    def load_state_dict(self, checkpoint: Checkpoint) -> None:
        """Restore the state of a saved run in a new trainer with the same configuration.

        Raises:
            CheckpointError: it is of another configuration, data set, or number of ranks.
            ConfigError: the run cannot have the configured number of epochs.
        """
        resuming.check_same_run(checkpoint, self.config, self.dataset, self._teachers)
        resuming.check_ranks(checkpoint, self.ranks.size)
        saved = checkpoint.metadata
        self._use(find_parts(compiled=resuming.was_compiled(saved)))
        self.history, self.guessing, self.origin = list(saved.history), saved.guessing, saved.origin
        self.temperature, self.outlier_threshold = saved.temperature, saved.outlier_threshold
        position, threads = resuming.under_way(checkpoint, len(self.batches))
        self.loss_sum, self.seconds = position.loss_sum, position.seconds
        self.step = self.epochs_done * len(self.batches) + position.steps
        self.optimizer.steps = self.step
        if self.average:
            self.average.steps = self.step
        resuming.check_length(self.config, checkpoint.config, self.epochs_done, position.steps)
        self.threads, self.evaluation_threads = threads.training, threads.evaluation
        resuming.fill(self.predicting_arrays, checkpoint, WEIGHTS)
        resuming.fill(self._resume_arrays, checkpoint, RESUME)

    def begin_with(self, checkpoint: Checkpoint) -> None:
        """Begin with the trained weights of a network like this one.

        Raises:
            CheckpointError: a layer differs from this network's.
        """
        arrays, model = self.network.named_arrays, self.config.model
        self.origin = resuming.begin_weights(arrays, checkpoint, model)

    def metadata(self) -> Metadata:
        """Return the metadata of a checkpoint of the current state."""
        return describe(
            self.config,
            self.dataset,
            origin=self.origin,
            teachers=self._teachers,
            temperature=self.temperature,
            outlier_threshold=self.outlier_threshold,
            guessing=self.guessing,
            versions=versions(self.parts.compiler),
            threads=Threads(training=self.threads, evaluation=self.evaluation_threads),
            ranks=self.ranks.size,
            epoch=self.epochs_done,
            under_way=UnderWay(
                steps=self.step_of_epoch, loss_sum=self.loss_sum, seconds=self.seconds
            ),
            history=self.history,
        )

    @property
    def _resume_arrays(self) -> dict[str, Array]:
        """Arrays needed only to resume."""
        return resuming.arrays_to_resume(self.network, self.optimizer, self.average)

    @cached_property
    def _gradients(self) -> BatchGradients:
        """What computes them, once resuming has set `threads`."""
        config, ranks, trained = self.config, self.ranks, (self.network, self.loss)
        replicas = self.parts.make_replicas(config, *trained, self.threads, ranks)
        return BatchGradients(*trained, config, replicas=replicas, ranks=ranks)

    def _check_finite(self, value: float, what: str) -> None:
        if not math.isfinite(value):
            self._diverge(f"the {what} must stay finite, got {value}")

    def _diverge(self, problem: str) -> NoReturn:
        epoch, step, rate = self.epochs_done + 1, self.step_of_epoch, self.learning_rate
        raise diverged(problem, epoch=epoch, step=step, learning_rate=rate)
