"""Loading of backend `sdxl`: pairs from captions by SDXL with Prompt-to-Prompt, and SDXL inpainting of photos."""

from collections.abc import Callable

import open_clip
from diffusers import StableDiffusionXLInpaintPipeline, StableDiffusionXLPipeline
from open_clip.constants import HF_SAFE_WEIGHTS_NAME

from imgdiff.records import ModelUse
from services.editing.backends.pipelines import Pipeline, load_from_folder
from services.editing.backends.sdxl.clip_scores import ClipScores
from services.editing.backends.sdxl.compiling import compile_networks
from services.editing.backends.sdxl.denoising import BatchedSampler, PairSampler, Sampling
from services.editing.backends.sdxl.inpainting import Painting, SdxlInpainter
from services.editing.generation.generator import PairGenerator
from services.editing.generation.judging import Judges
from services.editing.generation.prompt_to_prompt.maker import Prompting, PromptToPrompt
from services.editing.generation.prompt_to_prompt.pairs import PairRequest
from services.editing.generation.prompt_to_prompt.plans import POSITIONS
from services.editing.generation.prompt_to_prompt.words import Tokenise
from services.editing.photo.protocols import Detector
from services.editing.rewriting.rewrite import Rewriter
from services.editing.settings import EditingSettings
from services.gpu.clip import ImageTower, TextTower, build_clip
from services.gpu.compute import Batches, Compute, compute_on
from services.gpu.weights import ModelFolder, pipeline_folder, weight_file
from services.networks.perceptual import Lpips
from services.serving.metrics import ServiceMetrics

_PREFIX = "IMGDIFF_EDITING_"
_STAGE = "editing"


def load_sdxl(
    settings: EditingSettings,
    rewriter: Rewriter,
    detector: Detector,
    metrics: ServiceMetrics,
    progress: Callable[[int, int], None],
) -> tuple[PairGenerator[PairRequest], SdxlInpainter | None]:
    """The generator, and the inpainter if the settings name one.

    `progress` gets the number of finished steps and of all. Raises ValueError, WeightsUnavailable or WeightsCorrupt.
    """
    compute = compute_on(settings.device, settings.threads)
    pipeline, use = load_generating_pipeline(settings, compute)
    sampler = PairSampler(pipeline, _choose_sampling(settings), progress)
    make = BatchedSampler(sampler, Batches(settings.sdxl_pairs, metrics.halved.inc), use)
    clip = _load_clip(settings, compute, metrics) if settings.p2p_candidates > 1 else None
    judges = Judges(clip, detector, Lpips(settings.threads))
    maker = PromptToPrompt(make, tokenisers_of(pipeline), _choose_prompting(settings))
    generator = PairGenerator(maker, rewriter, judges)
    inpainter = _load_inpainter(settings, compute, progress) if settings.sdxl_inpaint_weights else None
    return generator, inpainter


def load_generating_pipeline(settings: EditingSettings, compute: Compute) -> tuple[StableDiffusionXLPipeline, ModelUse]:
    """The pipeline that makes pairs from captions, compiled if the settings want that."""
    folder = _find_folder(settings.sdxl_weights, "SDXL_WEIGHTS", settings)
    pipeline = load_pipeline(StableDiffusionXLPipeline, folder, settings, compute, "SDXL_WEIGHTS")
    if settings.sdxl_compile:
        compile_networks(pipeline, decoder=not settings.sdxl_tiles)
    return pipeline, folder.use


def tokenisers_of(pipeline: StableDiffusionXLPipeline) -> list[Tokenise]:
    """SDXL's two tokenizers, without begin and end marks."""

    def bare(tokenizer: Callable[..., dict[str, list[int]]]) -> Tokenise:
        options = {"add_special_tokens": False, "truncation": True, "max_length": POSITIONS}
        return lambda text: tokenizer(text, **options)["input_ids"]

    return [bare(pipeline.tokenizer), bare(pipeline.tokenizer_2)]


def load_pipeline(
    kind: type[Pipeline], folder: ModelFolder, settings: EditingSettings, compute: Compute, setting: str
) -> Pipeline:
    """The pipeline of a folder on the device, with its decoder in float32, in tiles if the settings want them."""
    found = load_from_folder(
        kind,
        folder,
        settings.sdxl_dtype,
        f"{_PREFIX}{setting}",
        also=() if kind is StableDiffusionXLPipeline else (StableDiffusionXLPipeline,),  # as SDXL turbo is
        add_watermarker=False,
        variant=folder.variant or None,
    )
    if settings.sdxl_tiles:
        found.vae.enable_tiling()
    moved: Pipeline = compute.place(found)
    return moved


def _find_folder(weights: str, setting: str, settings: EditingSettings) -> ModelFolder:
    """Without a chosen variant that of half the size, unless all bits of float32 are wanted."""
    whole = settings.sdxl_variant == "auto" and settings.sdxl_dtype == "float32"
    variant = "" if whole else settings.sdxl_variant
    return pipeline_folder(weights, f"{_PREFIX}{setting}", stage=_STAGE, variant=variant)


def _load_inpainter(settings: EditingSettings, compute: Compute, progress: Callable[[int, int], None]) -> SdxlInpainter:
    painting = _choose_painting(settings)
    folder = _find_folder(settings.sdxl_inpaint_weights, "SDXL_INPAINT_WEIGHTS", settings)
    pipeline = load_pipeline(StableDiffusionXLInpaintPipeline, folder, settings, compute, "SDXL_INPAINT_WEIGHTS")
    return SdxlInpainter(pipeline, painting, folder.use, progress)


def _choose_painting(settings: EditingSettings) -> Painting:
    try:
        return Painting(
            side=settings.sdxl_inpaint_side,
            steps=settings.sdxl_inpaint_steps,
            strength=settings.sdxl_inpaint_strength,
            guidance=settings.sdxl_inpaint_guidance,
            negative=settings.sdxl_negative,
        )
    except ValueError as error:
        raise ValueError(f"{_PREFIX}SDXL_INPAINT_STEPS, {_PREFIX}SDXL_INPAINT_STRENGTH: {error}") from error


def _choose_sampling(settings: EditingSettings) -> Sampling:
    return Sampling(
        width=settings.sdxl_side,
        height=settings.sdxl_side,
        steps=settings.sdxl_steps,
        guidance=settings.sdxl_guidance,
        negative=settings.sdxl_negative,
        local_blend=settings.p2p_local_blend,
        blend_threshold=settings.p2p_blend_threshold,
    )


def _choose_prompting(settings: EditingSettings) -> Prompting:
    return Prompting(
        kind=settings.p2p_kind,
        self_share=settings.p2p_self_share,
        cross_share=settings.p2p_cross_share,
        cross_shares=settings.p2p_cross_shares,
        weight=settings.p2p_weight,
        candidates=settings.p2p_candidates,
    )


def _load_clip(settings: EditingSettings, compute: Compute, metrics: ServiceMetrics) -> ClipScores:
    file = weight_file(settings.clip_weights, f"{_PREFIX}CLIP_WEIGHTS", HF_SAFE_WEIGHTS_NAME, stage=_STAGE)
    model = build_clip(settings.clip_model, file.path, prefix=_PREFIX)
    words = TextTower(model, open_clip.get_tokenizer(settings.clip_model), compute)
    rows = Batches(settings.clip_rows, metrics.halved.inc)
    return ClipScores(ImageTower(model, compute), words, use=file.use, rows=rows)
