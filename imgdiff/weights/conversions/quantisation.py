"""Dynamic quantisation of matrix products: symmetric int8 weights with a scale per column, activations at run time.

It follows onnxruntime's scheme, written out so that every release of onnxruntime gives the same bytes.
"""

from collections.abc import Iterator

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper


def quantise_matmuls(graph: onnx.GraphProto) -> onnx.GraphProto:
    """The graph with integer arithmetic for every MatMul by a constant matrix."""
    weights = {constant.name: constant for constant in graph.initializer}
    constants: dict[str, onnx.TensorProto] = {}
    quantised_inputs: set[str] = set()
    nodes: list[onnx.NodeProto] = []
    for node in graph.node:
        if node.op_type != "MatMul" or node.input[1] not in weights:
            nodes.append(node)
            continue
        source, weight = node.input
        if source not in quantised_inputs:
            quantised_inputs.add(source)
            nodes.append(_quantised_input(source))
        constants.update((tensor.name, tensor) for tensor in _quantised_weight(weights[weight]))
        nodes.extend(_product(source, weight, node.output[0]))
    used = {name for node in nodes for name in node.input}
    kept = [constant for constant in graph.initializer if constant.name in used]
    return helper.make_graph(nodes, graph.name, graph.input, graph.output, [*kept, *constants.values()])


def _quantised_input(name: str) -> onnx.NodeProto:
    return helper.make_node("DynamicQuantizeLinear", [name], [f"{name}_q", f"{name}_scale", f"{name}_zero"])


def _quantised_weight(weight: onnx.TensorProto) -> Iterator[onnx.TensorProto]:
    """Weight (K, M) as int8 with one scale per column; 0 stays 0."""
    matrix = numpy_helper.to_array(weight).astype(np.float32)
    largest = np.abs(matrix).max(axis=0)
    scale = np.where(largest > 0, largest / np.float32(127), np.float32(1)).astype(np.float32)
    levels = np.clip(np.rint(matrix / scale), -127, 127).astype(np.int8)
    yield numpy_helper.from_array(levels, f"{weight.name}_q")
    yield numpy_helper.from_array(scale, f"{weight.name}_scale")
    yield numpy_helper.from_array(np.zeros(scale.shape, np.int8), f"{weight.name}_zero")


def _product(source: str, weight: str, output: str) -> Iterator[onnx.NodeProto]:
    # onnxruntime fuses exactly this chain into one kernel
    quantised = [f"{source}_q", f"{weight}_q", f"{source}_zero", f"{weight}_zero"]
    yield helper.make_node("MatMulInteger", quantised, [f"{output}_int"])
    yield helper.make_node("Cast", [f"{output}_int"], [f"{output}_cast"], to=TensorProto.FLOAT)
    yield helper.make_node("Mul", [f"{source}_scale", f"{weight}_scale"], [f"{output}_scale"])
    yield helper.make_node("Mul", [f"{output}_cast", f"{output}_scale"], [output])
