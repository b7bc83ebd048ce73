"""What each format writes: networks of linear layers and activations alone, and their inputs.

Batch normalisation is folded into the linear layers, and temperatures into the last of them, so
that another program needs the plainest of formulas: with x the pixels in [0, 1], x W + b and the
activation for each hidden layer, x W + b for the last one, softmax, and the mean over the networks.
A network's view of the image, if it has one, comes before that, and the temperature of the mean, if
it has one, after it: see `Committee`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar, cast

import numpy as np

from mlpcli.errors import CheckpointError
from mlpcli.images.view import View
from mlpcli.inference.classifier import Classifier
from mlpcli.inference.networks import InputFormat
from mlpcli.nn.network import Network
from mlpcli.runs.checkpoint import Checkpoint
from mlpcli.utils.arrays import Array
from mlpcli.utils.escaping import printable
from mlpcli.utils.version import __version__

if TYPE_CHECKING:
    from mlpcli.config.schema import ActivationName

T = TypeVar("T")

LARGEST = 1e18
"""The largest number that an exported network may come to: its square does not overflow either."""


@dataclass(frozen=True, eq=False)
class PlainNetwork:
    """A network as it predicts.

    Attributes:
        weights: W of each linear layer, (inputs, outputs) float32.
        biases: b of each, (outputs,) float32.
        activation: the name of the function between them.
        temperature: by which weights and biases of the last one have been divided.
        knows_outliers: whether it was trained with outliers, see `mlpcli.nn.outliers`.
        origin: where it comes from, as values of a JSON object.
        view: how it sees an image.
    """

    weights: tuple[Array, ...]
    biases: tuple[Array, ...]
    activation: ActivationName
    temperature: float
    knows_outliers: bool
    origin: dict[str, Any]
    view: View

    @classmethod
    def of(cls, network: Network, checkpoint: Checkpoint) -> PlainNetwork:
        """Return the network of a checkpoint, whose batch normalisation is folded already.

        Raises:
            CheckpointError: its weights are so large that its predictions may overflow.
        """
        metadata = checkpoint.metadata
        weights = [linear.weight for linear in network.linears]
        biases = [cast("Array", linear.bias) for linear in network.linears]
        temperature = np.float32(metadata.temperature)
        with np.errstate(over="ignore"):
            weights[-1], biases[-1] = weights[-1] / temperature, biases[-1] / temperature
        if not _largest(weights, biases) < LARGEST:  # false for nan
            raise CheckpointError(
                f"{checkpoint.place}: the weights are too large, predictions may overflow"
            )
        return cls(
            tuple(weights),
            tuple(biases),
            cast("ActivationName", metadata.config.model.activation),
            metadata.temperature,
            metadata.outlier_threshold is not None,
            _origin(checkpoint),
            metadata.view,
        )

    @property
    def sizes(self) -> tuple[int, ...]:
        """Features at each stage, inputs first and classes last."""
        return len(self.weights[0]), *map(len, self.biases)


@dataclass(frozen=True, eq=False)
class Exported:
    """One or several networks, whose probabilities are averaged, and what they have in common.

    Attributes:
        networks: at least one.
        inputs: the classes, and how a picture becomes an input.
        outlier_threshold: the score of outliers above which an image counts as one; None if one of
            the networks knows none.
        temperature: of the mean; 1 leaves it as it is.
    """

    networks: tuple[PlainNetwork, ...]
    inputs: InputFormat
    outlier_threshold: float | None
    temperature: float = 1.0

    @classmethod
    def of(cls, classifier: Classifier, checkpoints: Sequence[Checkpoint]) -> Exported:
        """Return the networks of a classifier.

        Args:
            classifier: what was built of the checkpoints.
            checkpoints: in the same order.

        Raises:
            CheckpointError: weights are so large that predictions may overflow.
        """
        pairs = zip(classifier.networks, checkpoints, strict=True)
        networks = tuple(PlainNetwork.of(network, checkpoint) for network, checkpoint in pairs)
        threshold, temperature = classifier.outlier_threshold, classifier.temperature
        return cls(networks, classifier.inputs, threshold, temperature)

    @property
    def parameters(self) -> int:
        """The number of weights and biases."""
        return sum(array.size for each in self.networks for array in (*each.weights, *each.biases))

    @property
    def has_views(self) -> bool:
        """Whether a network sees another image than the one that is given."""
        return any(network.view.changes for network in self.networks)

    @property
    def summary(self) -> str:
        """One sentence that says what the networks are."""
        kinds = "; ".join(
            f"{'-'.join(map(str, network.sizes))} {network.activation}, "
            + (f"images seen {network.view}, " if network.view.changes else "")
            + f"trained on {network.origin['data']}"
            for network in self.networks
        )
        return f"Multi-layer perceptron for {len(self.inputs.classes)} classes ({kinds})."

    def describe(self) -> dict[str, Any]:
        """Return everything but the arrays, as values of a JSON object."""
        inputs = self.inputs
        return {
            "made_by": f"mlpcli {__version__}",
            "classes": list(inputs.classes),
            "preprocessing": {
                "kind": inputs.preprocessing,
                "height": inputs.height,
                "width": inputs.width,
                "steps": [step.describe() for step in inputs.recipe],
            },
            "outlier_threshold": self.outlier_threshold,
            **({} if self.temperature == 1 else {"mean_temperature": self.temperature}),
            "networks": [
                {
                    "layers": list(each.sizes),
                    "activation": each.activation,
                    "divided_by_temperature": each.temperature,
                    **({"view": each.view.describe()} if each.view.changes else {}),
                    **each.origin,
                }
                for each in self.networks
            ],
        }


def of_activation(make: Callable[[ActivationName], T], name: ActivationName, file: str) -> T:
    """Return what a format's one `match` over activations makes of a name.

    Args:
        make: has the `match`, which ends with `assert_never`.
        name: of the activation, which may have been added to the program but not to the format.
        file: the format, as the message calls it.

    Raises:
        CheckpointError: the `match` has no such case.
    """
    try:
        return make(name)
    except AssertionError as error:
        raise CheckpointError(
            f"{file}: has no such activation, got {name!r:.40}; export to .json"
        ) from error


def _origin(checkpoint: Checkpoint) -> dict[str, Any]:
    """Return data, epochs and fingerprint; of the data's path, which may be private, the name."""
    metadata = checkpoint.metadata
    return {
        "data": printable(without_folders(metadata.data.name)),
        "epochs": metadata.epoch,
        "weights_sha256": metadata.weights_sha256,
    }


def without_folders(data: str) -> str:
    """Return the name of a data set, of paths only their last parts, for folders may be private."""
    return " + ".join(re.split(r"[/\\]", part.rstrip("/\\"))[-1] for part in data.split(" + "))


@np.errstate(over="ignore", invalid="ignore")
def _largest(weights: Sequence[Array], biases: Sequence[Array]) -> float:
    """Return a bound on every number on the way from inputs in [0, 1] to logits.

    No activation takes its input further away from 0, but those that end at 1.
    """
    bound, largest = 1.0, 0.0
    for weight, bias in zip(weights, biases, strict=True):
        sums = np.abs(weight).sum(axis=0, dtype=np.float64) * bound
        bound = max(1.0, float((sums + np.abs(bias)).max()))
        largest = max(largest, bound)
    return largest
