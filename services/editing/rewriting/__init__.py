"""Captions of photos, and the same captions after an edit: what a synthesis is told to show."""

from services.editing.rewriting.rewrite import Rewriter
from services.editing.settings import EditingSettings
from services.serving.metrics import ServiceMetrics


def create_rewriter(settings: EditingSettings, metrics: ServiceMetrics | None = None) -> Rewriter:
    """The rewriter that the settings name."""
    raise NotImplementedError(settings.backend)
