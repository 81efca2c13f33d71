"""Loading of the backends that edit by instruction: `flux2_klein` and `qwen_image_edit`."""

from diffusers import DiffusionPipeline, Flux2KleinPipeline, QwenImageEditPlusPipeline

from services.editing.backends.instruct.flow import FlowModel, FlowSampler, Progress
from services.editing.backends.instruct.flux2_klein import Flux2Klein
from services.editing.backends.instruct.qwen_image_edit import QwenImageEdit
from services.editing.backends.pipelines import load_from_folder
from services.editing.generation.generator import PairGenerator
from services.editing.generation.instruct.maker import InstructMaker
from services.editing.generation.instruct.pairs import InstructedPair
from services.editing.generation.judging import Judges
from services.editing.photo.scene_cache import SceneCache
from services.editing.photo.vision import PhotoVision
from services.editing.removal.object_removal import ObjectRemover
from services.editing.rewriting.rewrite import Rewriter
from services.editing.settings import EditingSettings, Offload
from services.gpu.compute import Batches, compute_on
from services.gpu.weights import ModelFolder, pipeline_folder
from services.networks.perceptual import Lpips
from services.serving.metrics import ServiceMetrics

_PREFIX = "IMGDIFF_EDITING_"
_FLUX2, _QWEN_EDIT = f"{_PREFIX}FLUX2_WEIGHTS", f"{_PREFIX}QWEN_EDIT_WEIGHTS"


def load_flux2_klein(
    settings: EditingSettings, rewriter: Rewriter, vision: PhotoVision, metrics: ServiceMetrics, progress: Progress
) -> PairGenerator[InstructedPair]:
    """The generator; `progress` gets the number of finished steps and of all.

    Raises ValueError, WeightsUnavailable or WeightsCorrupt.
    """
    folder = pipeline_folder(settings.flux2_weights, _FLUX2, stage="editing")
    pipeline = load_from_folder(Flux2KleinPipeline, folder, settings.flux2_dtype, _FLUX2)
    if pipeline.config.is_distilled and settings.flux2_guidance > 1:
        raise ValueError(
            f"{_PREFIX}FLUX2_GUIDANCE is {settings.flux2_guidance:g}, but {folder.use.name} is distilled and takes no "
            "guidance: set it to 1, or name the base model"
        )
    _place(pipeline, settings.flux2_offload, settings)
    model = Flux2Klein(pipeline, side=settings.flux2_side, steps=settings.flux2_steps, guidance=settings.flux2_guidance)
    return _create_generator(
        model, Batches(settings.flux2_pairs, metrics.halved.inc), folder, rewriter, vision, settings, progress
    )


def load_qwen_image_edit(
    settings: EditingSettings, rewriter: Rewriter, vision: PhotoVision, metrics: ServiceMetrics, progress: Progress
) -> PairGenerator[InstructedPair]:
    """As `load_flux2_klein`; this one edits photos alone."""
    folder = pipeline_folder(settings.qwen_edit_weights, _QWEN_EDIT, stage="editing")
    pipeline = load_from_folder(QwenImageEditPlusPipeline, folder, settings.qwen_edit_dtype, _QWEN_EDIT)
    _place(pipeline, settings.qwen_edit_offload, settings)
    model = QwenImageEdit(
        pipeline,
        steps=settings.qwen_edit_steps,
        guidance=settings.qwen_edit_guidance,
        negative=settings.qwen_edit_negative,
        pixels=settings.qwen_edit_side**2,
    )
    return _create_generator(
        model, Batches(settings.qwen_edit_pairs, metrics.halved.inc), folder, rewriter, vision, settings, progress
    )


def _place(pipeline: DiffusionPipeline, offload: Offload, settings: EditingSettings) -> None:
    """Move the networks to the device, or keep them in the host's memory until each, or each layer, is needed."""
    compute = compute_on(settings.device, settings.threads)
    match offload:
        case "none":
            compute.place(pipeline)
        case "networks":
            pipeline.enable_model_cpu_offload(device=compute.device)
        case "layers":
            streamed = compute.device.type == "cuda"
            pipeline.enable_group_offload(compute.device, offload_type="leaf_level", use_stream=streamed)


def _create_generator(
    model: FlowModel,
    batches: Batches,
    folder: ModelFolder,
    rewriter: Rewriter,
    vision: PhotoVision,
    settings: EditingSettings,
    progress: Progress,
) -> PairGenerator[InstructedPair]:
    sampler = FlowSampler(model, batches, folder.use, progress)
    scenes = SceneCache(vision, ObjectRemover(vision.anomaly_score))
    judges = Judges(detector=vision, lpips=Lpips(settings.threads))
    return PairGenerator(InstructMaker(sampler, scenes), rewriter, judges)
