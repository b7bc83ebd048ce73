"""The layers a network is made of: `Linear`, the activations and `Softmax`."""

from mlpcli.layers.activations import Activation, Gelu, LeakyRelu, Relu, Sigmoid, Tanh
from mlpcli.layers.base import Layer
from mlpcli.layers.linear import Linear
from mlpcli.layers.softmax import Softmax

__all__ = [
    "Activation",
    "Gelu",
    "Layer",
    "LeakyRelu",
    "Linear",
    "Relu",
    "Sigmoid",
    "Softmax",
    "Tanh",
]
