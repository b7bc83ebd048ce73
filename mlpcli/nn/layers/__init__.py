"""The layers a network is made of."""

from mlpcli.nn.layers.activations import (
    Activation,
    Gelu,
    LeakyRelu,
    Relu,
    Sigmoid,
    Tanh,
    make_activation,
)
from mlpcli.nn.layers.base import Layer
from mlpcli.nn.layers.batch_norm import BatchNorm, fold
from mlpcli.nn.layers.dropout import Dropout
from mlpcli.nn.layers.linear import Linear
from mlpcli.nn.layers.softmax import Softmax

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
    "make_activation",
]
