"""Patch tokens of a ViT-S/14: what every 14x14 patch of an image looks like, at six depths."""

from functools import cache, lru_cache
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper
from onnx.utils import Extractor
from onnxruntime import InferenceSession

from imgdiff import weights
from imgdiff.images import RGB
from services.imaging.arrays import Floats, move_channels_first
from services.imaging.resizing import resize
from services.imaging.vectors import normalize
from services.networks.runtime import onnx_session

PATCH = 14  # pixels a side of the image that a token stands for
BLOCKS = (5, 6, 7, 8, 9, 10)  # whose tokens the weight file offers
WIDTH = 384  # components of a token of ViT-S/14
WEIGHTS = ("vits14-int8",)
_SMALLEST_SIDE = 4  # tokens on the shorter side; chosen, not measured
_POSITIONS = "positions"  # the embeddings of the patches' places: input of the encoder
_GRIDS = 8  # whose position embeddings are kept, 1.5 MB each; chosen, not measured
_LONG_SIDE = 16  # tokens at least on the longer side: a small image is enlarged to that; chosen, not measured
# ImageNet's, as the network was trained.
_MEAN = np.array([0.485, 0.456, 0.406], np.float32)
_STD = np.array([0.229, 0.224, 0.225], np.float32)


class PatchTokens:
    """Encodes one image of any shape at a time; blocks behind the deepest one asked for are not loaded.

    Several threads may call it.
    """

    def __init__(self, threads: int, blocks: tuple[int, ...] = BLOCKS) -> None:
        self._outputs = [f"block{block}" for block in blocks]
        self._encoder, self._positions = _open(weights.locate(WEIGHTS[0]), tuple(self._outputs), threads)
        self._embed_positions = lru_cache(_GRIDS)(self._make_positions)

    def __call__(self, image: RGB, max_tokens: int = 1024) -> Floats:
        """Return (blocks, rows, columns, 384), blocks 5..10 by default, each token mean-subtracted and of unit length.

        The grid keeps the image's aspect and has at most about `max_tokens` tokens.
        """
        rows, columns = choose_grid(image.shape[0], image.shape[1], max_tokens)
        small = resize(image, rows * PATCH, columns * PATCH).astype(np.float32) / 255
        batch = move_channels_first(np.asarray((small - _MEAN) / _STD, np.float32)[None])
        positions = self._embed_positions(rows, columns)
        outputs = self._encoder.run(self._outputs, {"image": batch, _POSITIONS: positions})
        # The first token stands for the whole image and has no cell in the grid.
        tokens = np.stack([np.asarray(output)[0, 1:] for output in outputs])
        centred = tokens - tokens.mean(axis=-1, keepdims=True)
        return normalize(centred).reshape(len(outputs), rows, columns, WIDTH)

    def _make_positions(self, rows: int, columns: int) -> Floats:
        blank = np.zeros((1, 3, rows * PATCH, columns * PATCH), np.float32)  # only its size counts
        return np.asarray(self._positions.run([_POSITIONS], {"image": blank})[0], np.float32)


@cache
def _open(path: Path, outputs: tuple[str, ...], threads: int) -> tuple[InferenceSession, InferenceSession]:
    """The encoder and its positions, once for all engines of a process: it takes a quarter of a second."""
    encoder, positions = (onnx_session(part, threads) for part in _split_graph(path, list(outputs)))
    return encoder, positions


def _split_graph(path: Path, outputs: list[str]) -> tuple[bytes, bytes]:
    """The network cut off behind these outputs, since onnxruntime always runs all of it, and what makes its positions.

    Resizing the embeddings to the grid takes a sixth of the network's time, and is the same for all images of one grid.
    """
    model = onnx.load(path)
    _name_positions(model.graph)
    extractor = Extractor(model)
    encoder = extractor.extract_model(["image", _POSITIONS], outputs)
    positions = extractor.extract_model(["image"], [_POSITIONS])
    return encoder.SerializeToString(), positions.SerializeToString()


def _name_positions(graph: onnx.GraphProto) -> None:
    """Give the resized embeddings, which are added to the patches, their name."""
    users = {name: node for node in graph.node for name in node.input}
    node = next(node for node in graph.node if node.op_type == "Resize")
    while users[node.output[0]].op_type != "Add":
        node = users[node.output[0]]
    added = users[node.output[0]]
    added.input[list(added.input).index(node.output[0])] = _POSITIONS
    node.output[0] = _POSITIONS
    graph.value_info.append(helper.make_tensor_value_info(_POSITIONS, TensorProto.FLOAT, None))


def choose_grid(height: int, width: int, max_tokens: int) -> tuple[int, int]:
    """Return rows and columns: one token a patch, at most `max_tokens`, at least 16 on the longer side."""
    scale = min(1.0, (max_tokens * PATCH**2 / (height * width)) ** 0.5)
    scale = max(scale, _LONG_SIDE * PATCH / max(height, width))
    rows = max(_SMALLEST_SIDE, round(height * scale / PATCH))
    columns = max(_SMALLEST_SIDE, round(width * scale / PATCH))
    while rows * columns > max_tokens and max(rows, columns) > _SMALLEST_SIDE:
        rows, columns = (rows - 1, columns) if rows > columns else (rows, columns - 1)
    return rows, columns
