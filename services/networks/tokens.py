"""Patch tokens of a ViT-S/14: what every 14x14 patch of an image looks like, at six depths."""

from pathlib import Path

import numpy as np
import onnx
from onnx.utils import Extractor

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
_LONG_SIDE = 16  # tokens at least on the longer side: a small image is enlarged to that; chosen, not measured
# ImageNet's, as the network was trained.
_MEAN = np.array([0.485, 0.456, 0.406], np.float32)
_STD = np.array([0.229, 0.224, 0.225], np.float32)


class PatchTokens:
    """Encodes one image of any shape at a time; blocks behind the deepest one asked for are not loaded."""

    def __init__(self, threads: int, blocks: tuple[int, ...] = BLOCKS) -> None:
        path = weights.locate(WEIGHTS[0])
        self._outputs = [f"block{block}" for block in blocks]
        self._session = onnx_session(path if blocks == BLOCKS else _extract(path, self._outputs), threads)

    def __call__(self, image: RGB, max_tokens: int = 1024) -> Floats:
        """Return (blocks, rows, columns, 384), blocks 5..10 by default, each token mean-subtracted and of unit length.

        The grid keeps the image's aspect and has at most about `max_tokens` tokens.
        """
        rows, columns = choose_grid(image.shape[0], image.shape[1], max_tokens)
        small = resize(image, rows * PATCH, columns * PATCH).astype(np.float32) / 255
        batch = move_channels_first(np.asarray((small - _MEAN) / _STD, np.float32)[None])
        outputs = self._session.run(self._outputs, {"image": batch})
        # The first token stands for the whole image and has no cell in the grid.
        tokens = np.stack([np.asarray(output)[0, 1:] for output in outputs])
        centred = tokens - tokens.mean(axis=-1, keepdims=True)
        return normalize(centred).reshape(len(outputs), rows, columns, WIDTH)


def _extract(path: Path, outputs: list[str]) -> bytes:
    """Cut the network off behind these outputs, since onnxruntime always runs all of it."""
    graph: bytes = Extractor(onnx.load(path)).extract_model(["image"], outputs).SerializeToString()
    return graph


def choose_grid(height: int, width: int, max_tokens: int) -> tuple[int, int]:
    """Return rows and columns: one token a patch, at most `max_tokens`, at least 16 on the longer side."""
    scale = min(1.0, (max_tokens * PATCH**2 / (height * width)) ** 0.5)
    scale = max(scale, _LONG_SIDE * PATCH / max(height, width))
    rows = max(_SMALLEST_SIDE, round(height * scale / PATCH))
    columns = max(_SMALLEST_SIDE, round(width * scale / PATCH))
    while rows * columns > max_tokens and max(rows, columns) > _SMALLEST_SIDE:
        rows, columns = (rows - 1, columns) if rows > columns else (rows, columns - 1)
    return rows, columns
