"""The state of a training and the loop over it.

The loop is silent: it yields what each epoch came to, and whoever runs it shows, saves and stops.
"""

import math
import platform
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from functools import partial
from itertools import islice
from typing import Any

import numpy as np
from numpy.typing import NDArray

import mlpcli
from mlpcli.arrays import Array
from mlpcli.batches import Batches
from mlpcli.config import Config, plain
from mlpcli.datasets import Dataset
from mlpcli.errors import ConfigError, TrainingError
from mlpcli.evaluation import BATCH, compute_logits, measure_logits
from mlpcli.losses import CrossEntropy
from mlpcli.network import Network
from mlpcli.optimizers import clip_gradients, make_optimizer, make_schedule
from mlpcli.randomness import Purpose, stream
from mlpcli.threads import choose_threads, limit_threads


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


class TrainingState:
    """Everything a run is: network, optimizer, position and history.

    Args:
        config: its layers must fit the data.
        dataset: what to train on.
    """

    def __init__(self, config: Config, dataset: Dataset) -> None:
        check_fit(config, dataset)
        self.config, self.dataset = config, dataset
        self.network = Network(config.model.layers, config.model.activation)
        self.network.initialize(config.model.init, stream(config.seed, Purpose.INITIAL_WEIGHTS))
        self.optimizer = make_optimizer(
            config.training.optimizer, self.network.parameters, self.network.weight_count
        )
        self.loss = CrossEntropy(config.training.label_smoothing)
        self.batches = Batches(
            dataset.train, config.training.batch_size, config.seed, config.augmentation
        )
        self.schedule = make_schedule(
            config.training.schedule,
            config.training.optimizer.learning_rate,
            epochs=config.training.epochs,
            steps_per_epoch=len(self.batches),
        )
        choose = partial(choose_threads, config.threads, config.model.layers)
        self.threads, self.evaluation_threads = choose(config.training.batch_size), choose(BATCH)
        self.step = 0  # steps begun, over the whole run
        self.history: list[EpochResult] = []

    @property
    def epochs_done(self) -> int:
        """How many epochs are behind us."""
        return len(self.history)

    @property
    def best_epoch(self) -> int:
        """The first epoch of the highest validation accuracy, or the last one without any."""
        accuracies = [result.validation_accuracy for result in self.history]
        known = [accuracy for accuracy in accuracies if accuracy is not None]
        return accuracies.index(max(known)) + 1 if known else self.epochs_done

    @property
    def stopped_early(self) -> bool:
        """Whether the last epochs brought nothing better, and patience is at its end."""
        stopping = self.config.training.early_stopping
        return bool(stopping and self.epochs_done - self.best_epoch >= stopping.patience)

    @property
    def finished(self) -> bool:
        """Whether there is nothing more to do."""
        return self.stopped_early or self.epochs_done >= self.config.training.epochs

    @property
    def learning_rate(self) -> float:
        """The learning rate of the latest step."""
        return self.schedule(self.step - 1)

    def train_step(self, inputs: Array, labels: NDArray[np.int64]) -> float:
        """Learn from one batch and return its loss.

        Args:
            inputs: (batch, features) float32 in [0, 1].
            labels: (batch,) in [0, classes).

        Raises:
            TrainingError: the loss is not finite; the parameters are left as they were.
        """
        self.step += 1
        loss = self.loss.forward(self.network.forward(inputs), labels)
        self._check_finite(loss, "loss")
        self.network.backward(self.loss.backward())
        if self.config.training.gradient_clip is not None:
            clip_gradients(self.network.gradients, self.config.training.gradient_clip)
        self.optimizer.step(self.network.gradients, self.learning_rate)
        return loss

    def validate(self) -> tuple[float | None, float | None]:
        """Return loss and accuracy on the validation images, None where there are none.

        Raises:
            TrainingError: the latest step left parameters or a loss that are not finite.
        """
        self._check_finite(float(np.abs(self.network.parameters).max()), "largest weight")
        validation = self.dataset.validation
        if not len(validation):
            return None, None
        with limit_threads(self.evaluation_threads):
            logits = compute_logits(self.network.forward, validation.images, self.network.sizes[0])
        metrics = measure_logits(logits, validation.labels)
        self._check_finite(metrics.loss, "validation loss")
        return metrics.loss, metrics.accuracy

    def metadata(self) -> dict[str, Any]:
        """Return what a checkpoint says of these weights, as JSON values."""
        _, height, width = self.dataset.train.images.shape
        return {
            "config": plain(self.config),
            "preparation": {"kind": self.dataset.preparation, "height": height, "width": width},
            "classes": list(self.dataset.classes),
            "data": {"name": self.dataset.name, "fingerprint": self.dataset.fingerprint},
            "threads": {"training": self.threads, "evaluation": self.evaluation_threads},
            "epoch": self.epochs_done,
            "history": [asdict(result) for result in self.history],
            "versions": {
                "mlpcli": mlpcli.__version__,
                "numpy": np.__version__,
                "python": platform.python_version(),
            },
        }

    def _check_finite(self, value: float, what: str) -> None:
        if not math.isfinite(value):
            step = self.step - self.epochs_done * len(self.batches)
            raise TrainingError(
                f"epoch {self.epochs_done + 1}, step {step}: the {what} must stay finite, got "
                f"{value} at learning rate {self.learning_rate:g}; lower "
                "training.optimizer.learning_rate or set training.gradient_clip"
            )


