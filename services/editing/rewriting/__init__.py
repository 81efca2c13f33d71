"""Caption editing."""

from services.editing.rewriting.rewrite import Rewriter
from services.editing.settings import EditingSettings


def create_rewriter(settings: EditingSettings) -> Rewriter:
    """The rewriter that the settings name."""
    raise NotImplementedError(settings.backend)
