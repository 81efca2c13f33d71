"""Inpainting by an ONNX model of the operator's: LaMa (arXiv 2109.07161) or MI-GAN (ICCV 2023), told by their inputs.

What public exports take, all of them by the names `image` and `mask`, one image at a time, RGB, channels first:
LaMa (Carve's `lama_fp32.onnx`, OpenCV's zoo): float32, image 0..1 and mask 1 in the hole, fixed at 512 x 512; the
answer is 0..255 in Carve's and 0..1 in others. MI-GAN (the authors' `migan_pipeline_v2.onnx`): uint8, image 0..255 and
mask 0 in the hole and 255 where pixels are known, any size; the answer is uint8. The bare MI-GAN generator, with four
channels in one input, is not taken.
"""

import hashlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from onnxruntime.capi.onnxruntime_pybind11_state import (
    EPFail,
    Fail,
    InvalidArgument,
    InvalidGraph,
    InvalidProtobuf,
    NoModel,
    NoSuchFile,
    NotImplemented,  # noqa: A004  theirs
    RuntimeException,
)

from imgdiff.errors import ImgdiffError, ServiceUnavailable, WeightsCorrupt
from imgdiff.images import RGB
from imgdiff.records import ModelUse
from services.editing.removal.inpainting import pasted, seen, surroundings
from services.imaging.arrays import Flags
from services.imaging.boxes import window
from services.imaging.resizing import resize
from services.networks.runtime import onnx_session

_SETTING = "IMGDIFF_EDITING_INPAINTER_ONNX"
_SIDE = 512  # what both were trained at
_MULTIPLE = 8
_BROKEN = (Fail, InvalidGraph, InvalidProtobuf, NoModel, NoSuchFile)
_FAILED = (EPFail, Fail, InvalidArgument, NotImplemented, RuntimeException, MemoryError)
_RETRY_SECONDS = 30
_TYPES = {"tensor(float)": "LaMa", "tensor(uint8)": "MI-GAN"}


class OnnxInpainter:
    """See `Inpainter`. Neither model draws anything, so there is one painting of a hole."""

    def __init__(self, path: Path, threads: int) -> None:
        """Raises ValueError where there is no such file or model, WeightsCorrupt where it cannot be read."""
        if not path.is_file():
            raise ValueError(f"{_SETTING}: there is no file {path}")
        try:
            self._session = onnx_session(path, threads)
        except _BROKEN as error:
            raise WeightsCorrupt(f"{path} is no ONNX model: {error}") from error
        inputs = {one.name: one for one in self._session.get_inputs()}
        types = {one.type for one in inputs.values()}
        if set(inputs) != {"image", "mask"} or len(types) != 1 or not types <= set(_TYPES):
            told = ", ".join(f"{one.name}: {one.type}" for one in inputs.values())
            raise ValueError(f"{_SETTING}: {path.name} takes {told}, neither LaMa's nor MI-GAN's image and mask")
        self._name, self.kind = path.name, _TYPES[types.pop()]
        shape = inputs["image"].shape
        self._fixed = (shape[2], shape[3]) if isinstance(shape[2], int) and isinstance(shape[3], int) else None
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        use = ModelUse(stage="editing", name=path.name, version="local", sha256=digest, licence="NOASSERTION")
        self.models: tuple[ModelUse, ...] = (use,)

    def __call__(self, image: RGB, hole: Flags) -> RGB:
        """See `Inpainter`."""
        box = surroundings(hole)
        crop, inside = seen(image, hole, box)
        rows, columns = self._fixed or _fitting(inside.shape)
        small = resize(crop, rows, columns)
        gap = resize(inside.astype(np.uint8) * 255, rows, columns) > 0
        painted = image.copy()
        painted[window(box)] = resize(self._painted(small, gap), *inside.shape)
        return pasted(image, painted, hole, 0)

    def _painted(self, image: RGB, hole: Flags) -> RGB:
        pixels = np.ascontiguousarray(image.transpose(2, 0, 1))[None]
        given: dict[str, NDArray[np.generic]]
        if self.kind == "MI-GAN":
            given = {"image": pixels, "mask": np.where(hole, 0, 255).astype(np.uint8)[None, None]}
        else:
            given = {"image": pixels.astype(np.float32) / 255, "mask": hole.astype(np.float32)[None, None]}
        (answer, *_) = self._run(given)
        found = np.asarray(answer)[0].transpose(1, 2, 0)
        if found.dtype != np.uint8:
            scaled = found * 255 if found.max() <= 1.5 else found  # the two ranges of LaMa's exports
            found = np.rint(np.clip(np.nan_to_num(scaled), 0, 255)).astype(np.uint8)
        return np.ascontiguousarray(found)

    def _run(self, given: dict[str, NDArray[np.generic]]) -> Sequence[object]:
        """Raises ServiceUnavailable where memory ran out, ImgdiffError where the model cannot paint such an image."""
        try:
            answers: Sequence[object] = self._session.run(None, given)
        except _FAILED as error:
            if isinstance(error, MemoryError) or "alloc" in str(error):
                detail = f"an image does not fit into memory for {self._name}"
                raise ServiceUnavailable(detail, retry_after=_RETRY_SECONDS) from error
            rows, columns = given["image"].shape[2:]
            raise ImgdiffError(f"{self._name} cannot paint {columns} x {rows} pixels: {error}") from error
        return answers


def _fitting(shape: tuple[int, ...]) -> tuple[int, int]:
    """Rows and columns that such a network takes, the longer side at most 512."""
    scale = min(1.0, _SIDE / max(shape))
    rows, columns = (max(_MULTIPLE, round(side * scale / _MULTIPLE) * _MULTIPLE) for side in shape)
    return rows, columns
