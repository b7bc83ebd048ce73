"""A network as an ONNX model, for ONNX Runtime and every other program that reads that format.

The graph takes grey levels and scales them itself, or rows of numbers in [0, 1]; softmax and the
mean over several networks are part of it.
"""

from __future__ import annotations

import json
from functools import partial
from typing import TYPE_CHECKING, Literal, assert_never

import numpy as np
from onnx import TensorProto, helper

from mlpcli.errors import CheckpointError
from mlpcli.export.exported import Exported, PlainNetwork, of_activation
from mlpcli.export.json_file import formula
from mlpcli.export.onnx_graph import Graph
from mlpcli.export.onnx_view import add_view
from mlpcli.images.view import View
from mlpcli.nn.layers.activations import Gelu, LeakyRelu
from mlpcli.utils.version import __version__

if TYPE_CHECKING:
    from onnx import ValueInfoProto

    from mlpcli.config.schema import ActivationName

# Opset 13 and version 7 of the file came with ONNX 1.8 in 2020, so that runtimes since then read
# them. A newer opset would add nothing but Gelu (20), which a few basic operators say as well.
OPSET, IR_VERSION = 13, 7
MOST_BYTES = (1 << 31) - (1 << 24)
"""Of weights: a file, which is protobuf, ends at 2 GiB, and names and metadata need a little."""

InputName = Literal["uint8", "float32"]  # as in `formats`, which imports this module
IMAGES, PROBABILITIES, LABEL = "images", "probabilities", "label"


def onnx_bytes(exported: Exported, inputs: InputName) -> bytes:
    """Return the file of a model with the input `images`.

    Its outputs are `probabilities`, (N, classes) float32 with rows of sum 1, and `label`, (N,)
    int64, the first of the likeliest classes. The same networks give the same bytes.

    Args:
        exported: one or several networks.
        inputs: the type of `images`: uint8 for grey levels, (N, height, width), float32 for rows of
            numbers in [0, 1], (N, height · width).

    Raises:
        CheckpointError: the weights are too large for a file, or there is no such activation.
    """
    size = 4 * exported.parameters
    if size > MOST_BYTES:
        raise CheckpointError(
            f".onnx: must hold less than 2 GiB, got {size / (1 << 30):.1f} GiB of weights"
        )
    graph = Graph()
    rows = _add_rows(graph, exported, inputs)
    several, tempered = len(exported.networks) > 1, exported.temperature != 1
    mean = "mean" if tempered else PROBABILITIES
    each = []
    for n, network in enumerate(exported.networks):
        prefix = f"networks.{n}." if several else ""
        name = f"{prefix}{PROBABILITIES}" if several else mean
        each.append(_add_network(graph, network, rows[network.view], prefix, name))
    if several:
        graph.add("Mean", *each, output=mean)
    if tempered:  # softmax(log(p) / T)
        power = graph.constant(1 / exported.temperature, "power")
        logarithm = graph.add("Log", mean, output="logarithm")
        cooled = graph.add("Mul", logarithm, power, output="tempered")
        graph.add("Softmax", cooled, output=PROBABILITIES, axis=1)
    graph.add("ArgMax", PROBABILITIES, output=LABEL, axis=1, keepdims=0)
    return _file(graph, exported, _images(exported, inputs))


def _add_rows(graph: Graph, exported: Exported, inputs: InputName) -> dict[View, str]:
    """Add rows of numbers in [0, 1], (N, pixels) float32, of what is seen by each view."""
    views = dict.fromkeys(network.view for network in exported.networks)
    if inputs == "uint8":
        levels = graph.add("Cast", IMAGES, output="levels", to=TensorProto.FLOAT)
    elif exported.has_views:
        levels = _add_levels(graph, exported)
    rows = {}
    for number, view in enumerate(views):
        prefix = f"views.{number}." if len(views) > 1 else ""
        if inputs == "float32" and not view.changes:
            rows[view] = IMAGES
            continue
        seen = add_view(graph, view, levels, prefix)
        flat = graph.add("Flatten", seen, output=f"{prefix}flat", axis=1)
        share = graph.constant(1 / 255, "level")
        rows[view] = graph.add("Mul", flat, share, output=f"{prefix}rows")
    return rows


def _add_levels(graph: Graph, exported: Exported) -> str:
    """Add the grey levels, (N, height, width) float32, that rows of numbers in [0, 1] stand for."""
    scaled = graph.add("Mul", IMAGES, graph.constant(255, "white"), output="scaled")
    whole = graph.add("Round", scaled, output="whole")
    limits = graph.constant(0, "black"), graph.constant(255, "white")
    limited = graph.add("Clip", whole, *limits, output="limited")
    shape = [0, exported.inputs.height, exported.inputs.width]  # 0: as many as there are
    size = graph.constant(shape, "size", np.int64)
    return graph.add("Reshape", limited, size, output="levels")


