"""Which backend captioning runs on; the settings name it."""

from imgdiff.stages import Captioning
from services.captioning.backends.embedded import EmbeddedCaptioning
from services.captioning.backends.language import matcher_of, writer_of
from services.captioning.language_engine import LanguageCaptioning, Verify
from services.captioning.schema import CaptionWork
from services.captioning.settings import CaptioningSettings
from services.serving.engine import Engine
from services.serving.metrics import ServiceMetrics

KNOWN = ("embedded", "openai", "transformers")


def create_engine(
    settings: CaptioningSettings, metrics: ServiceMetrics | None = None, verify: Verify | None = None
) -> Engine[CaptionWork, Captioning]:
    """The engine that the settings name; raises ValueError with the known names, or with what the named one lacks."""
    match settings.backend:
        case "embedded":
            return EmbeddedCaptioning(settings.threads)
        case "openai" | "transformers":
            return _on_a_language_model(settings, metrics or ServiceMetrics("captioning"), verify)
        case unknown:
            raise ValueError(f"unknown backend {unknown!r}; known: {', '.join(KNOWN)}")


def _on_a_language_model(
    settings: CaptioningSettings, metrics: ServiceMetrics, verify: Verify | None
) -> LanguageCaptioning:
    # OPEN POINT: with services.captioning.verification there, `verify` is no parameter any more but
    # lambda sentence, view: checked(sentence, <the witness of the view>, <the fallback>).
    if verify is None:
        raise ValueError(f"backend {settings.backend!r} writes sentences, and nothing here can check them yet")
    writer, matcher = writer_of(settings, metrics), matcher_of(settings, metrics)
    return LanguageCaptioning(
        writer, matcher, verify, backend=settings.backend, device=settings.device, metrics=metrics
    )
