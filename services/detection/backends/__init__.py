"""Which backend detection runs on; the settings name it."""

from collections.abc import Callable

from services.detection.backends.embedded import EmbeddedPerception
from services.detection.backends.pixels import PixelPerception
from services.detection.engine import DetectionEngine
from services.detection.settings import DetectionSettings

KNOWN = ("embedded", "pixels")


def create_engine(settings: DetectionSettings, count_rows: Callable[[int], None] = lambda _: None) -> DetectionEngine:
    """The engine that the settings name; raises ValueError with the known names."""
    match settings.backend:
        case "embedded":
            return DetectionEngine(EmbeddedPerception(settings.threads), settings.threads, count_rows)
        case "pixels":
            return DetectionEngine(PixelPerception(settings.threads), settings.threads, count_rows)
        case unknown:
            raise ValueError(f"unknown backend {unknown!r}; known: {', '.join(KNOWN)}")
