"""One or several networks with class names and input preparation → probabilities."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, cast, get_args

import numpy as np

from mlpcli.errors import CheckpointError, DataError
from mlpcli.images import (
    Preprocessed,
    Recipe,
    default_recipe,
    earlier_recipe,
    parse_recipe,
    preprocess,
    preprocess_picture,
)
from mlpcli.images.normalization import SIDE, Pixels, Preprocessing
from mlpcli.inference.tta import views
from mlpcli.nn.losses import log_softmax
from mlpcli.nn.metrics import compute_logits
from mlpcli.nn.network import Network, array_shapes, mlp_layers
from mlpcli.nn.temperature import read_temperature
from mlpcli.runs.checkpoint import WEIGHTS, Checkpoint, load_checkpoint
from mlpcli.utils.arrays import Array

if TYPE_CHECKING:  # predicting opens no data set
    from mlpcli.datasets import Dataset

MAX_LAYERS, MAX_FEATURES = 64, 65536  # as a configuration may have them
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
        first = _input_format(checkpoints[0])
        for checkpoint in checkpoints:
            if _input_format(checkpoint) != first:
                raise CheckpointError(
                    f"{checkpoint.path}: classes and input preparation must be those of "
                    f"{checkpoints[0].path}"
                )
        networks = [_network(checkpoint, first) for checkpoint in checkpoints]
        temperatures = [read_temperature(checkpoint) for checkpoint in checkpoints]
        trained_on = checkpoints[0].value(dict, "config", "data")
        seed = checkpoints[0].value(int, "config", "seed")
        if not 0 <= seed < 2**63:
            raise CheckpointError(
                f"{checkpoints[0].path}: the seed must be in [0, 2^63), got {seed!s:.60}"
            )
        name = ", ".join(str(checkpoint.path) for checkpoint in checkpoints)
        return cls(networks, temperatures, first, trained_on=trained_on, seed=seed, name=name)

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


def _network(checkpoint: Checkpoint, inputs: InputFormat) -> Network:
    """Build the network that a checkpoint describes and fill in its weights."""
    sizes = tuple(checkpoint.value(list, "config", "model", "layers"))
    limits = MAX_LAYERS >= len(sizes) >= 2
    fits = limits and all(type(size) is int and 0 < size <= MAX_FEATURES for size in sizes)
    if not fits or sizes[0] != inputs.height * inputs.width or sizes[-1] != len(inputs.classes):
        raise CheckpointError(
            f"{checkpoint.path}: the layers must lead from {inputs.height * inputs.width} pixels "
            f"to {len(inputs.classes)} classes, got {list(sizes)!s:.80}"
        )
    batch_norm = checkpoint.metadata["config"]["model"].get("batch_norm") is True
    activation = cast("Any", checkpoint.value(str, "config", "model", "activation"))
    try:
        parameters, statistics = array_shapes(mlp_layers(sizes, activation, batch_norm=batch_norm))
    except AssertionError as error:  # the one `match` over activations has no such case
        raise CheckpointError(f"{checkpoint.path}: the activation is not known") from error
    weights = checkpoint.take(WEIGHTS, parameters | statistics)
    network = Network.mlp(sizes, activation)
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        network.load_folded(weights)  # an overflow in there shows in the answers
    return network


def _input_format(checkpoint: Checkpoint) -> InputFormat:
    classes = checkpoint.value(list, "classes")
    fit = all(isinstance(name, str) and name.isprintable() and len(name) <= 100 for name in classes)
    if not fit or not 0 < len(set(classes)) == len(classes) <= MAX_FEATURES:
        raise CheckpointError(
            f"{checkpoint.path}: the classes must have different names of up to 100 characters "
            f"that can be printed, got {classes!r:.80}"
        )
    kind = cast("Preprocessing", checkpoint.value(str, "preparation", "kind"))
    if kind not in get_args(Preprocessing):
        raise CheckpointError(
            f"{checkpoint.path}: the input preparation must be one of "
            f"{', '.join(get_args(Preprocessing))}, got {kind!r:.40}"
        )
    height, width = (checkpoint.value(int, "preparation", side) for side in ("height", "width"))
    if not 1 <= min(height, width) <= max(height, width) <= MAX_FEATURES or (
        kind == "digit" and (height, width) != (SIDE, SIDE)
    ):
        raise CheckpointError(
            f"{checkpoint.path}: the input preparation {kind} must be for images that it can make, "
            f"got {height!s:.20}×{width!s:.20} pixels"
        )
    recipe = _recipe(checkpoint, kind, height, width)
    return InputFormat(tuple(classes), kind, height, width, recipe)


def _recipe(checkpoint: Checkpoint, kind: Preprocessing, height: int, width: int) -> Recipe:
    """Return the steps by which a picture becomes what the network was trained on."""
    recipe, earlier = default_recipe(kind, height, width), earlier_recipe(height, width)
    described = checkpoint.metadata["preparation"].get("steps")  # older files have none
    if kind == "scale" and described in (None, [step.describe() for step in earlier]):
        return earlier if _saw_pictures(checkpoint) else recipe
    if described is None:
        return recipe
    try:
        return parse_recipe(described, recipe)
    except ValueError as error:
        raise CheckpointError(
            f"{checkpoint.path}: the steps of the input preparation must {error}"
        ) from error


def _saw_pictures(checkpoint: Checkpoint) -> bool:
    """Tell whether a network of other things than digits was trained on a folder of pictures.

    Earlier versions laid these light on dark, and noted that step for images that came as numbers
    as well, which were trained on as they are. The classes of such images have a name in published
    data sets only, else they are counted from 0. Folders with such names would have been of digits,
    unless there were more than ten: those are taken for images that came as numbers.
    """
    classes = checkpoint.value(list, "classes")
    counted = classes == [str(label) for label in range(len(classes))]
    return checkpoint.value(dict, "config", "data").get("path") is not None and not counted
