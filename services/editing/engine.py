"""The engine of the editing service: photos are edited one by one, captions become generated pairs in batches."""

import logging
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from imgdiff.errors import ImgdiffError, InvalidRequest
from imgdiff.records import ModelUse
from imgdiff.stages import Editing
from services.editing.backends.onnx_inpainting import OnnxInpainter
from services.editing.backends.rewriters.selection import create_rewriter
from services.editing.generation.generator import PairGenerator
from services.editing.operations.photo_editor import PhotoEditor
from services.editing.operations.repaint import ObjectPainter
from services.editing.photo.vision import PhotoVision
from services.editing.schema import EditWork
from services.editing.settings import EditingSettings
from services.networks.feature_cache import FeatureCache
from services.serving.engine import Engine, Ticket, answer_each
from services.serving.extras import require_extra
from services.serving.metrics import ServiceMetrics

BACKENDS = ("embedded", "sdxl", "flux2_klein", "qwen_image_edit")
NEEDS_PHOTO = (
    "this backend edits a photo; send one as image, or run the editing service with IMGDIFF_EDITING_BACKEND=sdxl or "
    "flux2_klein, which make both images from a caption"
)
_log = logging.getLogger(__name__)

Progress = Callable[[int, int], None]
"""Receives the number of finished steps and of all steps, 0 of 0 when nothing is being made."""


class EditingEngine:
    """Requests that the generator accepts, if there is one, go to it together; others with a photo to the editor."""

    def __init__(
        self,
        backend: str,
        device: str,
        photos: PhotoEditor,
        generator: PairGenerator[Any] | None = None,
        progress: Progress = lambda done, total: None,  # noqa: ARG005
    ) -> None:
        self.backend, self.device = backend, device
        self._photos, self._generator, self._progress = photos, generator, progress

    @property
    def models(self) -> tuple[ModelUse, ...]:
        """Weights of every part."""
        generating = () if self._generator is None else self._generator.models
        return tuple(dict.fromkeys((*generating, *self._photos.models)))

    def warm_up(self) -> None:
        """Run every network."""
        if self._generator is not None:
            self._generator.warm_up()
        self._photos.warm_up()
        self._progress(0, 0)

    def run(self, batch: Sequence[Ticket[EditWork]]) -> list[Editing | ImgdiffError]:
        """One answer or error for each ticket, in order."""
        try:
            accepted = [ticket for ticket in batch if self._is_generated(ticket.work)]
            generated = iter(self._generator.run(accepted) if self._generator is not None and accepted else ())
            return [
                next(generated) if self._is_generated(ticket.work) else self._edit_photo(ticket) for ticket in batch
            ]
        finally:
            self._progress(0, 0)

    def _is_generated(self, work: EditWork) -> bool:
        return self._generator is not None and self._generator.accepts(work)

    def _edit_photo(self, ticket: Ticket[EditWork]) -> Editing | ImgdiffError:
        if ticket.work.image is None:
            return InvalidRequest.at("/image", "missing", NEEDS_PHOTO)
        return answer_each(self._photos.edit, [ticket])[0]


def create_engine(settings: EditingSettings, metrics: ServiceMetrics | None = None) -> Engine[EditWork, Editing]:
    """The engine that the settings name; raises ValueError with the known names, or with what the named one lacks."""
    match settings.backend:
        case "embedded":
            photos = PhotoEditor(
                _load_vision(settings, metrics or ServiceMetrics("editing")), _load_inpainter(settings)
            )
            return EditingEngine("embedded", "cpu", photos)
        case "sdxl":
            return _create_sdxl(settings, metrics or ServiceMetrics("editing"))
        case "flux2_klein" | "qwen_image_edit":
            return _create_instruct(settings, metrics or ServiceMetrics("editing"))
        case unknown:
            raise ValueError(f"unknown backend {unknown!r}; known: {', '.join(BACKENDS)}")


def _create_sdxl(settings: EditingSettings, metrics: ServiceMetrics) -> EditingEngine:
    with require_extra("gpu", "backend 'sdxl'"):
        from services.editing.backends.sdxl.loading import load_sdxl  # noqa: PLC0415  needs torch
    vision, rewriter = _load_vision(settings, metrics), create_rewriter(settings, metrics)
    progress = _report_to(metrics)
    generator, inpainter = load_sdxl(settings, rewriter, vision, metrics, progress)
    painter = None if inpainter is None else ObjectPainter(inpainter, rewriter)
    photos = PhotoEditor(vision, _load_inpainter(settings), painter)
    return EditingEngine("sdxl", settings.device, photos, generator, progress)


def _create_instruct(settings: EditingSettings, metrics: ServiceMetrics) -> EditingEngine:
    with require_extra("gpu", f"backend {settings.backend!r}"):
        from services.editing.backends.instruct.loading import load_flux2_klein, load_qwen_image_edit  # noqa: PLC0415  needs torch
    load = load_flux2_klein if settings.backend == "flux2_klein" else load_qwen_image_edit
    vision, rewriter, progress = (
        _load_vision(settings, metrics),
        create_rewriter(settings, metrics),
        _report_to(metrics),
    )
    generator = load(settings, rewriter, vision, metrics, progress)
    photos = PhotoEditor(vision, _load_inpainter(settings))
    return EditingEngine(settings.backend, settings.device, photos, generator, progress)


def _load_vision(settings: EditingSettings, metrics: ServiceMetrics) -> PhotoVision:
    return PhotoVision(settings.threads, FeatureCache(settings.feature_cache_bytes, metrics.remembered))


def _load_inpainter(settings: EditingSettings) -> OnnxInpainter | None:
    return OnnxInpainter(Path(settings.inpainter_onnx), settings.threads) if settings.inpainter_onnx else None


def _report_to(metrics: ServiceMetrics) -> Progress:
    """Progress as metrics and in the log: an HTTP answer is sent whole, so the caller receives none."""

    def report(done: int, total: int) -> None:
        metrics.stepped(done, total)
        _log.debug("step %d of %d", done, total)

    return report
