"""One or several networks with class names and input preparation → probabilities."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, cast

import numpy as np

from mlpcli.errors import CheckpointError, DataError
from mlpcli.images import (
    Preprocessed,
    Recipe,
    preprocess,
    preprocess_picture,
)
from mlpcli.images.normalization import Pixels, Preprocessing
from mlpcli.inference.tta import views
from mlpcli.nn.losses import log_softmax
from mlpcli.nn.metrics import compute_logits
from mlpcli.nn.network import Network, array_shapes, mlp_layers
from mlpcli.runs.checkpoint import WEIGHTS, Checkpoint, load_checkpoint
from mlpcli.runs.metadata import Metadata
from mlpcli.utils.arrays import Array

if TYPE_CHECKING:  # predicting opens no data set
    from mlpcli.config.schema import ActivationName
    from mlpcli.datasets import Dataset

BUNDLED = Path(__file__).parent / "weights" / "synthetic.npz"
"""Weights that come with the program, of a network that has seen synthetic digits only."""


@dataclass(frozen=True)
class InputFormat:
    """What every network of a classifier must agree on.

    Attributes:
        classes: the name of each label.
        preprocessing: how a picture becomes an input.
        height: of an input image, in pixels.
        width: of an input image, in pixels.
        recipe: the steps of the preparation.
    """

    classes: tuple[str, ...]
    preprocessing: Preprocessing
    height: int
    width: int
    recipe: Recipe


class Classifier:
    """Networks whose probabilities are averaged.

    Args:
        networks: at least one.
        temperatures: what the logits of each are divided by.
        inputs: what every one of them takes and answers.
        trained_on: the `data` keys of the first one's configuration.
        seed: of that configuration; synthetic digits were drawn from it.
        name: what to name in an error.
    """

    def __init__(  # noqa: PLR0913  # what a checkpoint says of a network
        self,
        networks: Sequence[Network],
        temperatures: Sequence[float],
        inputs: InputFormat,
        *,
        trained_on: dict[str, Any],
        seed: int,
        name: str,
    ) -> None:
        self.networks, self.temperatures, self.inputs = networks, temperatures, inputs
        self.trained_on, self.seed, self.name = trained_on, seed, name

    @classmethod
    def load(cls, paths: Sequence[Path]) -> "Classifier":
        """Read one or several checkpoints.

        Raises:
            CheckpointError: one cannot be read, or they answer different questions.
        """
        return cls.of([load_checkpoint(path) for path in paths])

    @classmethod
    def of(cls, checkpoints: Sequence[Checkpoint]) -> "Classifier":
        """Build the networks of one or several checkpoints.

        Raises:
            CheckpointError: one holds nonsense, or they answer different questions.
        """
        metadata = checkpoints[0].metadata
        first = _input_format(metadata)
        for checkpoint in checkpoints:
            if _input_format(checkpoint.metadata) != first:
                raise CheckpointError(
                    f"{checkpoint.path}: classes and input preparation must be those of "
                    f"{checkpoints[0].path}"
                )
        networks = [_network(checkpoint) for checkpoint in checkpoints]
        temperatures = [checkpoint.metadata.temperature for checkpoint in checkpoints]
        name = ", ".join(str(checkpoint.path) for checkpoint in checkpoints)
        return cls(
            networks,
            temperatures,
            first,
            trained_on=metadata.config.data,
            seed=metadata.config.seed,
            name=name,
        )

    @property
    def calibrated(self) -> bool:
        """Whether a temperature changes any probability."""
        return any(temperature != 1 for temperature in self.temperatures)

    def log_probabilities(self, images: Pixels, *, tta: bool = False) -> Array:
        """Return (count, classes) float32 for (count, height, width) uint8 images.

        The logits of each network are divided by its temperature.

        Args:
            images: as the networks were trained on.
            tta: average over small shifts and turns of each image, if it is of a digit like
                MNIST's, around which there is nothing that could be cut off.

        Raises:
            CheckpointError: an answer is not finite, for weights are finite but far too large.
        """
        shown = views(images) if tta and self.inputs.preprocessing == "digit" else (images,)
        return self._mean([each for view in shown for each in self._calibrated(self._logits(view))])

    def calibrated_and_not(self, images: Pixels) -> tuple[Array, Array]:
        """Return `log_probabilities`, and what they would be at temperatures of 1.

        Raises:
            CheckpointError: an answer is not finite.
        """
        logits = self._logits(images)
        return self._mean(self._calibrated(logits)), self._mean(logits)

    @np.errstate(over="ignore", invalid="ignore")
    def _logits(self, images: Pixels) -> list[Array]:
        return [compute_logits(network, images) for network in self.networks]

    @np.errstate(over="ignore")
    def _calibrated(self, logits: Sequence[Array]) -> list[Array]:
        """Divide the logits of each network by its temperature."""
        temperatures = np.array(self.temperatures, dtype=np.float32)
        return [each / one for each, one in zip(logits, temperatures, strict=True)]

    @np.errstate(over="ignore", invalid="ignore")
    def _mean(self, logits: Sequence[Array]) -> Array:
        """Return the logarithm of the mean of softmax(logits) over networks and views."""
        each = [log_softmax(one) for one in logits]
        total: Array = each[0] if len(each) == 1 else np.logaddexp.reduce(each)
        total -= np.log(len(each))
        if not np.isfinite(total).all():
            raise CheckpointError(f"{self.name}: the weights are too large, answers overflow")
        return total

    def preprocess(self, grey: Pixels, *, many: bool = False) -> Preprocessed:
        """Turn a grey picture of any size into input images, one or one for each digit."""
        return preprocess(grey, self.inputs.recipe, many=many)

    def preprocess_picture(
        self, source: Path | IO[bytes], place: str, *, many: bool = False
    ) -> Preprocessed:
        """Turn a picture file into input images, one or one for each digit.

        Raises:
            ImageError: it cannot be read.
        """
        return preprocess_picture(source, place, self.inputs.recipe, many=many)

    def check_classes(self, name: str, classes: tuple[str, ...]) -> None:
        """Raise DataError for a data set that asks another question than the networks answer.

        It may lack the last classes, for a file without names has as many as its labels show.
        """
        if classes != self.inputs.classes[: len(classes)]:
            raise DataError(
                f"{name}: the classes must be those the network was trained on "
                f"({listed(self.inputs.classes)}), got {listed(classes)}"
            )

    def check_data(self, dataset: "Dataset") -> None:
        """Raise DataError for a data set of other classes or of images of another size."""
        inputs = self.inputs
        self.check_classes(dataset.name, dataset.classes)
        size = dataset.train.images.shape[1:]
        if size != (inputs.height, inputs.width):
            raise DataError(
                f"{dataset.name}: images must be {inputs.height}×{inputs.width} pixels, "
                f"got {size[0]}×{size[1]}"
            )


def listed(classes: tuple[str, ...]) -> str:
    """Return class names in a row, the middle left out where there are many."""
    if len(classes) > 12:
        classes = (*classes[:3], "…", *classes[-3:])
    return ", ".join(classes)


def _network(checkpoint: Checkpoint) -> Network:
    """Build the network that a checkpoint describes and fill in its weights."""
    sizes, model = checkpoint.metadata.sizes, checkpoint.metadata.config.model
    activation = cast("ActivationName", model.activation)
    try:
        parameters, statistics = array_shapes(
            mlp_layers(sizes, activation, batch_norm=model.batch_norm)
        )
    except AssertionError as error:  # the one `match` over activations has no such case
        raise CheckpointError(f"{checkpoint.path}: the activation is not known") from error
    weights = checkpoint.take(WEIGHTS, parameters | statistics)
    network = Network.mlp(sizes, activation)
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        network.load_folded(weights)  # an overflow in there shows in the predictions
    return network


def _input_format(metadata: Metadata) -> InputFormat:
    saved = metadata.preprocessing
    return InputFormat(
        metadata.class_names, metadata.kind, saved.height, saved.width, metadata.recipe
    )
