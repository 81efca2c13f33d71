"""Selection of the writer that the settings name; torch is imported only where one needs it."""

from pathlib import Path

from services.captioning.backends.openai_server import OpenAiWriter
from services.captioning.settings import CaptioningSettings
from services.captioning.two_stages.writer import Writer
from services.llm.openai_server import Server, check_address
from services.serving.extras import require_extra
from services.serving.metrics import ServiceMetrics

_PREFIX = "IMGDIFF_CAPTIONING_"
_STAGE = "captioning"


def create_server_writer(settings: CaptioningSettings, metrics: ServiceMetrics) -> Writer:
    """The writer of the backend `openai`; raises ValueError with what the settings lack."""
    for name, value in (("OPENAI_URL", settings.openai_url), ("OPENAI_MODEL", settings.openai_model)):
        if not value:
            raise ValueError(f"backend 'openai' needs {_PREFIX}{name}")
    check_address(settings.openai_url, f"{_PREFIX}OPENAI_URL")
    server = Server(
        settings.openai_url,
        settings.openai_model,
        settings.openai_key,
        at_once=settings.openai_at_once,
        deadline_seconds=settings.openai_deadline_seconds,
        price_prompt=settings.openai_price_prompt,
        price_completion=settings.openai_price_completion,
    )
    return OpenAiWriter(server, metrics.paid, images=settings.openai_images, longest_side=settings.openai_longest_side)


def create_network_writer(settings: CaptioningSettings, metrics: ServiceMetrics) -> Writer:
    """The writer of the backend `transformers`; raises ValueError, WeightsUnavailable or WeightsCorrupt."""
    with require_extra("gpu", "backend 'transformers'"):
        from services.captioning.backends.image_text import PRESETS, load_writer  # noqa: PLC0415
        from services.gpu.compute import Batches, compute_on  # noqa: PLC0415
        from services.gpu.weights import model_folder  # noqa: PLC0415
    if not (settings.vlm in PRESETS or "/" in settings.vlm or Path(settings.vlm).is_dir()):
        known = ", ".join(sorted(PRESETS))
        raise ValueError(
            f"unknown {_PREFIX}VLM {settings.vlm!r}; known: {known}, or a folder, or owner/name on the hub"
        )
    compute = compute_on(settings.device, settings.threads)
    folder = model_folder(PRESETS.get(settings.vlm, settings.vlm), f"{_PREFIX}VLM", stage=_STAGE)
    return load_writer(
        folder,
        settings.vlm_dtype,
        compute,
        batches=Batches(settings.vlm_prompts, metrics.halved.inc),
        spent=metrics.spent,
    )
