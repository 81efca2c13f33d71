"""Selection of the matcher that the settings name; torch is imported only where one needs it."""

from services.matching.embedded import EmbeddedMatcher
from services.matching.settings import MatcherSettings
from services.matching.text_matcher import TextMatcher
from services.serving.extras import require_extra
from services.serving.metrics import ServiceMetrics

MATCHERS = ("blip", "embedded", "open_clip")


def create_matcher(settings: MatcherSettings, metrics: ServiceMetrics, *, stage: str) -> TextMatcher:
    """Raises ValueError with the known names or what the named one lacks, WeightsUnavailable or WeightsCorrupt."""
    match settings.matcher:
        case "embedded":
            return EmbeddedMatcher.load(settings.threads, stage=stage)
        case "open_clip":
            return _create_clip(settings, metrics, stage)
        case "blip":
            return _create_blip(settings, metrics, stage)
        case unknown:
            raise ValueError(f"unknown {settings.prefix()}MATCHER {unknown!r}; known: {', '.join(MATCHERS)}")


def _create_blip(settings: MatcherSettings, metrics: ServiceMetrics, stage: str) -> TextMatcher:
    with require_extra("gpu", "matcher 'blip'"):
        from services.gpu.compute import Batches, compute_on  # noqa: PLC0415
        from services.gpu.weights import model_folder  # noqa: PLC0415
        from services.matching.backends.blip import load_blip  # noqa: PLC0415
    setting = f"{settings.prefix()}BLIP_WEIGHTS"
    folder = model_folder(settings.blip_weights, setting, stage=stage)
    compute, rows = compute_on(settings.device, settings.threads), Batches(settings.blip_crops, metrics.halved.inc)
    captions = _create_clip(settings, metrics, stage)
    return load_blip(folder, setting, compute, captions, mode=settings.blip_mode, rows=rows)


def _create_clip(settings: MatcherSettings, metrics: ServiceMetrics, stage: str) -> TextMatcher:
    with require_extra("gpu", "matcher 'open_clip'"):
        from services.gpu.compute import Batches, compute_on  # noqa: PLC0415
        from services.matching.backends.clip_text import load_clip  # noqa: PLC0415
    compute, rows = compute_on(settings.device, settings.threads), Batches(settings.clip_rows, metrics.halved.inc)
    return load_clip(
        settings.clip_model, settings.clip_weights, compute, prefix=settings.prefix(), stage=stage, rows=rows
    )
