"""Inpainting by an ONNX model that the operator provides: LaMa (arXiv 2109.07161) or MI-GAN (ICCV 2023).

The type of the inputs identifies the model. Public exports take `image` and `mask`, one RGB image, channels first.
LaMa (Carve's `lama_fp32.onnx`, OpenCV's zoo): float32, image 0..1 and mask 1 in the hole, fixed at 512 x 512; the
output is 0..255 in Carve's and 0..1 in others. MI-GAN (the authors' `migan_pipeline_v2.onnx`): uint8, image 0..255 and
mask 0 in the hole and 255 where pixels are known, any size; the output is uint8. The bare MI-GAN generator, with four
channels in one input, is not supported.
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
    NotImplemented,  # noqa: A004  a name of onnxruntime
    RuntimeException,
)

from imgdiff.errors import ImgdiffError, ServiceUnavailable, WeightsCorrupt
from imgdiff.images import RGB
from imgdiff.records import ModelUse
from services.editing.limits import RETRY_SECONDS
from services.editing.operations.edit import NOT_FINITE, Refused
from services.editing.removal.inpainting import context_box, crop_both, paste_hole
from services.imaging.arrays import Flags
from services.imaging.boxes import window
from services.imaging.resizing import resize
from services.networks.runtime import onnx_session

_SETTING = "IMGDIFF_EDITING_INPAINTER_ONNX"
_SIDE = 512  # pixels; both were trained at this size
_MULTIPLE = 8  # of the pixels of a side; the networks halve it three times
_BROKEN = (Fail, InvalidGraph, InvalidProtobuf, NoModel, NoSuchFile)
_FAILED = (EPFail, Fail, InvalidArgument, NotImplemented, RuntimeException, MemoryError)
_TYPES = {"tensor(float)": "LaMa", "tensor(uint8)": "MI-GAN"}


class OnnxInpainter:
    """See `Inpainter`. Neither model is random, so every hole has one result."""

    def __init__(self, path: Path, threads: int) -> None:
        """Raises ValueError for a missing file or an unknown model, WeightsCorrupt if the file cannot be read."""
        if not path.is_file():
            raise ValueError(f"{_SETTING}: the file {path} does not exist")
        try:
            self._session = onnx_session(path, threads)
        except _BROKEN as error:
            raise WeightsCorrupt(f"{path} is not an ONNX model: {error}") from error
        inputs = {item.name: item for item in self._session.get_inputs()}
        types = {item.type for item in inputs.values()}
        if set(inputs) != {"image", "mask"} or len(types) != 1 or not types <= set(_TYPES):
            found = ", ".join(f"{item.name}: {item.type}" for item in inputs.values())
            raise ValueError(f"{_SETTING}: {path.name} takes {found}; expected image and mask of LaMa or MI-GAN")
        self._name, self.kind = path.name, _TYPES[types.pop()]
        shape = inputs["image"].shape
        self._fixed = (shape[2], shape[3]) if isinstance(shape[2], int) and isinstance(shape[3], int) else None
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        use = ModelUse(stage="editing", name=path.name, version="local", sha256=digest, licence="NOASSERTION")
        self.models: tuple[ModelUse, ...] = (use,)

    def __call__(self, image: RGB, hole: Flags) -> RGB:
        """See `Inpainter`."""
        box = context_box(hole)
        crop, inside = crop_both(image, hole, box)
        rows, columns = self._fixed or _network_size(inside.shape)
        small = resize(crop, rows, columns)
        gap = resize(inside.astype(np.uint8) * 255, rows, columns) > 0
        painted = image.copy()
        painted[window(box)] = resize(self._infer(small, gap), *inside.shape)
        return paste_hole(image, painted, hole, 0)

    def _infer(self, image: RGB, hole: Flags) -> RGB:
        pixels = np.ascontiguousarray(image.transpose(2, 0, 1))[None]
        inputs: dict[str, NDArray[np.generic]]
        if self.kind == "MI-GAN":
            inputs = {"image": pixels, "mask": np.where(hole, 0, 255).astype(np.uint8)[None, None]}
        else:
            inputs = {"image": pixels.astype(np.float32) / 255, "mask": hole.astype(np.float32)[None, None]}
        (answer, *_) = self._run(inputs)
        found = np.asarray(answer)[0].transpose(1, 2, 0)
        if found.dtype != np.uint8:
            if not np.isfinite(found).all():
                raise Refused(NOT_FINITE)
            scaled = found * 255 if found.max() <= 1.5 else found  # the two ranges of LaMa's exports
            found = np.rint(np.clip(scaled, 0, 255)).astype(np.uint8)
        return np.ascontiguousarray(found)

    def _run(self, inputs: dict[str, NDArray[np.generic]]) -> Sequence[object]:
        """Raises ServiceUnavailable where memory ran out, ImgdiffError where the model rejects the image."""
        try:
            answers: Sequence[object] = self._session.run(None, inputs)
        except _FAILED as error:
            if isinstance(error, MemoryError) or "alloc" in str(error):
                detail = f"out of memory for {self._name}"
                raise ServiceUnavailable(detail, retry_after=RETRY_SECONDS) from error
            rows, columns = inputs["image"].shape[2:]
            raise ImgdiffError(f"{self._name} cannot paint {columns} x {rows} pixels: {error}") from error
        return answers


def _network_size(shape: tuple[int, ...]) -> tuple[int, int]:
    """Rows and columns that the network accepts, the longer side at most 512."""
    scale = min(1.0, _SIDE / max(shape))
    rows, columns = (max(_MULTIPLE, round(side * scale / _MULTIPLE) * _MULTIPLE) for side in shape)
    return rows, columns
