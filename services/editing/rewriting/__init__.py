"""Captions of photos, and the same captions after an edit: what a synthesis is told to show."""

from services.editing.rewriting.rewrite import Rewriter
from services.editing.settings import EditingSettings
from services.serving.metrics import ServiceMetrics


def create_rewriter(settings: EditingSettings, metrics: ServiceMetrics | None = None) -> Rewriter:
    """The rewriter that the settings name; raises ValueError with the known names, or with what the named one lacks."""
    from services.editing.backends.rewriters import rewriter_of  # noqa: PLC0415  backends write captions, too

    return rewriter_of(settings, metrics or ServiceMetrics("editing"))
