"""Which backend captioning runs on; the settings name it."""

from services.captioning.backends.embedded import EmbeddedCaptioning
from services.captioning.settings import CaptioningSettings

KNOWN = ("embedded",)


def create_engine(settings: CaptioningSettings) -> EmbeddedCaptioning:
    """The engine that the settings name; raises ValueError with the known names."""
    match settings.backend:
        case "embedded":
            return EmbeddedCaptioning(settings.threads, verify=settings.verify)
        case unknown:
            raise ValueError(f"unknown backend {unknown!r}; known: {', '.join(KNOWN)}")
