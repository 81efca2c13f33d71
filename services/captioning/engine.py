"""The captioning engine that the settings name: embedded, or two stages on a language model."""

from imgdiff.stages import Captioning
from services.captioning.backends.embedded import EmbeddedCaptioner
from services.captioning.backends.selection import create_network_writer, create_server_writer, create_verifiers
from services.captioning.grounding import Grounding
from services.captioning.schema import CaptionWork
from services.captioning.settings import CaptioningSettings
from services.captioning.two_stages.captioner import CaptioningNetworks, RegionView, TwoStageCaptioner
from services.matching.selection import create_matcher
from services.networks.feature_cache import FeatureCache
from services.serving.engine import Engine
from services.serving.metrics import ServiceMetrics

KNOWN = ("embedded", "openai", "transformers")


def create_engine(
    settings: CaptioningSettings, metrics: ServiceMetrics | None = None
) -> Engine[CaptionWork, Captioning]:
    """Raises ValueError with the known names or what the named one lacks, WeightsUnavailable or WeightsCorrupt."""
    counted = metrics or ServiceMetrics("captioning")
    match settings.backend:
        case "embedded":
            cache_bytes = settings.feature_cache_bytes
            return EmbeddedCaptioner(settings.threads, counted, verify=settings.verify, cache_bytes=cache_bytes)
        case "openai" | "transformers":
            create_writer = create_server_writer if settings.backend == "openai" else create_network_writer
            writer = create_writer(settings, counted)
            networks = CaptioningNetworks(
                writer,
                create_matcher(settings, counted, stage="captioning"),
                Grounding.load(settings.threads, FeatureCache(settings.feature_cache_bytes, counted.remembered)),
                create_verifiers(settings, counted, writer) if settings.verify else (),
            )
            return TwoStageCaptioner(
                networks,
                backend=settings.backend,
                device=settings.device,
                metrics=counted,
                verify=None if settings.verify else _leave_unchecked,
                content=settings.content,
            )
        case unknown:
            raise ValueError(f"unknown backend {unknown!r}; known: {', '.join(KNOWN)}")


def _leave_unchecked(sentence: str, _: RegionView) -> tuple[str, None]:
    return sentence, None
