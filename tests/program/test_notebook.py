"""The notebook's walk-through, from the batch of ten to the first loss."""

import math

import numpy as np

from mlpcli.config import load_config
from mlpcli.datasets import Dataset
from mlpcli.nn.layers import Sigmoid, Softmax
from mlpcli.nn.losses import CrossEntropy, one_hot
from mlpcli.nn.network import Network
from mlpcli.training.batches import Batches
from mlpcli.utils.randomness import Purpose, stream


def test_walk_through(mnist: Dataset) -> None:
    """A batch of ten goes (10, 784) → (10, 100) → (10, 100) → (10, 10) → (10, 10)."""
    config = load_config("notebook")
    network = Network.mlp(config.model.sizes, config.model.activation)
    network.initialize(config.model.init, stream(0, Purpose.INITIAL_WEIGHTS))
    inputs, labels = next(Batches(mnist.train, config.training.batch_size, seed=0).epoch(0))
    linear, sigmoid, output = network.layers
    assert isinstance(sigmoid, Sigmoid)

    stages = [inputs]
    for layer in (linear, sigmoid, output, Softmax()):
        stages.append(layer.forward(stages[-1]))
    assert [(10, 784), (10, 100), (10, 100), (10, 10), (10, 10)] == [x.shape for x in stages]
    probabilities = stages[-1]
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, rtol=1e-6)

    # the loss by hand: minus the logarithm of what each right class was given, on average
    by_hand = 0.0
    for row, label in zip(probabilities, labels, strict=True):
        by_hand -= math.log(row[label]) / 10
    loss = CrossEntropy()
    np.testing.assert_allclose(loss.forward(network.forward(inputs), labels), by_hand, rtol=1e-6)
    assert abs(by_hand - math.log(10)) < 0.5  # an untrained network knows nothing

    # the notebook's `activations - y` is this gradient, of the logits and not of the softmax
    expected = (probabilities - one_hot(labels, 10)) / 10
    np.testing.assert_allclose(loss.backward(), expected, atol=1e-7)
