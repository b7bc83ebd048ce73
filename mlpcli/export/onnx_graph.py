"""The nodes and constants of an ONNX graph, as they are put together."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from onnx import TensorProto, helper, numpy_helper

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, DTypeLike
    from onnx import NodeProto


class Graph:
    """Nodes and constants; each method returns the name of the array that it adds."""

    def __init__(self) -> None:
        self.nodes: list[NodeProto] = []
        self.constants: dict[str, TensorProto] = {}

    def add(self, operator: str, *inputs: str, output: str, **attributes: Any) -> str:
        """Add a node with one output, after which it is named."""
        self.nodes.append(helper.make_node(operator, inputs, [output], output, **attributes))
        return output

    def constant(self, value: ArrayLike, name: str, kind: DTypeLike = np.float32) -> str:
        """Add a constant array or number, once for each name."""
        if name not in self.constants:
            array = np.ascontiguousarray(value, dtype=kind).reshape(np.shape(value))
            self.constants[name] = numpy_helper.from_array(array, name)
        return name
