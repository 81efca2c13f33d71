"""The backends of detection, by the name in the settings."""

from imgdiff.stages import Detection
from services.detection.backends.area_engine import AreaEngine
from services.detection.backends.embedded import EmbeddedExtractor
from services.detection.backends.pixels import PixelExtractor
from services.detection.engine import DetectionEngine
from services.detection.schema import PairWork
from services.detection.settings import DetectionSettings
from services.matching.embedded_objects import DetectedObjects
from services.matching.selection import create_object_matcher
from services.networks.feature_cache import FeatureCache
from services.serving.engine import Engine
from services.serving.extras import require_extra
from services.serving.metrics import ServiceMetrics

KNOWN = ("embedded", "pixels", "sam", "sam2", "sam3", "grounding_dino")


def create_engine(settings: DetectionSettings, metrics: ServiceMetrics | None = None) -> Engine[PairWork, Detection]:
    """Load the backend that the settings name; raises ValueError with the known names, or with what it lacks."""
    observed = metrics or ServiceMetrics("detection")
    match settings.backend:
        case "embedded":
            cache = FeatureCache(settings.feature_cache_bytes, observed.remembered)
            matcher = DetectedObjects.load(settings.threads, stage="detection", cache=cache)
            return DetectionEngine(EmbeddedExtractor(settings.threads, cache), settings.threads, observed, matcher)
        case "pixels":
            return DetectionEngine(PixelExtractor(settings.threads), settings.threads, observed)
        case "sam" | "sam2" | "sam3" | "grounding_dino":
            return _load_areas(settings, observed)
        case unknown:
            raise ValueError(f"unknown backend {unknown!r}; known: {', '.join(KNOWN)}")


def _load_areas(settings: DetectionSettings, metrics: ServiceMetrics) -> Engine[PairWork, Detection]:
    with require_extra("gpu", f"backend {settings.backend!r}"):
        from services.detection.backends.areas import load  # noqa: PLC0415  the other backends need no torch
    networks = load(settings, metrics)
    return AreaEngine(
        networks.segmenter,
        networks.embedder,
        backend=settings.backend,
        thresholds=networks.thresholds,
        device=settings.device,
        models=networks.models,
        metrics=metrics,
        threads=settings.threads,
        matcher=networks.matcher or create_object_matcher(settings, metrics, stage="detection"),
    )
