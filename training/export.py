"""The change heads as ONNX files whose bytes depend on their weights alone."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from imgdiff.weights.conversions.graph import GraphBuilder
from training.head_networks import BLOCKS, DILATIONS, HANDED, PROJECTED, TOKEN_DILATIONS

Weights = Mapping[str, NDArray[np.float32]]


def export_plain(weights: Weights) -> bytes:
    """Write the graph from `local` (1 x layers x rows x columns) and `overall` (1 x summary) to `probability`.

    `probability` is 1 x 1 x rows x columns, 0..1.
    """
    graph = GraphBuilder()
    _answer(graph, weights, "local")
    layers, summary = weights["mix.weight"].shape[1], weights["whole.weight"].shape[1]
    return graph.model("change_head", _inputs(layers, summary), {"probability": (1, 1, "rows", "columns")})


def export_whole(weights: Weights) -> bytes:
    """Write the graph that also takes `tokens1` and `tokens2`, blocks x token rows x token columns x components."""
    graph = GraphBuilder()
    handed = _compare_tokens(graph, weights)
    shape = graph.add("Slice", [graph.add("Shape", ["local"]), graph.integers(2), graph.integers(4)])
    size = graph.add("Concat", [graph.integers(1, HANDED), shape], axis=0)
    spread = graph.add("Resize", [handed, "", "", size], mode="linear", coordinate_transformation_mode="half_pixel")
    _answer(graph, weights, graph.add("Concat", ["local", spread], axis=1))
    layers, summary = weights["mix.weight"].shape[1] - HANDED, weights["whole.weight"].shape[1]
    grid = BLOCKS, "token_rows", "token_columns", weights["project"].shape[1]
    inputs = {**_inputs(layers, summary), "tokens1": grid, "tokens2": grid}
    return graph.model("change_head_with_tokens", inputs, {"probability": (1, 1, "rows", "columns")})


def _inputs(layers: int, summary: int) -> dict[str, tuple[int | str, ...]]:
    return {"local": (1, layers, "rows", "columns"), "overall": (1, summary)}


def _compare_tokens(graph: GraphBuilder, weights: Weights) -> str:
    """Append `WholeHead.compare_tokens`; returns 1 x HANDED x token rows x token columns."""
    projection = graph.floats(weights["project"][:, None])  # blocks x 1 x components x projected
    one, two = (graph.add("MatMul", [tokens, projection]) for tokens in ("tokens1", "tokens2"))
    apart = graph.add("Transpose", [graph.add("Abs", [graph.add("Sub", [one, two])])], perm=[0, 3, 1, 2])
    grid = graph.add("Slice", [graph.add("Shape", ["tokens1"]), graph.integers(1), graph.integers(3)])
    size = graph.add("Concat", [graph.integers(1, BLOCKS * PROJECTED), grid], axis=0)
    flat = graph.add("Reshape", [apart, size])
    product = graph.add("Mul", ["tokens1", "tokens2"])
    cosine = graph.add("ReduceSum", [product, graph.integers(-1)], keepdims=0)
    angle = graph.add("Unsqueeze", [graph.add("Sub", [graph.floats(1), cosine]), graph.integers(0)])
    seen = _convolve(graph, weights, "compare", graph.add("Concat", [flat, angle], axis=1))
    seen = graph.add("Relu", [seen])
    pooled = [graph.add(operator, [seen]) for operator in ("GlobalAveragePool", "GlobalMaxPool")]
    scene = graph.add("Flatten", [graph.add("Concat", pooled, axis=1)])
    seen = graph.add("Relu", [graph.add("Add", [seen, _spread(graph, weights, "scene", scene)])])
    seen = _look(graph, weights, "compared", seen, TOKEN_DILATIONS)
    return graph.add("Relu", [_convolve(graph, weights, "hand", seen)])


def _answer(graph: GraphBuilder, weights: Weights, local: str) -> None:
    """Append everything from the layers of cells to `probability`."""
    mixed = _convolve(graph, weights, "mix", local)
    seen = graph.add("Relu", [graph.add("Add", [mixed, _spread(graph, weights, "whole", "overall")])])
    seen = _look(graph, weights, "looks", seen, DILATIONS)
    graph.add("Sigmoid", [_convolve(graph, weights, "answer", seen)], "probability")


def _spread(graph: GraphBuilder, weights: Weights, name: str, source: str) -> str:
    """Append a linear layer whose answer is added everywhere."""
    matrix, bias = graph.floats(weights[f"{name}.weight"]), graph.floats(weights[f"{name}.bias"])
    return graph.add("Unsqueeze", [graph.add("Gemm", [source, matrix, bias], transB=1), graph.integers(2, 3)])


def _look(graph: GraphBuilder, weights: Weights, name: str, seen: str, dilations: tuple[int, ...]) -> str:
    for index, dilation in enumerate(dilations):
        look = graph.add("Relu", [_convolve(graph, weights, f"{name}.{index}", seen, dilation)])
        seen = graph.add("Add", [seen, look])
    return seen


def _convolve(graph: GraphBuilder, weights: Weights, name: str, source: str, dilation: int = 1) -> str:
    kernel = weights[f"{name}.weight"]
    pad = dilation * (kernel.shape[-1] // 2)
    inputs = [source, graph.floats(kernel), graph.floats(weights[f"{name}.bias"])]
    return graph.add("Conv", inputs, dilations=[dilation, dilation], pads=[pad] * 4)
