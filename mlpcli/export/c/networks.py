"""One network in C: its arrays, and a function from an image to logits.

The functions for each layer that it calls are in `float_layers.c` or `int8_layers.c`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any, assert_never

from numpy.typing import NDArray

from mlpcli.export.c.literals import array, floating
from mlpcli.export.c.quantization import QuantizedLayer
from mlpcli.export.exported import PlainNetwork, of_activation

if TYPE_CHECKING:
    from mlpcli.config.schema import ActivationName


@dataclass(frozen=True)
class Code:
    """A network in C.

    Attributes:
        arrays: their definitions.
        function: that of mlp_network_<number>.
        flash: bytes of the arrays.
        buffer: elements that it needs for activations.
    """

    arrays: str
    function: str
    flash: int
    buffer: int


class Buffer:
    """Where the activations of each hidden layer are: by turns at its start and at its end.

    So it is as long as the two longest neighbours, of which one is computed from the other.

    Args:
        sizes: features at each stage, inputs first and classes last.
    """

    def __init__(self, sizes: Sequence[int]) -> None:
        self._sizes = sizes[1:-1]
        self.size = max([*self._sizes, *(a + b for a, b in pairwise(self._sizes))], default=0)

    def start(self, layer: int) -> str:
        """Return, in C, where those of a hidden layer, counted from 0, begin."""
        return f"buffer + {self._offset(layer)}".removesuffix(" + 0")

    def each(self, layer: int) -> str:
        """Return, in C, the one numbered i."""
        return f"buffer[{self._offset(layer)} + i]".replace("[0 + i]", "[i]")

    def _offset(self, layer: int) -> int:
        return self.size - self._sizes[layer] if layer % 2 else 0


def float_network(number: int, network: PlainNetwork) -> Code:
    """Return a network with weights and activations of type float."""
    buffer, last = Buffer(network.sizes), len(network.weights) - 1
    lines: list[str] = []
    arrays: list[tuple[str, NDArray[Any]]] = []
    for n, (weight, bias) in enumerate(zip(network.weights, network.biases, strict=True)):
        end = f"{number}_{n + 1}"
        arrays += [(f"weights_{end}", weight), (f"biases_{end}", bias)]
        call = f"layer({buffer.start(n - 1)}, {len(weight)}" if n else "first_layer(image"
        target = buffer.start(n) if n < last else "logits"
        lines.append(f"mlp_{call}, mlp_weights_{end}, mlp_biases_{end}, {target}, {len(bias)});")
        if n < last:
            one = buffer.each(n)
            statement = f"{one} = {_function(network.activation)}({one});"
            lines += [f"for (i = 0; i < {len(bias)}; i++) {{", f"    {statement}", "}"]
    declared = ["size_t i;", ""] if last else []
    return _code(number, "float", arrays, [*declared, *lines], buffer)


def int8_network(number: int, activation: ActivationName, layers: Sequence[QuantizedLayer]) -> Code:
    """Return a network with weights and activations of 8 bits."""
    buffer = Buffer([len(layers[0].weights), *(len(layer.biases) for layer in layers)])
    lines: list[str] = []
    arrays: list[tuple[str, NDArray[Any]]] = []
    for n, layer in enumerate(layers):
        weights, scales, biases = (f"{x}_{number}_{n + 1}" for x in ("weights", "scales", "biases"))
        arrays += [(weights, layer.weights.T), (scales, layer.scales), (biases, layer.biases)]
        source, count = (buffer.start(n - 1) if n else "image"), len(layer.weights)
        target, value = "logits[i]", "sum"
        if layer.outputs:
            low, steps = floating(layer.outputs.low), floating(1 / layer.outputs.step)
            target = buffer.each(n)
            value = f"mlp_level({_function(activation)}(sum), {low}, {steps})"
        lines += [
            f"for (i = 0; i < {len(layer.biases)}; i++) {{",
            f"    sum = mlp_sum({source}, mlp_{weights} + i * {count}, {count},",
            f"                  mlp_{scales}[i], mlp_{biases}[i]);",
            f"    {target} = {value};",
            "}",
        ]
    return _code(number, "uint8_t", arrays, ["float sum;", "size_t i;", "", *lines], buffer)


def _code(
    number: int,
    kind: str,
    arrays: Sequence[tuple[str, NDArray[Any]]],
    lines: Sequence[str],
    buffer: Buffer,
) -> Code:
    """Put a network together of its arrays and the lines of its function."""
    needed = f" {kind} *buffer," if buffer.size else ""
    body = "\n".join(f"    {line}".rstrip() for line in lines)
    head = f"static inline void mlp_network_{number}(const uint8_t *image,{needed} float *logits)"
    return Code(
        "".join(array(f"mlp_{name}", values) for name, values in arrays),
        f"{head}\n{{\n{body}\n}}\n",
        sum(values.nbytes for _, values in arrays),
        buffer.size,
    )


def activation_functions(names: Sequence[ActivationName]) -> str:
    """Return the definitions of activations in C, each once.

    Raises:
        CheckpointError: one has no formula in C.
    """
    return "\n".join(map(_activation_function, dict.fromkeys(names)))


def _activation_function(name: ActivationName) -> str:
    formula = of_activation(_formula, name, ".h")
    return f"static inline float {_function(name)}(float x)\n{{\n    return {formula};\n}}\n"


def _formula(name: ActivationName) -> str:
    """Return the value of an activation at x."""
    match name:
        case "sigmoid":
            return "0.5f * tanhf(0.5f * x) + 0.5f"
        case "tanh":
            return "tanhf(x)"
        case "relu":
            return "x > 0.0f ? x : 0.0f"
        case "leaky-relu":
            return "x > 0.0f ? x : 0.01f * x"
        case "gelu":
            return "0.5f * x * (1.0f + tanhf(x * (0.7978845608f + 0.0356774081f * x * x)))"
        case _:
            assert_never(name)


def _function(name: ActivationName) -> str:
    return f"mlp_{name.replace('-', '_')}"