def _add_network(
    graph: Graph, network: PlainNetwork, rows: str, prefix: str, probabilities: str
) -> str:
    """Add a network, from rows to probabilities."""
    x, last = rows, len(network.weights) - 1
    for n, (weight, bias) in enumerate(zip(network.weights, network.biases, strict=True)):
        layer = f"{prefix}layers.{n}."
        arrays = graph.constant(weight, f"{layer}weight"), graph.constant(bias, f"{layer}bias")
        x = graph.add("Gemm", x, *arrays, output=f"{layer}linear")
        if n < last:
            add = partial(_add_activation, graph, x, layer)
            x = of_activation(add, network.activation, ".onnx")
    return graph.add("Softmax", x, output=probabilities, axis=1)


def _add_activation(graph: Graph, x: str, layer: str, name: ActivationName) -> str:
    """Add the function between two linear layers."""
    output = f"{layer}{name}"
    match name:
        case "sigmoid":
            return graph.add("Sigmoid", x, output=output)
        case "tanh":
            return graph.add("Tanh", x, output=output)
        case "relu":
            return graph.add("Relu", x, output=output)
        case "leaky-relu":
            return graph.add("LeakyRelu", x, output=output, alpha=LeakyRelu.slope)
        case "gelu":
            return _add_gelu(graph, x, output)
        case _:
            assert_never(name)


def _add_gelu(graph: Graph, x: str, output: str) -> str:
    """Add y = x (1 + tanh u) / 2 with u = x (s + s c x²), see `Gelu`."""

    def with_number(operator: str, inner: str, number: float, step: str) -> str:
        constant = graph.constant(number, f"{output}.{step}.number")
        return graph.add(operator, inner, constant, output=f"{output}.{step}")

    square = graph.add("Mul", x, x, output=f"{output}.square")
    cubic = with_number("Mul", square, Gelu.scale * Gelu.cubic, "cubic")
    slope = with_number("Add", cubic, Gelu.scale, "slope")
    tanh = graph.add("Tanh", graph.add("Mul", slope, x, output=f"{output}.u"), output=f"{output}.t")
    twice = graph.add("Mul", with_number("Add", tanh, 1, "sum"), x, output=f"{output}.twice")
    half = graph.constant(0.5, f"{output}.half")
    return graph.add("Mul", twice, half, output=output)


def _images(exported: Exported, inputs: InputName) -> ValueInfoProto:
    """Describe the input; the number of images, N, is free."""
    height, width = exported.inputs.height, exported.inputs.width
    match inputs:
        case "uint8":
            kind, size = TensorProto.UINT8, [height, width]
            text = "grey levels, 0 for paper and 255 for ink, as the data set has them"
        case "float32":
            kind, size = TensorProto.FLOAT, [height * width]
            text = f"rows of {height} × {width} pixels, row by row, grey levels divided by 255"
            if exported.has_views:
                text += "; a network with a view takes them for the nearest grey levels"
        case _:
            assert_never(inputs)
    return helper.make_tensor_value_info(IMAGES, kind, ["N", *size], text)


def _file(graph: Graph, exported: Exported, images: ValueInfoProto) -> bytes:
    """Return the file of a model with its metadata."""
    count = len(exported.inputs.classes)
    outputs = [
        helper.make_tensor_value_info(
            PROBABILITIES, TensorProto.FLOAT, ["N", count], "of each class, in the order of classes"
        ),
        helper.make_tensor_value_info(
            LABEL, TensorProto.INT64, ["N"], "the likeliest class, counted from 0"
        ),
    ]
    model = helper.make_model(
        helper.make_graph(
            graph.nodes,
            "mlp",
            [images],
            outputs,
            [*graph.constants.values()],
            "multi-layer perceptron",
        ),
        ir_version=IR_VERSION,
        opset_imports=[helper.make_opsetid("", OPSET)],
        producer_name="mlpcli",
        producer_version=__version__,
        doc_string=_text(exported, images),
    )
    helper.set_model_props(
        model, {name: _property(value) for name, value in exported.describe().items()}
    )
    return bytes(model.SerializeToString(deterministic=True))


def _text(exported: Exported, images: ValueInfoProto) -> str:
    """Return what the model says of itself."""
    return (
        f"{exported.summary} {IMAGES}: {images.doc_string}. The metadata is JSON: classes has the "
        "name of each label, and preprocessing the steps that make such an image of a picture. "
        f"{formula(exported)}"
    )


def _property(value: object) -> str:
    """Return a value as text: a text as it is, everything else as JSON."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
