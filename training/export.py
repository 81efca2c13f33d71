"""The change head as one ONNX file whose bytes depend on its weights alone."""

from collections.abc import Mapping

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import numpy_helper

from imgdiff.weights.conversions.graph import GraphBuilder

Weights = Mapping[str, NDArray[np.float32]]


def import_head(graph: bytes) -> dict[str, NDArray[np.float32]]:
    """Read the weights of an exported head, by their names in training."""
    model = onnx.load_model_from_string(graph)
    constants = {one.name: numpy_helper.to_array(one) for one in model.graph.initializer}
    weighted = [node for node in model.graph.node if node.op_type in {"Gemm", "Conv"}]
    looks = (f"looks.{index}" for index in range(len(weighted) - 3))
    weights = {}
    for name, node in zip(("whole", "mix", *looks, "answer"), weighted, strict=True):
        for kind, place in (("weight", 1), ("bias", 2)):
            weights[f"{name}.{kind}"] = constants[node.input[place]].copy()
    return weights


def export_head(weights: Weights, dilations: tuple[int, ...]) -> bytes:
    """Write the graph from `local` (1 x layers x rows x columns) and `overall` (1 x summary) to `probability`.

    `probability` is 1 x 1 x rows x columns, 0..1.
    """
    graph = GraphBuilder()
    layers, summary = weights["mix.weight"].shape[1], weights["whole.weight"].shape[1]
    whole = graph.add(
        "Gemm", ["overall", graph.floats(weights["whole.weight"]), graph.floats(weights["whole.bias"])], transB=1
    )
    spread = graph.add("Unsqueeze", [whole, graph.integers(2, 3)])
    seen = graph.add("Relu", [graph.add("Add", [_add_convolution(graph, weights, "mix", "local", 1), spread])])
    for index, dilation in enumerate(dilations):
        look = graph.add("Relu", [_add_convolution(graph, weights, f"looks.{index}", seen, dilation)])
        seen = graph.add("Add", [seen, look])
    graph.add("Sigmoid", [_add_convolution(graph, weights, "answer", seen, 1)], "probability")
    return graph.model(
        "change_head",
        {"local": (1, layers, "rows", "columns"), "overall": (1, summary)},
        {"probability": (1, 1, "rows", "columns")},
    )


def _add_convolution(graph: GraphBuilder, weights: Weights, name: str, source: str, dilation: int) -> str:
    kernel = weights[f"{name}.weight"]
    pad = dilation * (kernel.shape[-1] // 2)
    inputs = [source, graph.floats(kernel), graph.floats(weights[f"{name}.bias"])]
    return graph.add("Conv", inputs, dilations=[dilation, dilation], pads=[pad] * 4)
