"""The layers a network is made of."""

from mlpcli.layers.activations import Activation, Gelu, LeakyRelu, Relu, Sigmoid, Tanh
from mlpcli.layers.base import Layer
from mlpcli.layers.batch_norm import BatchNorm, fold
from mlpcli.layers.dropout import Dropout
from mlpcli.layers.linear import Linear
from mlpcli.layers.softmax import Softmax

__all__ = [
    "Activation",
    "BatchNorm",
    "Dropout",
    "Gelu",
    "Layer",
    "LeakyRelu",
    "Linear",
    "Relu",
    "Sigmoid",
    "Softmax",
    "Tanh",
    "fold",
]
