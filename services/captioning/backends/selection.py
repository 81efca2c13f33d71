"""Selection of the writer and the verifiers that the settings name; torch is imported only where one needs it."""

from pathlib import Path

from pydantic import SecretStr

from services.captioning.backends.openai_server import OpenAiWriter
from services.captioning.settings import CaptioningSettings
from services.captioning.two_stages.asked_model import AskedModel
from services.captioning.two_stages.detected_presence import DetectedPresence
from services.captioning.two_stages.presence import PresenceSource
from services.captioning.two_stages.writer import Writer
from services.gpu.noun_detector import NounDetector
from services.llm.openai_server import Server, check_address
from services.serving.extras import require_extra
from services.serving.metrics import ServiceMetrics

VERIFIERS = ("grounding_dino", "openai", "sam3", "transformers", "writer")
_PREFIX = "IMGDIFF_CAPTIONING_"
_STAGE = "captioning"


def create_verifiers(
    settings: CaptioningSettings, metrics: ServiceMetrics, writer: Writer
) -> tuple[PresenceSource, ...]:
    """Raises ValueError with the known names or what the named one lacks, WeightsUnavailable or WeightsCorrupt."""
    return tuple(_create_verifier(name, settings, metrics, writer) for name in dict.fromkeys(settings.verifiers))


def _create_verifier(
    name: str, settings: CaptioningSettings, metrics: ServiceMetrics, writer: Writer
) -> PresenceSource:
    match name:
        case "writer":
            return AskedModel(writer)
        case "transformers":
            return AskedModel(_load_network(settings, settings.verifier_vlm, "VERIFIER_VLM", metrics, "verifier"))
        case "openai":
            key = settings.verifier_openai_key
            url, model = settings.verifier_openai_url, settings.verifier_openai_model
            return AskedModel(_connect_server(settings, "VERIFIER_OPENAI", (url, model, key), metrics))
        case "grounding_dino" | "sam3":
            return DetectedPresence(_load_detector(name, settings, metrics))
        case unknown:
            raise ValueError(f"unknown name in {_PREFIX}VERIFIERS: {unknown!r}; known: {', '.join(VERIFIERS)}")


def create_server_writer(settings: CaptioningSettings, metrics: ServiceMetrics) -> Writer:
    """The writer of the backend `openai`; raises ValueError with what the settings lack."""
    named = settings.openai_url, settings.openai_model, settings.openai_key
    return _connect_server(settings, "OPENAI", named, metrics)


def create_network_writer(settings: CaptioningSettings, metrics: ServiceMetrics) -> Writer:
    """The writer of the backend `transformers`; raises ValueError, WeightsUnavailable or WeightsCorrupt."""
    return _load_network(settings, settings.vlm, "VLM", metrics, "backend")


def _connect_server(
    settings: CaptioningSettings, prefix: str, named: tuple[str, str, SecretStr | None], metrics: ServiceMetrics
) -> Writer:
    url, model, key = named
    for name, value in (("URL", url), ("MODEL", model)):
        if not value:
            raise ValueError(f"{_PREFIX}{prefix}_{name} must be set: 'openai' is chosen")
    check_address(url, f"{_PREFIX}{prefix}_URL")
    server = Server(
        url,
        model,
        key,
        at_once=settings.openai_at_once,
        deadline_seconds=settings.openai_deadline_seconds,
        price_prompt=settings.openai_price_prompt,
        price_completion=settings.openai_price_completion,
        thinks=settings.openai_thinking,
    )
    return OpenAiWriter(server, metrics.paid, images=settings.openai_images, longest_side=settings.openai_longest_side)


def _load_detector(name: str, settings: CaptioningSettings, metrics: ServiceMetrics) -> NounDetector:
    with require_extra("gpu", f"verifier {name!r}"):
        from services.gpu.compute import compute_on  # noqa: PLC0415
        from services.gpu.grounding_dino import GroundingDino  # noqa: PLC0415
        from services.gpu.sam3 import Sam3  # noqa: PLC0415
        from services.gpu.weights import model_folder  # noqa: PLC0415
    compute = compute_on(settings.device, settings.threads)
    named, kind = (settings.sam_weights, Sam3) if name == "sam3" else (settings.grounding_weights, GroundingDino)
    setting = f"{_PREFIX}{'SAM' if name == 'sam3' else 'GROUNDING'}_WEIGHTS"
    folder = model_folder(named, setting, stage=_STAGE)
    return kind(folder, compute, setting, prompts_at_once=settings.noun_prompts, halved=metrics.halved.inc)


def _load_network(settings: CaptioningSettings, vlm: str, setting: str, metrics: ServiceMetrics, kind: str) -> Writer:
    with require_extra("gpu", f"{kind} 'transformers'"):
        from services.captioning.backends.image_text import PRESETS, Preparation, load_writer  # noqa: PLC0415
        from services.gpu.compute import Batches, compute_on  # noqa: PLC0415
        from services.gpu.weights import model_folder  # noqa: PLC0415
    if not (vlm in PRESETS or "/" in vlm or (vlm and Path(vlm).is_dir())):
        known = ", ".join(sorted(PRESETS))
        raise ValueError(f"unknown {_PREFIX}{setting} {vlm!r}; known: {known}, or a folder, or owner/name on the hub")
    compute = compute_on(settings.device, settings.threads)
    folder = model_folder(PRESETS.get(vlm, vlm), f"{_PREFIX}{setting}", stage=_STAGE)
    return load_writer(
        folder,
        settings.vlm_dtype,
        compute,
        batches=Batches(settings.vlm_prompts, metrics.halved.inc),
        spent=metrics.spent,
        preparation=Preparation(pixels=settings.vlm_pixels),
        setting=f"{_PREFIX}{setting}",
    )
