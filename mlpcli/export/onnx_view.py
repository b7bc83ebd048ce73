"""How a network sees an image, as nodes of an ONNX graph; as in `mlpcli.images.view`.

Moments and ratios are computed in float64, with the operations and in the order of NumPy, and
places are rounded to units. From there on all numbers are whole ones that float32 holds, or
quotients of two of them, so that every runtime makes the same image.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from onnx import TensorProto

from mlpcli.export.onnx_graph import Graph
from mlpcli.images.normalization import SIDE
from mlpcli.images.view import EDGES, LEVEL, MOMENTS, STEEPEST, UNITS, View

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, DTypeLike


def add_view(graph: Graph, view: View, levels: str, prefix: str) -> str:
    """Add what makes of images what a network sees.

    Args:
        graph: to add it to.
        view: that changes something.
        levels: the images, (N, 28, 28) float32 of whole numbers in [0, 255].
        prefix: of the names of what is added.

    Returns:
        The name of an array like `levels`.
    """
    if view.deslant:
        levels = _deslant(_Nodes(graph, f"{prefix}deslant."), levels)
    if view.width is not None:
        levels = _to_width(_Nodes(graph, f"{prefix}width."), levels, view.width)
    return levels


class _Nodes:
    """Nodes that are named after their operators, and numbered.

    Args:
        graph: to add them to.
        prefix: of their names.
    """

    def __init__(self, graph: Graph, prefix: str) -> None:
        self._graph, self._prefix, self._count = graph, prefix, 0

    def add(self, operator: str, *inputs: str, **attributes: Any) -> str:
        """Add a node, and return the name of its output."""
        return self._graph.add(operator, *inputs, output=self._name(operator), **attributes)

    def constant(self, value: ArrayLike, kind: DTypeLike = np.float64) -> str:
        """Add a constant."""
        return self._graph.constant(value, self._name("constant"), kind)

    def ratio(self, part: str, whole: str) -> str:
        """Add part / whole, where both are whole numbers, and the part is 0 where the whole is."""
        return self.add("Div", part, self.add("Max", whole, self.constant(1)))

    def units(self, places: str) -> str:
        """Add places in pixels as the nearest units, halves up."""
        scaled = self.add("Mul", places, self.constant(UNITS))
        return self.add("Floor", self.add("Add", scaled, self.constant(0.5)))

    def with_last_axis(self, array: str) -> str:
        """Add an axis of size 1 after the others of (N, any)."""
        return self.add("Unsqueeze", array, self.constant([2], np.int64))

    def columns(self, array: str, start: int, end: int) -> str:
        """Add columns of an array (N, any, columns)."""
        ends = [self.constant([number], np.int64) for number in (start, end, 2)]
        return self.add("Slice", array, *ends)

    def moments(self, levels: str) -> list[str]:
        """Add sums of ink, and of ink · row, column, row², and row · column, (N, 1) float64 each.

        The matrix product is one of whole numbers, and exact.
        """
        flat = self.add("Flatten", levels, axis=1)
        ink = self.add("Cast", flat, to=TensorProto.DOUBLE)
        weights = self._graph.constant(MOMENTS, "view.moments", np.float64)
        sums = self.add("MatMul", ink, weights)
        return [
            self.add("Gather", sums, self.constant([number], np.int64), axis=1)
            for number in range(MOMENTS.shape[1])
        ]

    def _name(self, what: str) -> str:
        self._count += 1
        return f"{self._prefix}{what}.{self._count}"


def _deslant(nodes: _Nodes, levels: str) -> str:
    """Add what `mlpcli.images.view.deslant` does."""
    add, constant = nodes.add, nodes.constant
    mass, down, across, squares, products = nodes.moments(levels)
    spread = add("Sub", add("Mul", mass, squares), add("Mul", down, down))
    covariance = add("Sub", add("Mul", mass, products), add("Mul", down, across))
    limits = constant(-STEEPEST), constant(STEEPEST)
    slant = add("Clip", nodes.ratio(covariance, spread), *limits)
    distance = add("Sub", constant(np.arange(SIDE)), nodes.ratio(down, mass))  # (N, 28)
    moved = nodes.units(add("Mul", slant, distance))
    whole = add("Floor", add("Div", moved, constant(UNITS)))
    part = add("Sub", moved, add("Mul", whole, constant(UNITS)))
    places = add("Add", nodes.with_last_axis(whole), constant(np.arange(SIDE + 1) + 1))
    inside = add("Clip", places, constant(0), constant(SIDE + 1))
    columns = add("Cast", inside, to=TensorProto.INT64)  # (N, 28, 29), of the framed image
    framed = add("Pad", levels, constant([0, 0, 1, 0, 0, 1], np.int64))
    taken = add("GatherElements", framed, columns, axis=2)
    right = nodes.with_last_axis(add("Cast", part, to=TensorProto.FLOAT))
    left = add("Sub", constant(UNITS, np.float32), right)
    grey = add(
        "Add",
        add("Mul", nodes.columns(taken, 0, SIDE), left),
        add("Mul", nodes.columns(taken, 1, SIDE + 1), right),
    )
    rounded = add("Add", grey, constant(UNITS / 2, np.float32))
    return add("Floor", add("Div", rounded, constant(UNITS, np.float32)))


def _to_width(nodes: _Nodes, levels: str, width: int) -> str:
    """Add what `mlpcli.images.view.to_width` does."""
    add, constant = nodes.add, nodes.constant
    mass, _, across, _, _ = nodes.moments(levels)
    highest = add("ReduceMax", levels, axes=[1], keepdims=0)  # (N, 28)
    inked = add("GreaterOrEqual", highest, constant(LEVEL, np.float32))
    counted = add("Cast", inked, to=TensorProto.FLOAT)
    first, last = (
        add("ArgMax", counted, axis=1, keepdims=1, select_last_index=end) for end in (0, 1)
    )
    columns = add("Add", add("Sub", last, first), constant(1, np.int64))
    stretched = add("Div", add("Cast", columns, to=TensorProto.DOUBLE), constant(width))
    most = add("ReduceMax", counted, axes=[1], keepdims=1)  # (N, 1)
    has_ink = add("Greater", most, constant(0, np.float32))
    step = add("Where", has_ink, stretched, constant(1))
    centre = add("Add", nodes.ratio(across, mass), constant(0.5))
    middle = add("Where", add("Greater", mass, constant(0)), centre, constant(SIDE / 2))
    edges = nodes.units(add("Add", middle, add("Mul", step, constant(EDGES))))  # (N, 29)
    edges = add("Unsqueeze", edges, constant([1], np.int64))  # (N, 1, 29)
    starts = constant(UNITS * np.arange(SIDE)[:, None])
    within = add("Clip", add("Sub", edges, starts), constant(0), constant(UNITS))  # (N, 28, 29)
    ink = add("MatMul", levels, add("Cast", within, to=TensorProto.FLOAT))
    each = [
        add("Sub", nodes.columns(all_, 1, SIDE + 1), nodes.columns(all_, 0, SIDE))
        for all_ in (ink, add("Cast", edges, to=TensorProto.FLOAT))
    ]
    mean = add("Div", *each)
    return add("Floor", add("Add", mean, constant(0.5, np.float32)))
