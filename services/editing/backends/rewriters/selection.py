"""The caption rewriter that the settings name; torch is imported only for those that need it."""

from services.editing.backends.rewriters.embedded import EmbeddedRewriter
from services.editing.rewriting.by_language_model import LanguageRewriter
from services.editing.rewriting.rewrite import Rewriter
from services.editing.settings import EditingSettings
from services.llm.openai_server import OpenAiClient, Server, check_address
from services.serving.extras import require_extra
from services.serving.metrics import ServiceMetrics

KNOWN = ("embedded", "openai", "transformers")
RANKERS = ("none", "smollm2")
_PREFIX = "IMGDIFF_EDITING_REWRITER"


def create_rewriter(settings: EditingSettings, metrics: ServiceMetrics | None = None) -> Rewriter:
    """Raises ValueError with the known names, or with what the named one lacks; WeightsUnavailable, WeightsCorrupt."""
    metrics = metrics or ServiceMetrics("editing")
    match settings.rewriter:
        case "embedded":
            return _create_embedded(settings)
        case "openai":
            return LanguageRewriter(_connect_server(settings, metrics), settings.rewriter_temperature)
        case "transformers":
            return _load_network(settings, metrics)
        case unknown:
            raise ValueError(f"unknown {_PREFIX} {unknown!r}; known: {', '.join(KNOWN)}")


def _create_embedded(settings: EditingSettings) -> Rewriter:
    match settings.rewriter_ranker:
        case "none":
            return EmbeddedRewriter()
        case "smollm2":
            with require_extra("gpu", "ranker 'smollm2'"):
                from services.editing.backends.rewriters.smollm2 import load_smollm2  # noqa: PLC0415
                from services.gpu.compute import compute_on  # noqa: PLC0415
            return EmbeddedRewriter(load_smollm2(compute_on(settings.device, settings.threads)))
        case unknown:
            raise ValueError(f"unknown {_PREFIX}_RANKER {unknown!r}; known: {', '.join(RANKERS)}")


def _connect_server(settings: EditingSettings, metrics: ServiceMetrics) -> OpenAiClient:
    url, model = settings.rewriter_openai_url, settings.rewriter_openai_model
    for name, value in (("URL", url), ("MODEL", model)):
        if not value:
            raise ValueError(f"rewriter 'openai' needs {_PREFIX}_OPENAI_{name}")
    check_address(url, f"{_PREFIX}_OPENAI_URL")
    server = Server(
        url,
        model,
        settings.rewriter_openai_key,
        at_once=settings.rewriter_openai_at_once,
        deadline_seconds=settings.rewriter_openai_deadline_seconds,
        price_prompt=settings.rewriter_openai_price_prompt,
        price_completion=settings.rewriter_openai_price_completion,
        thinks=settings.rewriter_openai_thinking,
    )
    return OpenAiClient(server, metrics.paid, stage="editing")


def _load_network(settings: EditingSettings, metrics: ServiceMetrics) -> Rewriter:
    with require_extra("gpu", "rewriter 'transformers'"):
        from services.editing.backends.rewriters.transformers import load_chat  # noqa: PLC0415
        from services.gpu.compute import Batches, compute_on  # noqa: PLC0415
        from services.gpu.weights import model_folder  # noqa: PLC0415
    setting = f"{_PREFIX}_MODEL"
    folder = model_folder(settings.rewriter_model, setting, stage="editing")
    chat = load_chat(
        folder,
        settings.rewriter_dtype,
        compute_on(settings.device, settings.threads),
        setting=setting,
        batches=Batches(settings.rewriter_at_once, metrics.halved.inc),
        spent=metrics.spent,
    )
    return LanguageRewriter(chat, settings.rewriter_temperature)
