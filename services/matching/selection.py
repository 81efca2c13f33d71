"""Selection of the matcher that the settings name; torch is imported only where one needs it."""

from typing import TYPE_CHECKING

from services.matching.embedded import EmbeddedMatcher
from services.matching.limits import CROPS_AT_ONCE, CROPS_AT_ONCE_CPU
from services.matching.object_matcher import ObjectMatcher
from services.matching.settings import MatcherSettings
from services.matching.text_matcher import TextMatcher
from services.serving.extras import require_extra
from services.serving.metrics import ServiceMetrics

if TYPE_CHECKING:
    from services.matching.backends.blip import BlipScorer
    from services.matching.backends.clip_text import ClipTextMatcher

MATCHERS = ("blip", "embedded", "open_clip")


def create_matcher(settings: MatcherSettings, metrics: ServiceMetrics, *, stage: str) -> TextMatcher:
    """Raises ValueError with the known names or what the named one lacks, WeightsUnavailable or WeightsCorrupt."""
    match settings.matcher:
        case "embedded":
            return EmbeddedMatcher.load(settings.threads, stage=stage)
        case "open_clip":
            return _create_clip(settings, metrics, stage)
        case "blip":
            scorer = _create_blip(settings, metrics, stage)
            from services.matching.backends.blip import BlipMatcher  # noqa: PLC0415

            return BlipMatcher(scorer, _create_clip(settings, metrics, stage))
        case unknown:
            raise ValueError(f"unknown {settings.prefix()}MATCHER {unknown!r}; known: {', '.join(MATCHERS)}")


def create_object_matcher(settings: MatcherSettings, metrics: ServiceMetrics, *, stage: str) -> ObjectMatcher | None:
    """The matcher of nouns and crops, null where the settings name `none`; raises as `create_matcher` does."""
    match settings.matcher:
        case "none":
            return None
        case "open_clip":
            return _create_clip(settings, metrics, stage)
        case "blip":
            return _create_blip(settings, metrics, stage)
        case unknown:
            known = "blip, none, open_clip"
            raise ValueError(f"unknown {settings.prefix()}MATCHER {unknown!r} of objects; known: {known}")


def _create_blip(settings: MatcherSettings, metrics: ServiceMetrics, stage: str) -> "BlipScorer":
    with require_extra("gpu", "matcher 'blip'"):
        from services.gpu.compute import Batches, compute_on  # noqa: PLC0415
        from services.gpu.weights import model_folder  # noqa: PLC0415
        from services.matching.backends.blip import load_blip  # noqa: PLC0415
    setting = f"{settings.prefix()}BLIP_WEIGHTS"
    folder = model_folder(settings.blip_weights, setting, stage=stage)
    compute = compute_on(settings.device, settings.threads)
    default = CROPS_AT_ONCE if compute.device.type == "cuda" else CROPS_AT_ONCE_CPU
    rows = Batches(settings.blip_crops or default, metrics.halved.inc)
    return load_blip(folder, setting, compute, mode=settings.blip_mode, dtype=settings.blip_dtype, rows=rows)


def _create_clip(settings: MatcherSettings, metrics: ServiceMetrics, stage: str) -> "ClipTextMatcher":
    with require_extra("gpu", "matcher 'open_clip'"):
        from services.gpu.compute import Batches, compute_on  # noqa: PLC0415
        from services.matching.backends.clip_text import load_clip  # noqa: PLC0415
    compute, rows = compute_on(settings.device, settings.threads), Batches(settings.clip_rows, metrics.halved.inc)
    name, weights, dtype = settings.clip_model, settings.clip_weights, settings.clip_dtype
    return load_clip(name, weights, compute, dtype=dtype, prefix=settings.prefix(), stage=stage, rows=rows)
