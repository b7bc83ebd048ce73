"""The mathematics: layers, losses, networks, optimizers and metrics.

    layers = [Linear(784, 100), Sigmoid(), Linear(100, 10), Softmax()]

is a network: call `forward` of each layer in turn. `Network` does that, and keeps all parameters in
one vector for an optimizer; to train it, leave out the `Softmax`, which the loss includes. Read
`layers/`, `losses.py`, `network.py` and `optimizers.py` first, in that order. The trainer uses the
loss of `fast_losses.py`, which is the same but faster.
"""

from typing import TYPE_CHECKING

from mlpcli.utils.lazy import lazy_names

if TYPE_CHECKING:
    from mlpcli.nn.averaging import WeightAverage
    from mlpcli.nn.layers import (
        Activation,
        BatchNorm,
        Dropout,
        Gelu,
        Layer,
        LeakyRelu,
        Linear,
        Relu,
        Sigmoid,
        Softmax,
        Tanh,
    )
    from mlpcli.nn.losses import CrossEntropy, log_softmax, one_hot
    from mlpcli.nn.network import Network
    from mlpcli.nn.optimizers import Adam, AdamW, Optimizer, Sgd, clip_gradients

__all__ = [
    "Activation",
    "Adam",
    "AdamW",
    "BatchNorm",
    "CrossEntropy",
    "Dropout",
    "Gelu",
    "Layer",
    "LeakyRelu",
    "Linear",
    "Network",
    "Optimizer",
    "Relu",
    "Sgd",
    "Sigmoid",
    "Softmax",
    "Tanh",
    "WeightAverage",
    "clip_gradients",
    "log_softmax",
    "one_hot",
]

if not TYPE_CHECKING:
    _LAYERS = "Activation BatchNorm Dropout Gelu Layer LeakyRelu Linear Relu Sigmoid Softmax Tanh"
    __getattr__, __dir__ = lazy_names(
        __name__,
        {
            "mlpcli.nn.averaging": "WeightAverage",
            "mlpcli.nn.layers": _LAYERS,
            "mlpcli.nn.losses": "CrossEntropy log_softmax one_hot",
            "mlpcli.nn.network": "Network",
            "mlpcli.nn.optimizers": "Adam AdamW Optimizer Sgd clip_gradients",
        },
    )
