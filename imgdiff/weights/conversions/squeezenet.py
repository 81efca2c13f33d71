"""SqueezeNet v1.1 as an ONNX graph with a pooled embedding (Iandola et al., 2016)."""

from typing import cast

import numpy as np
from numpy.typing import NDArray

from imgdiff.weights.conversions.graph import GraphBuilder
from imgdiff.weights.conversions.pickles import read_arrays

Layers = dict[str, tuple[NDArray[np.float32], NDArray[np.float32]]]


def squeezenet(data: bytes) -> bytes:
    """Input `image` (N, 3, 224, 224), BGR minus the channel means; output `embedding` (N, 512)."""
    network = _Network(cast("Layers", read_arrays(data)))
    network.build()
    return network.graph.model("squeezenet", {"image": ("N", 3, 224, 224)}, {"embedding": ("N", 512)})


class _Network:
    def __init__(self, layers: Layers) -> None:
        self.graph = GraphBuilder()
        self._layers = layers

    def build(self) -> None:
        x = self._pool(self._convolution("image", "conv1", stride=2))
        x = self._pool(self._fire(self._fire(x, "fire2"), "fire3"))
        x = self._pool(self._fire(self._fire(x, "fire4"), "fire5"))
        for name in ("fire6", "fire7", "fire8", "fire9"):
            x = self._fire(x, name)
        self.graph.add("ReduceMean", [x], "embedding", axes=[2, 3], keepdims=0)

    def _convolution(self, x: str, name: str, stride: int = 1) -> str:
        kernel, bias = self._layers[name]
        weights = [self.graph.floats(np.asarray(kernel).transpose(3, 2, 0, 1)), self.graph.floats(bias)]
        x = self.graph.add("Conv", [x, *weights], strides=[stride] * 2, auto_pad="SAME_UPPER")
        return self.graph.add("Relu", [x])

    def _fire(self, x: str, name: str) -> str:
        squeezed = self._convolution(x, f"{name}/squeeze1x1")
        expanded = [self._convolution(squeezed, f"{name}/expand{size}") for size in ("1x1", "3x3")]
        return self.graph.add("Concat", expanded, axis=1)

    def _pool(self, x: str) -> str:
        return self.graph.add("MaxPool", [x], kernel_shape=[3, 3], strides=[2, 2])
