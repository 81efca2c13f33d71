"""Which backend captioning runs on; the settings name it."""

from imgdiff.stages import Captioning
from services.captioning.backends.embedded import EmbeddedCaptioning
from services.captioning.backends.language import matcher_of, writer_of
from services.captioning.observation.grounding import Grounding
from services.captioning.schema import CaptionWork
from services.captioning.settings import CaptioningSettings
from services.captioning.two_stages.engine import LanguageCaptioning, RegionView
from services.serving.engine import Engine
from services.serving.metrics import ServiceMetrics

KNOWN = ("embedded", "openai", "transformers")


def create_engine(
    settings: CaptioningSettings, metrics: ServiceMetrics | None = None
) -> Engine[CaptionWork, Captioning]:
    """The engine that the settings name; raises ValueError with the known names, or with what the named one lacks."""
    counted = metrics or ServiceMetrics("captioning")
    match settings.backend:
        case "embedded":
            return EmbeddedCaptioning(settings.threads, counted, verify=settings.verify)
        case "openai" | "transformers":
            writer, matcher = writer_of(settings, counted), matcher_of(settings, counted)
            grounding = Grounding.load(settings.threads)
            return LanguageCaptioning(
                writer, matcher, grounding, backend=settings.backend, device=settings.device, metrics=counted,
                verify=None if settings.verify else _unchecked,
            )  # fmt: skip
        case unknown:
            raise ValueError(f"unknown backend {unknown!r}; known: {', '.join(KNOWN)}")


def _unchecked(sentence: str, _: RegionView) -> tuple[str, None]:
    return sentence, None
