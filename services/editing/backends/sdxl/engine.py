"""Backend `sdxl`: pairs from captions by SDXL with Prompt-to-Prompt; photos by SDXL inpainting, or as embedded does."""

import logging
from collections.abc import Callable, Sequence
from typing import TypeVar

import open_clip
import torch
from diffusers import DiffusionPipeline, StableDiffusionXLInpaintPipeline, StableDiffusionXLPipeline
from open_clip.constants import HF_SAFE_WEIGHTS_NAME
from safetensors import SafetensorError

from imgdiff.errors import ImgdiffError, WeightsCorrupt
from imgdiff.records import ModelUse
from imgdiff.stages import Editing
from services.editing.backends.embedded import EmbeddedEditing
from services.editing.backends.sdxl.clip_scores import ClipScores
from services.editing.backends.sdxl.compiling import compile_networks
from services.editing.backends.sdxl.denoising import BatchedSampler, PairSampler, Sampling
from services.editing.backends.sdxl.inpainting import Painting, SdxlInpainter
from services.editing.generation.generator import Judges, PairGenerator, Prompting
from services.editing.generation.prompt_to_prompt.alignment import POSITIONS
from services.editing.generation.prompt_to_prompt.words import Tokenise
from services.editing.operations.repaint import PAINTED, PhotoPainting
from services.editing.rewriting.rewrite import Rewriter
from services.editing.schema import EditWork
from services.editing.settings import EditingSettings
from services.gpu.clip import build_clip
from services.gpu.compute import DTYPES, Batches, Compute, compute_on
from services.gpu.weights import ModelFolder, pipeline_folder, weight_file
from services.networks.perceptual import Lpips
from services.serving.cancellation import Cancellation
from services.serving.engine import Engine, Ticket, answer_each
from services.serving.metrics import ServiceMetrics

Pipeline = TypeVar("Pipeline", bound=DiffusionPipeline)
_PREFIX = "IMGDIFF_EDITING_"
_STAGE = "editing"
_log = logging.getLogger(__name__)

Stepped = Callable[[int, int], None]
"""Told the number of steps done and of all."""


class SdxlEditing:
    """Requests with a photo go one by one to what edits photos, those with a caption alone are made in batches.

    `stepped` is told 0 of 0 steps when nothing is made any more.
    """

    backend = "sdxl"

    def __init__(
        self, generator: PairGenerator, photos: Engine[EditWork, Editing], painter: PhotoPainting | None, device: str,
        stepped: Stepped,
    ) -> None:  # fmt: skip
        self.device, self._stepped = device, stepped
        self._generator, self._photos, self._painter = generator, photos, painter

    @property
    def models(self) -> tuple[ModelUse, ...]:
        """Weights of every part."""
        painted = () if self._painter is None else self._painter.models
        return tuple(dict.fromkeys((*self._generator.models, *painted, *self._photos.models)))

    def warm_up(self) -> None:
        """Make one batch of pairs, paint once, and run what else edits photos."""
        self._generator.warm_up()
        self._photos.warm_up()
        if self._painter is not None:
            self._painter.warm_up()
        self._stepped(0, 0)

    def run(self, batch: Sequence[Ticket[EditWork]]) -> list[Editing | ImgdiffError]:
        """One answer or error for each ticket, in order."""
        try:
            return self._answers(batch)
        finally:
            self._stepped(0, 0)

    def _answers(self, batch: Sequence[Ticket[EditWork]]) -> list[Editing | ImgdiffError]:
        captions = [ticket for ticket in batch if ticket.work.image is None]
        generated = iter(self._generator.run(captions) if captions else ())
        answers: list[Editing | ImgdiffError] = []
        for ticket in batch:
            if ticket.work.image is None:
                answers.append(next(generated))
            elif self._painter is not None and _painted_rather(ticket.work):
                answers.extend(answer_each(self._painted, [ticket]))
            else:
                answers.extend(self._photos.run([ticket]))
        return answers

    def _painted(self, work: EditWork, cancellation: Cancellation) -> Editing:
        assert self._painter is not None  # noqa: S101  asked before
        return self._painter(work, cancellation)


def _painted_rather(work: EditWork) -> bool:
    """Whether no object is to be cut from a photo that the client sent."""
    own_donor = work.donors and not work.request.drawn_donors
    return work.request.operation in PAINTED and not own_donor


def load(
    settings: EditingSettings, rewriter: Rewriter, photos: EmbeddedEditing, metrics: ServiceMetrics
) -> SdxlEditing:
    """The engine with the weights that the settings name; raises ValueError, WeightsUnavailable or WeightsCorrupt."""
    compute = compute_on(settings.device, settings.threads)
    folder = _folder(settings.sdxl_weights, "SDXL_WEIGHTS", settings.sdxl_variant)
    pipeline = loaded(StableDiffusionXLPipeline, folder, settings, compute, "SDXL_WEIGHTS")
    if settings.sdxl_compile:
        compile_networks(pipeline, decoder=not settings.sdxl_tiles)
    stepped = _telling(metrics)
    sampler = PairSampler(pipeline, _sampling(settings), stepped)
    make = BatchedSampler(sampler, Batches(settings.sdxl_pairs, metrics.halved.inc), folder.use)
    clip = _scores(settings, compute, metrics) if settings.p2p_candidates > 1 else None
    judges = Judges(clip, photos.scenes.sight, Lpips(settings.threads))
    generator = PairGenerator(make, tokenisers_of(pipeline), rewriter, _prompting(settings), judges)
    painter = None
    if settings.sdxl_inpaint_weights:
        painter = PhotoPainting(photos.scenes, _inpainter(settings, compute, stepped), rewriter)
    return SdxlEditing(generator, photos, painter, settings.device, stepped)


