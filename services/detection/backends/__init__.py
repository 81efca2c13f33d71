"""Which backend detection runs on; the settings name it."""

from services.detection.backends.embedded import EmbeddedPerception
from services.detection.backends.pixels import PixelPerception
from services.detection.engine import DetectionEngine
from services.detection.settings import DetectionSettings

KNOWN = ("embedded", "pixels")


def create_engine(settings: DetectionSettings) -> DetectionEngine:
    """The engine that the settings name; raises ValueError with the known names."""
    match settings.backend:
        case "embedded":
            return DetectionEngine(EmbeddedPerception(settings.threads))
        case "pixels":
            return DetectionEngine(PixelPerception(settings.threads))
        case unknown:
            raise ValueError(f"unknown backend {unknown!r}; known: {', '.join(KNOWN)}")
