"""Which backend editing runs on; the settings name it."""

from services.editing.backends.embedded import EmbeddedEditing
from services.editing.settings import EditingSettings

KNOWN = ("embedded",)


def create_engine(settings: EditingSettings) -> EmbeddedEditing:
    """The engine that the settings name; raises ValueError with the known names."""
    match settings.backend:
        case "embedded":
            return EmbeddedEditing(settings.threads)
        case unknown:
            raise ValueError(f"unknown backend {unknown!r}; known: {', '.join(KNOWN)}")
