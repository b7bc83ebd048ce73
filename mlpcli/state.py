"""Everything a training run is, at any moment."""

import json
import math
import platform
from dataclasses import asdict
from functools import cached_property, partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

import mlpcli
from mlpcli.arrays import Array
from mlpcli.batches import Batches
from mlpcli.checkpoint import RESUME, WEIGHTS, Checkpoint
from mlpcli.config import Config, plain
from mlpcli.datasets import Dataset
from mlpcli.errors import CheckpointError, ConfigError, TrainingError
from mlpcli.evaluation import BATCH, compute_logits, measure_logits
from mlpcli.fit import check_fit
from mlpcli.history import EpochResult, differences, read_config, read_history
from mlpcli.images.recipe import default_recipe
from mlpcli.losses import CrossEntropy
from mlpcli.network import Network
from mlpcli.optimizers import WeightAverage, clip_gradients, make_optimizer, make_schedule
from mlpcli.randomness import Purpose, stream
from mlpcli.threads import choose_threads, limit_threads


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
        self.network = Network(
            model.layers,
            model.activation,
            batch_norm=model.batch_norm,
            dropout=model.dropout_rates,
        )
        self.network.initialize(model.init, stream(config.seed, Purpose.INITIAL_WEIGHTS))
        self.optimizer = make_optimizer(
            training.optimizer, self.network.parameters, self.network.weight_count
        )
        self.average = None
        if training.weight_average is not None:
            self.average = WeightAverage(
                training.weight_average, self.network.parameters, self.network.statistics
            )
        self.loss = CrossEntropy(training.label_smoothing)
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
        self.history: list[EpochResult] = []
        self.origin: dict[str, str] | None = None  # the weights it began with, if not random ones

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
        if self.network.dropouts:
            generator = stream(
                self.config.seed, Purpose.DROPOUT, epoch=self.epochs_done, step=self._step_of_epoch
            )
            for dropout in self.network.dropouts:
                dropout.generator = generator
        self.step += 1
        loss = self.loss.forward(self.network.forward(inputs), labels)
        self._check_finite(loss, "loss")
        self.network.backward(self.loss.backward())
        if self.config.training.gradient_clip is not None:
            clip_gradients(self.network.gradients, self.config.training.gradient_clip)
        self.optimizer.step(self.network.gradients, self.learning_rate)
        if self.average:
            self.average.update()
        return loss

    @property
    def predicting_arrays(self) -> dict[str, Array]:
        """The named arrays that predict: the averages, or the latest if there are none."""
        if self.average and self.average.steps:
            return self.network.arrays_of(*self.average.averages)
        return self.network.named_arrays

    def validate(self) -> tuple[float | None, float | None]:
        """Return loss and accuracy on the validation images, None where there are none.

        Raises:
            TrainingError: the latest step left parameters or a loss that are not finite.
        """
        self._check_finite(float(np.abs(self.network.parameters).max()), "largest weight")
        largest = float(np.abs(self.network.statistics).max(initial=0))
        self._check_finite(largest, "largest mean or variance")
        validation = self.dataset.validation
        if not len(validation):
            return None, None
        self._predictor.load_folded(self.predicting_arrays)
        with limit_threads(self.evaluation_threads):
            logits = compute_logits(
                self._predictor.forward, validation.images, self.network.sizes[0]
            )
        metrics = measure_logits(logits, validation.labels)
        self._check_finite(metrics.loss, "validation loss")
        return metrics.loss, metrics.accuracy

    @cached_property
    def _predictor(self) -> Network:
        """The network as a classifier will rebuild it from the saved weights."""
        return Network(self.network.sizes, self.network.activation)

    def begin_with(self, checkpoint: Checkpoint) -> None:
        """Begin with trained weights of a network like this one.

        Raises:
            CheckpointError: a layer is not like this network's.
        """
        model = checkpoint.value(dict, "config", "model")
        for key, wanted in (
            ("activation", self.config.model.activation),
            ("batch_norm", self.config.model.batch_norm),
        ):
            if model.get(key, False) != wanted:
                raise CheckpointError(
                    f"{checkpoint.path}: model.{key} must be that of the configuration, "
                    f"{json.dumps(wanted)}, got {json.dumps(model.get(key, False)):.60}"
                )
        layers = list(self.config.model.layers)
        given = checkpoint.value(list, "config", "model", "layers")
        if len(given) != len(layers):
            raise CheckpointError(
                f"{checkpoint.path}: model.layers must be those of the configuration, {layers}, "
                f"got {json.dumps(given):.60}"
            )
        _fill(self.network.named_arrays, checkpoint, WEIGHTS)
        self.origin = {
            "weights": str(checkpoint.path.absolute()),
            "weights_sha256": checkpoint.metadata["weights_sha256"],
        }

    @property
    def resume_arrays(self) -> dict[str, Array]:
        """What only resuming needs: the optimizer's slots and, behind an average, the latest."""
        arrays = dict(self.optimizer.slots)
        if self.average:
            arrays["parameters"] = self.network.parameters
            arrays["statistics"] = self.network.statistics
        return {RESUME + name: array for name, array in arrays.items()}

    def restore(self, checkpoint: Checkpoint) -> None:
        """Go back to where a run of this configuration was when the checkpoint was saved.

        Raises:
            CheckpointError: it is of another configuration or of other data, or holds nonsense.
            ConfigError: there are more epochs behind it than there shall be.
        """
        path, began = checkpoint.path, read_config(checkpoint)
        for key, value, wanted in differences(self.config, began):
            raise CheckpointError(
                f"{path}: {key} must be {wanted}, as when the run began, got {value} from "
                "config.yaml; only training.epochs may change, by --set"
            )
        fingerprint = checkpoint.value(str, "data", "fingerprint")
        if fingerprint != self.dataset.fingerprint:
            raise CheckpointError(
                f"{path}: the data must be those that the run began with, of fingerprint "
                f"{fingerprint!r:.80}, got {self.dataset.fingerprint!r}"
            )
        self.history = read_history(checkpoint)
        self._check_length(began)
        self.step = self.optimizer.steps = self.epochs_done * len(self.batches)
        if self.average:
            self.average.steps = self.step
        self.threads, self.evaluation_threads = (
            max(1, checkpoint.value(int, "threads", use)) for use in ("training", "evaluation")
        )
        if checkpoint.metadata.get("from") is not None:
            self.origin = {
                key: checkpoint.value(str, "from", key) for key in ("weights", "weights_sha256")
            }
        _fill(self.predicting_arrays, checkpoint, WEIGHTS)
        _fill(self.resume_arrays, checkpoint, RESUME)

    def _check_length(self, began: Config) -> None:
        """Raise ConfigError where a run cannot get the epochs that it now shall have."""
        before, epochs = began.training.epochs, self.config.training.epochs
        schedule = self.config.training.schedule
        if epochs != before and schedule.depends_on_length:
            raise ConfigError(
                f"training.epochs must stay {before}, for the {schedule.name} schedule depends on "
                f"it from the first step on, got {epochs}"
            )
        if epochs < self.epochs_done:
            raise ConfigError(
                f"training.epochs must be at least {self.epochs_done}, for so many are done, "
                f"got {epochs}"
            )

    def metadata(self) -> dict[str, Any]:
        """Return what a checkpoint says of these weights, as JSON values."""
        _, height, width = self.dataset.train.images.shape
        recipe = default_recipe(self.dataset.preparation, height, width)
        return {
            "config": plain(self.config),
            "preparation": {
                "kind": self.dataset.preparation,
                "height": height,
                "width": width,
                "steps": [step.describe() for step in recipe],
            },
            "classes": list(self.dataset.classes),
            "data": {"name": self.dataset.name, "fingerprint": self.dataset.fingerprint},
            "from": self.origin,
            "threads": {"training": self.threads, "evaluation": self.evaluation_threads},
            "epoch": self.epochs_done,
            "history": [asdict(result) for result in self.history],
            "versions": {
                "mlpcli": mlpcli.__version__,
                "numpy": np.__version__,
                "python": platform.python_version(),
            },
        }

    @property
    def _step_of_epoch(self) -> int:
        return self.step - self.epochs_done * len(self.batches)

    def _check_finite(self, value: float, what: str) -> None:
        if not math.isfinite(value):
            raise TrainingError(
                f"epoch {self.epochs_done + 1}, step {self._step_of_epoch}: the {what} must stay "
                f"finite, got {value} at learning rate {self.learning_rate:g}; lower "
                "training.optimizer.learning_rate or set training.gradient_clip"
            )


def _fill(arrays: dict[str, Array], checkpoint: Checkpoint, prefix: str) -> None:
    """Fill arrays with those that a checkpoint holds under the same names."""
    saved = checkpoint.take(prefix, {name: array.shape for name, array in arrays.items()})
    for name, array in arrays.items():
        array[:] = saved[name]