def _telling(metrics: ServiceMetrics) -> Stepped:
    """Progress as metrics and in the log: an answer of HTTP comes whole, so the caller is told none."""

    def stepped(done: int, of: int) -> None:
        metrics.stepped(done, of)
        _log.debug("step %d of %d", done, of)

    return stepped


def tokenisers_of(pipeline: StableDiffusionXLPipeline) -> list[Tokenise]:
    """Both of SDXL's, without the marks of begin and end."""

    def bare(tokenizer: Callable[..., dict[str, list[int]]]) -> Tokenise:
        return lambda text: tokenizer(text, add_special_tokens=False, truncation=True, max_length=POSITIONS)[
            "input_ids"
        ]

    return [bare(pipeline.tokenizer), bare(pipeline.tokenizer_2)]


def loaded(
    kind: type[Pipeline], folder: ModelFolder, settings: EditingSettings, compute: Compute, setting: str
) -> Pipeline:
    """The pipeline of a folder on the device; its decoder in float32, in tiles where that is asked for."""
    dtypes = {"vae": torch.float32, "default": DTYPES[settings.sdxl_dtype]}
    try:
        found = kind.from_pretrained(
            folder.path, dtype=dtypes, use_safetensors=True, local_files_only=True, add_watermarker=False,
            variant=settings.sdxl_variant or None,
        )  # fmt: skip
    except (OSError, ValueError, KeyError, TypeError, RuntimeError, SafetensorError) as error:
        if _broken(error):
            raise WeightsCorrupt(f"{_PREFIX}{setting}: {folder.use.name} has a broken file: {error}") from error
        raise ValueError(f"{_PREFIX}{setting}: {folder.use.name} cannot be loaded: {error}") from error
    found.set_progress_bar_config(disable=True)
    if settings.sdxl_tiles:
        found.vae.enable_tiling()
    moved: Pipeline = found.to(compute.device)
    return moved


def _broken(error: BaseException | None) -> bool:
    """Whether a file that is no safetensors is at the root of it; diffusers wraps that error in others."""
    return error is not None and (isinstance(error, SafetensorError) or _broken(error.__cause__ or error.__context__))


def _folder(asked: str, setting: str, variant: str) -> ModelFolder:
    return pipeline_folder(asked, f"{_PREFIX}{setting}", stage=_STAGE, variant=variant)


def _inpainter(settings: EditingSettings, compute: Compute, stepped: Stepped) -> SdxlInpainter:
    painting = _painting(settings)
    folder = _folder(settings.sdxl_inpaint_weights, "SDXL_INPAINT_WEIGHTS", settings.sdxl_variant)
    pipeline = loaded(StableDiffusionXLInpaintPipeline, folder, settings, compute, "SDXL_INPAINT_WEIGHTS")
    return SdxlInpainter(pipeline, painting, folder.use, stepped)


def _painting(settings: EditingSettings) -> Painting:
    try:
        return Painting(
            side=settings.sdxl_inpaint_side, steps=settings.sdxl_inpaint_steps, strength=settings.sdxl_inpaint_strength,
            guidance=settings.sdxl_inpaint_guidance, negative=settings.sdxl_negative,
        )  # fmt: skip
    except ValueError as error:
        raise ValueError(f"{_PREFIX}SDXL_INPAINT_STEPS, {_PREFIX}SDXL_INPAINT_STRENGTH: {error}") from error


def _sampling(settings: EditingSettings) -> Sampling:
    return Sampling(
        width=settings.sdxl_side, height=settings.sdxl_side, steps=settings.sdxl_steps,
        guidance=settings.sdxl_guidance, negative=settings.sdxl_negative, local_blend=settings.p2p_local_blend,
        blend_threshold=settings.p2p_blend_threshold,
    )  # fmt: skip


def _prompting(settings: EditingSettings) -> Prompting:
    return Prompting(
        kind=settings.p2p_kind, self_share=settings.p2p_self_share, cross_share=settings.p2p_cross_share,
        cross_shares=settings.p2p_cross_shares, weight=settings.p2p_weight, candidates=settings.p2p_candidates,
    )  # fmt: skip


def _scores(settings: EditingSettings, compute: Compute, metrics: ServiceMetrics) -> ClipScores:
    file = weight_file(settings.clip_weights, f"{_PREFIX}CLIP_WEIGHTS", HF_SAFE_WEIGHTS_NAME, stage=_STAGE)
    model = build_clip(settings.clip_model, file.path, prefix=_PREFIX)
    tokenizer = open_clip.get_tokenizer(settings.clip_model)
    return ClipScores(model, tokenizer, compute, use=file.use, rows=Batches(settings.clip_rows, metrics.halved.inc))