def train(
    state: TrainingState, on_step: Callable[[int, float], None] | None = None
) -> Iterator[EpochResult]:
    """Run the remaining epochs, yielding after each; `state` is then ready to be saved.

    Args:
        state: advanced in place.
        on_step: called with the number of images and the loss of each batch.

    Raises:
        TrainingError: the loss is no longer finite.
    """
    while not state.finished:
        result = run_epoch(state, on_step)
        state.history.append(result)
        yield result


@np.errstate(over="ignore", invalid="ignore")  # the state finds and names what is not finite
def run_epoch(
    state: TrainingState, on_step: Callable[[int, float], None] | None = None
) -> EpochResult:
    """Learn from each training image once, then look at the validation images."""
    start = time.perf_counter()
    total_loss = 0.0
    with limit_threads(state.threads):
        for inputs, labels in state.batches.epoch(state.epochs_done):
            loss = state.train_step(inputs, labels)
            total_loss += loss * len(labels)
            if on_step:
                on_step(len(labels), loss)
    trained = time.perf_counter()
    validation_loss, validation_accuracy = state.validate()
    images = len(state.dataset.train)
    return EpochResult(
        epoch=state.epochs_done + 1,
        train_loss=total_loss / images,
        validation_loss=validation_loss,
        validation_accuracy=validation_accuracy,
        learning_rate=state.learning_rate,
        images_per_second=images / (trained - start),
        seconds=time.perf_counter() - start,
    )


@np.errstate(over="ignore", invalid="ignore")
def try_out(state: TrainingState) -> float:
    """Learn from two batches and return the seconds that the second one took."""
    seconds = 0.0
    with limit_threads(state.threads):
        for inputs, labels in islice(state.batches.epoch(0), 2):
            start = time.perf_counter()
            state.train_step(inputs, labels)
            seconds = time.perf_counter() - start
    return seconds


def check_fit(config: Config, dataset: Dataset) -> None:
    """Raise ConfigError where a network's first or last layer does not fit the data."""
    first, *_, last = config.model.layers
    problems = []
    if first != dataset.pixels:
        problems.append(
            f"model.layers must begin with {dataset.pixels}, the pixels of an image of "
            f"{dataset.name}, got {first}"
        )
    if last != len(dataset.classes):
        problems.append(
            f"model.layers must end with {len(dataset.classes)}, the classes of "
            f"{dataset.name}, got {last}"
        )
    if problems:
        raise ConfigError(problems)
