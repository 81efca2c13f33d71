"""LPIPS v0.1 with AlexNet as an ONNX graph with score and map (Zhang et al., 2018)."""

from collections.abc import Sequence
from typing import cast

import numpy as np
from numpy.typing import NDArray

from imgdiff.weights.conversions.graph import GraphBuilder
from imgdiff.weights.conversions.pickles import read_arrays

Floats = NDArray[np.float32]
# of AlexNet: kernel, stride, padding, and whether max pooling comes first
_LAYERS = ((11, 4, 2, False), (5, 1, 2, True), (3, 1, 1, True), (3, 1, 1, False), (3, 1, 1, False))
_SHIFT, _SCALE = (-0.030, -0.088, -0.188), (0.458, 0.448, 0.450)  # of RGB in -1..1, from PerceptualSimilarity


def lpips_alex(data: bytes) -> bytes:
    """Inputs `image1`, `image2` (N, 3, H, W), RGB in -1..1; outputs `score` (N, 1, 1, 1) and `map` (N, 1, H, W)."""
    arrays = cast("dict[str, dict[str, dict[str, Floats]]]", read_arrays(data))
    graph = GraphBuilder()
    backbone = _Backbone(graph, arrays["AlexNet_0"])
    size = _map_size(graph)
    scores, maps = [], []
    pairs = zip(backbone.features("image1"), backbone.features("image2"), strict=True)
    for layer, (one, other) in enumerate(pairs):
        head = graph.floats(_channels_first(arrays[f"NetLinLayer_{layer}"]["Conv_0"]["kernel"]))
        difference = graph.add("Sub", [_unit(graph, one), _unit(graph, other)])
        weighted = graph.add("Conv", [graph.add("Mul", [difference, difference]), head], kernel_shape=[1, 1])
        scores.append(graph.add("ReduceMean", [weighted], axes=[2, 3], keepdims=1))
        maps.append(
            graph.add("Resize", [weighted, "", "", size], mode="linear", coordinate_transformation_mode="half_pixel")
        )
    graph.add("Sum", scores, "score")
    graph.add("Sum", maps, "map")
    images = dict.fromkeys(("image1", "image2"), ("N", 3, "H", "W"))
    return graph.model("lpips", images, {"score": ("N", 1, 1, 1), "map": ("N", 1, "H", "W")})


class _Backbone:
    def __init__(self, graph: GraphBuilder, weights: dict[str, dict[str, Floats]]) -> None:
        self._graph = graph
        self._shift = graph.floats(np.reshape(_SHIFT, (1, 3, 1, 1)))
        self._scale = graph.floats(np.reshape(_SCALE, (1, 3, 1, 1)))
        layers = [weights[f"Conv_{layer}"] for layer in range(len(_LAYERS))]
        self._weights = [
            (graph.floats(_channels_first(layer["kernel"])), graph.floats(layer["bias"])) for layer in layers
        ]

    def features(self, image: str) -> Sequence[str]:
        graph, outputs = self._graph, []
        x = graph.add("Div", [graph.add("Sub", [image, self._shift]), self._scale])
        for (kernel, stride, padding, pooled), weights in zip(_LAYERS, self._weights, strict=True):
            if pooled:
                x = graph.add("MaxPool", [x], kernel_shape=[3, 3], strides=[2, 2])
            x = graph.add("Conv", [x, *weights], kernel_shape=[kernel] * 2, strides=[stride] * 2, pads=[padding] * 4)
            x = graph.add("Relu", [x])
            outputs.append(x)
        return outputs


def _channels_first(kernel: Floats) -> Floats:
    return kernel.transpose(3, 2, 0, 1)


def _unit(graph: GraphBuilder, features: str) -> str:
    squares = graph.add("ReduceSum", [graph.add("Mul", [features, features]), graph.integers(1)], keepdims=1)
    length = graph.add("Add", [graph.add("Sqrt", [squares]), graph.floats(1e-10)])
    return graph.add("Div", [features, length])


def _map_size(graph: GraphBuilder) -> str:
    shape = graph.add("Shape", ["image1"])
    batch = graph.add("Slice", [shape, graph.integers(0), graph.integers(1)])
    sides = graph.add("Slice", [shape, graph.integers(2), graph.integers(4)])
    return graph.add("Concat", [batch, graph.integers(1), sides], axis=0)
