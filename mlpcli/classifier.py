"""One or several networks with class names and input preparation → probabilities."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, cast

import numpy as np

from mlpcli.arrays import Array
from mlpcli.checkpoint import Checkpoint, load_checkpoint
from mlpcli.errors import CheckpointError, DataError
from mlpcli.evaluation import compute_logits
from mlpcli.images import PREPARATIONS, prepare
from mlpcli.losses import log_softmax
from mlpcli.network import Network, parameter_shapes
from mlpcli.normalization import SIDE, Pixels, Preparation

if TYPE_CHECKING:  # predicting opens no data set
    from mlpcli.datasets import Dataset

T = TypeVar("T")

BUNDLED = Path(__file__).parent / "weights" / "synthetic.npz"
"""Weights that come with the program, of a network that has seen synthetic digits only."""


@dataclass(frozen=True)
class InputFormat:
    """What every network of a classifier must agree on.

    Attributes:
        classes: the name of each label.
        preparation: how a picture becomes an input.
        height: of an input image, in pixels.
        width: of an input image, in pixels.
    """

    classes: tuple[str, ...]
    preparation: Preparation
    height: int
    width: int


class Classifier:
    """Networks whose probabilities are averaged.

    Args:
        networks: at least one.
        inputs: what every one of them takes and answers.
        trained_on: the `data` keys of the first one's configuration.
        seed: of that configuration; synthetic digits were drawn from it.
    """

    def __init__(
        self,
        networks: Sequence[Network],
        inputs: InputFormat,
        trained_on: dict[str, Any],
        seed: int,
    ) -> None:
        self.networks, self.inputs = networks, inputs
        self.trained_on, self.seed = trained_on, seed

    @classmethod
    def load(cls, paths: Sequence[Path]) -> "Classifier":
        """Read one or several checkpoints.

        Raises:
            CheckpointError: one cannot be read, or they answer different questions.
        """
        checkpoints = [load_checkpoint(path) for path in paths]
        first = _input_format(checkpoints[0])
        for checkpoint in checkpoints:
            if _input_format(checkpoint) != first:
                raise CheckpointError(
                    f"{checkpoint.path}: classes and input preparation must be those of {paths[0]}"
                )
        networks = [_network(checkpoint, first) for checkpoint in checkpoints]
        config = _expect(checkpoints[0], checkpoints[0].metadata, "config", dict)
        trained_on = _expect(checkpoints[0], config, "data", dict)
        seed = _expect(checkpoints[0], config, "seed", int)
        if not 0 <= seed < 2**63:
            raise CheckpointError(f"{paths[0]}: the seed must be in [0, 2^63), got {seed}")
        return cls(networks, first, trained_on, seed)

    def log_probabilities(self, images: Pixels) -> Array:
        """Return (count, classes) float32 for (count, height, width) uint8 images."""
        features = self.inputs.height * self.inputs.width
        each = [
            log_softmax(compute_logits(network.forward, images, features))
            for network in self.networks
        ]
        if len(each) == 1:
            return each[0]
        total: Array = np.logaddexp.reduce(each)
        total -= np.log(len(each))
        return total

    def prepare(self, grey: Pixels) -> Pixels:
        """Turn a grey picture of any size into an input image, (height, width) uint8."""
        inputs = self.inputs
        return prepare(grey, inputs.preparation, inputs.height, inputs.width)

    def check_classes(self, name: str, classes: tuple[str, ...]) -> None:
        """Raise DataError for a data set that asks another question than the networks answer.

        It may lack the last classes, for a file without names has as many as its labels show.
        """
        if classes != self.inputs.classes[: len(classes)]:
            raise DataError(
                f"{name}: the classes must be those the network was trained on "
                f"({_listed(self.inputs.classes)}), got {_listed(classes)}"
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


def _listed(classes: tuple[str, ...]) -> str:
    """Return class names in a row, the middle left out where there are many."""
    if len(classes) > 12:
        classes = (*classes[:3], "…", *classes[-3:])
    return ", ".join(classes)


def _network(checkpoint: Checkpoint, inputs: InputFormat) -> Network:
    """Build the network that a checkpoint describes and fill in its weights."""
    config = _expect(checkpoint, checkpoint.metadata, "config", dict)
    model = _expect(checkpoint, config, "model", dict)
    sizes = tuple(_expect(checkpoint, model, "layers", list))
    fits = len(sizes) >= 2 and all(type(size) is int and size > 0 for size in sizes)
    if not fits or sizes[0] != inputs.height * inputs.width or sizes[-1] != len(inputs.classes):
        raise CheckpointError(
            f"{checkpoint.path}: the layers must lead from {inputs.height * inputs.width} pixels "
            f"to {len(inputs.classes)} classes, got {list(sizes)}"
        )
    weights = checkpoint.weights(parameter_shapes(sizes))
    try:
        network = Network(sizes, cast("Any", _expect(checkpoint, model, "activation", str)))
    except AssertionError as error:  # the one `match` over activations has no such case
        raise CheckpointError(f"{checkpoint.path}: the activation is not known") from error
    for name, array in weights.items():
        network.named_parameters[name][:] = array
    return network


def _input_format(checkpoint: Checkpoint) -> InputFormat:
    classes = _expect(checkpoint, checkpoint.metadata, "classes", list)
    preparation = _expect(checkpoint, checkpoint.metadata, "preparation", dict)
    kind = _expect(checkpoint, preparation, "kind", str)
    if kind not in PREPARATIONS:
        raise CheckpointError(
            f"{checkpoint.path}: the input preparation must be one of "
            f"{', '.join(PREPARATIONS)}, got {kind}"
        )
    height, width = (_expect(checkpoint, preparation, side, int) for side in ("height", "width"))
    if min(height, width) < 1 or (kind == "digit" and (height, width) != (SIDE, SIDE)):
        raise CheckpointError(
            f"{checkpoint.path}: the input preparation {kind} must be for images that it can make, "
            f"got {height}×{width} pixels"
        )
    return InputFormat(tuple(map(str, classes)), kind, height, width)


def _expect(checkpoint: Checkpoint, values: dict[str, Any], key: str, kind: type[T]) -> T:
    """Return a metadata entry of a known type, or say that it is not there."""
    value = values.get(key)
    if not isinstance(value, kind) or isinstance(value, bool):
        raise CheckpointError(
            f"{checkpoint.path}: the metadata must hold {key}, "
            f"{'an' if kind is int else 'a'} {kind.__name__}, got {value!r:.60}"
        )
    return value
