"""Which backend editing runs on; the settings name it."""

from pathlib import Path

from imgdiff.stages import Editing
from services.editing.backends.embedded import EmbeddedEditing
from services.editing.backends.onnx_inpainting import OnnxInpainter
from services.editing.backends.rewriters.selection import create_rewriter
from services.editing.schema import EditWork
from services.editing.settings import EditingSettings
from services.serving.engine import Engine
from services.serving.extras import require_extra
from services.serving.metrics import ServiceMetrics

KNOWN = ("embedded", "sdxl")


def create_engine(settings: EditingSettings, metrics: ServiceMetrics | None = None) -> Engine[EditWork, Editing]:
    """The engine that the settings name; raises ValueError with the known names, or with what the named one lacks."""
    match settings.backend:
        case "embedded":
            return _embedded(settings)
        case "sdxl":
            return _sdxl(settings, metrics or ServiceMetrics("editing"))
        case unknown:
            raise ValueError(f"unknown backend {unknown!r}; known: {', '.join(KNOWN)}")


def _embedded(settings: EditingSettings) -> EmbeddedEditing:
    file = Path(settings.inpainter_onnx) if settings.inpainter_onnx else None
    return EmbeddedEditing(settings.threads, None if file is None else OnnxInpainter(file, settings.threads))


def _sdxl(settings: EditingSettings, metrics: ServiceMetrics) -> Engine[EditWork, Editing]:
    with require_extra("gpu", "backend 'sdxl'"):
        from services.editing.backends.sdxl.engine import load  # noqa: PLC0415  the other backend needs no torch
    return load(settings, create_rewriter(settings, metrics), _embedded(settings), metrics)
