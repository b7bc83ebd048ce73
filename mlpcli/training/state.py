"""Everything a training run is, at any moment."""

import math
from functools import cached_property, partial

import numpy as np
from numpy.typing import NDArray

from mlpcli.config import Config
from mlpcli.datasets import Dataset, Split
from mlpcli.errors import TrainingError
from mlpcli.nn.averaging import WeightAverage
from mlpcli.nn.diagnosis import Outcome, can_tell
from mlpcli.nn.losses import log_softmax
from mlpcli.nn.metrics import BATCH, Metrics, Predictions, compute_logits, parts
from mlpcli.nn.network import Network
from mlpcli.nn.optimizers import clip_gradients, make_optimizer
from mlpcli.nn.replicas import Replicas
from mlpcli.nn.schedules import make_schedule
from mlpcli.nn.temperature import fit_temperature, spacing
from mlpcli.runs.checkpoint import RESUME
from mlpcli.runs.history import EpochResult, best_epoch
from mlpcli.training.batches import Batches
from mlpcli.training.checks import check_fit
from mlpcli.utils.arrays import Array
from mlpcli.utils.randomness import Purpose, stream
from mlpcli.utils.threads import choose_threads, use_threads

EXAMPLES = 500  # training images that are looked at where too few are for validation


class TrainingState:
    """Everything a run is: network, optimizer, position and history.

    Args:
        config: its layers must fit the data.
        dataset: what to train on.
    """

    def __init__(self, config: Config, dataset: Dataset) -> None:
        check_fit(config, dataset)
        self.config, self.dataset = config, dataset
        model, training = config.model, config.training
        self.network = Network.from_config(model)
        self.network.initialize(model.init, stream(config.seed, Purpose.INITIAL_WEIGHTS))
        self.optimizer = make_optimizer(
            training.optimizer, self.network.parameters, self.network.weight_count
        )
        self.average = None
        if training.weight_average is not None:
            self.average = WeightAverage(
                training.weight_average, self.network.parameters, self.network.statistics
            )
        self.batches = Batches(dataset.train, training.batch_size, config.seed, config.augmentation)
        self.schedule = make_schedule(
            training.schedule,
            training.optimizer.learning_rate,
            epochs=training.epochs,
            steps_per_epoch=len(self.batches),
        )
        choose = partial(choose_threads, config.threads, model.layers)
        self.threads, self.evaluation_threads = choose(training.batch_size), choose(BATCH)
        self.step = 0  # steps begun, over the whole run
        self.loss_sum = 0.0  # over the images of the epoch under way
        self.seconds = 0.0  # spent on them
        self.history: list[EpochResult] = []
        self.temperature = 1.0  # of the weights that the latest validation saw
        self.outcome: Outcome | None = None  # of that validation
        self.guessing: bool | None = None  # whether it saw guesses, also of a run that goes on
        self.origin: dict[str, str] | None = None  # the weights it began with, if not random ones

    @property
    def epochs_done(self) -> int:
        """How many epochs are behind us."""
        return len(self.history)

    @property
    def step_of_epoch(self) -> int:
        """How many steps of the epoch under way have begun."""
        return self.step - self.epochs_done * len(self.batches)

    @property
    def epochs_begun(self) -> int:
        """How many epochs are behind us or under way."""
        return self.epochs_done + bool(self.step_of_epoch)

    @property
    def best_epoch(self) -> int:
        """The first epoch of the highest validation accuracy, or the last one without any."""
        return best_epoch(self.history)

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
        if self.network.dropouts:
            generator = stream(
                self.config.seed, Purpose.DROPOUT, epoch=self.epochs_done, step=self.step_of_epoch
            )
            for dropout in self.network.dropouts:
                dropout.generator = generator
        self.step += 1
        loss = self.replicas.learn(inputs, labels)
        self._check_finite(loss, "loss")
        if self.config.training.gradient_clip is not None:
            clip_gradients(self.network.gradients, self.config.training.gradient_clip)
        self.optimizer.step(self.network.gradients, self.learning_rate)
        if self.average:
            self.average.update()
        return loss

    @cached_property
    def replicas(self) -> Replicas:
        """The network with as many replicas as threads, once their number is certain."""
        training = self.config.training
        return Replicas(self.network, self.threads, training.batch_size, training.label_smoothing)

    @property
    def predicting_arrays(self) -> dict[str, Array]:
        """The named arrays that predict: the averages, or the latest if there are none."""
        if self.average and self.average.steps:
            return self.network.arrays_of(*self.average.averages)
        return self.network.named_arrays

    def validate(self) -> tuple[float | None, float | None]:
        """Return loss and accuracy on the validation images, None where there are none.

        The temperature is fitted to them. The outcome is that of some training images where there
        are few of them or none.

        Raises:
            TrainingError: what the latest step left, or the loss, is not finite.
        """
        self.check()
        self.predictor.load_folded(self.predicting_arrays)
        loss = accuracy = None
        if len(self.dataset.validation):
            metrics = self._validate(self.dataset.validation)
            loss, accuracy = metrics.loss, metrics.accuracy
        if self.looked_at is not self.dataset.validation:
            with use_threads(self.evaluation_threads):
                metrics, _ = self._answer(self.looked_at, 1)
        self.outcome = Outcome.of(metrics)
        self.guessing = self.outcome.guessing
        return loss, accuracy

    def _validate(self, validation: Split) -> Metrics:
        """Fit the temperature to the validation images, and return how good the answers are."""
        every = spacing(len(validation), self.network.sizes[-1])
        with use_threads(self.evaluation_threads):
            metrics, logits = self._answer(validation, every)
        self._check_finite(metrics.loss, "validation loss")
        self.temperature = fit_temperature(logits, validation.labels[::every])
        return metrics

    @cached_property
    def looked_at(self) -> Split:
        """The images that show whether anything was learnt."""
        if can_tell(self.dataset.validation.labels):
            return self.dataset.validation
        return examples(self.dataset.train, EXAMPLES)

    def _answer(self, split: Split, every: int) -> tuple[Metrics, Array]:
        """Return how good answers to images are, and the logits of every so many of these."""
        answers, kept = [], []
        for rows in parts(len(split), self.network.sizes[-1]):
            logits = compute_logits(self.predictor, split.images[rows])
            answers.append(Predictions.of(log_softmax(logits), split.labels[rows]))
            kept.append(logits[-rows.start % every :: every].copy())
        return Predictions.join(answers).metrics, np.concatenate(kept)

    @cached_property
    def predictor(self) -> Network:
        """The network as a classifier will rebuild it, with the weights validated last."""
        return Network.mlp(self.network.sizes, self.config.model.activation)

    def end_epoch(self, result: EpochResult) -> None:
        """Put what an epoch came to behind us."""
        self.history.append(result)
        self.loss_sum = self.seconds = 0.0

    def check(self) -> None:
        """Check that the run can go on from here, and so be saved.

        Raises:
            TrainingError: parameters, statistics or the optimizer's slots are not finite.
        """
        for what, array in (
            ("weight", self.network.parameters),
            ("mean or variance", self.network.statistics),
            *self.optimizer.slots.items(),
            *(("average", vector) for vector in (self.average.averages if self.average else ())),
        ):
            largest = max(array.max(initial=0), -array.min(initial=0))  # both are nan if one is
            self._check_finite(float(largest), f"largest {what.replace('_', ' ')}")

    @property
    def resume_arrays(self) -> dict[str, Array]:
        """What only resuming needs: the optimizer's slots and, behind an average, the latest."""
        arrays = dict(self.optimizer.slots)
        if self.average:
            arrays["parameters"] = self.network.parameters
            arrays["statistics"] = self.network.statistics
        return {RESUME + name: array for name, array in arrays.items()}

    def _check_finite(self, value: float, what: str) -> None:
        if not math.isfinite(value):
            raise TrainingError(
                f"epoch {self.epochs_done + 1}, step {self.step_of_epoch}: the {what} must stay "
                f"finite, got {value} at learning rate {self.learning_rate:g}; lower "
                "training.optimizer.learning_rate or set training.gradient_clip"
            )


def examples(split: Split, most: int) -> Split:
    """Return images of a split, chosen by chance and always the same; all where they are few."""
    if len(split) <= most:
        return split
    chosen = stream(0, Purpose.EXAMPLES).choice(len(split), most, replace=False)
    chosen.sort()
    return Split(split.images[chosen], split.labels[chosen])
