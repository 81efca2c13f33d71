"""Building ONNX graphs whose bytes depend on the weights alone."""

from collections.abc import Mapping, Sequence

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

OPSET = 17  # of ONNX 1.12; chosen, not measured
IR_VERSION = 8  # of ONNX 1.12
Shape = Sequence[int | str]


def serialised(model: onnx.ModelProto) -> bytes:
    """The model checked and serialised to the same bytes on every machine."""
    onnx.checker.check_model(model)
    return bytes(model.SerializeToString(deterministic=True))


def value(name: str, shape: Shape) -> onnx.ValueInfoProto:
    """A float32 input or output; a string in the shape is a free dimension."""
    return helper.make_tensor_value_info(name, TensorProto.FLOAT, list(shape))


class GraphBuilder:
    """Nodes and constants, in the order of their addition."""

    def __init__(self) -> None:
        self._nodes: list[onnx.NodeProto] = []
        self._constants: list[onnx.TensorProto] = []

    def add(
        self, operator: str, inputs: Sequence[str], output: str = "", **attributes: int | float | str | list[int]
    ) -> str:
        """Append a node; returns the name of its one output."""
        output = output or f"t{len(self._nodes)}"
        self._nodes.append(helper.make_node(operator, list(inputs), [output], None, None, None, None, **attributes))
        return output

    def constant(self, array: NDArray[np.generic]) -> str:
        """Append a constant; returns its name."""
        name = f"c{len(self._constants)}"
        self._constants.append(numpy_helper.from_array(np.ascontiguousarray(array), name))
        return name

    def floats(self, numbers: object) -> str:
        """Append a float32 constant; returns its name."""
        return self.constant(np.asarray(numbers, np.float32))

    def integers(self, *numbers: int) -> str:
        """Append an int64 vector; returns its name."""
        return self.constant(np.array(numbers, np.int64))

    def model(self, name: str, inputs: Mapping[str, Shape], outputs: Mapping[str, Shape]) -> bytes:
        """The finished graph, serialised."""
        graph = helper.make_graph(
            self._nodes,
            name,
            [value(key, shape) for key, shape in inputs.items()],
            [value(key, shape) for key, shape in outputs.items()],
            self._constants,
        )
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=IR_VERSION)
        return serialised(model)
