"""The networks of the area generator that the settings name: segmenter and embedder."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from open_clip.constants import HF_SAFE_WEIGHTS_NAME
from transformers import Sam2Model, Sam3TrackerModel, SamModel

from imgdiff.records import ModelUse
from services.detection.area_generator.segmentation import Segmenter
from services.detection.backends.automatic_masks import AutomaticMaskSegmenter, PointNetwork, Quality
from services.detection.backends.embedder import TowerEmbedder
from services.detection.backends.noun_segmenter import NounSegmenter
from services.detection.backends.sam import SamNetwork, read_sam
from services.detection.backends.sam2 import Sam2Network
from services.detection.feature_extractor import Embedder
from services.detection.limits import (
    CROPS_AT_ONCE,
    CROPS_AT_ONCE_CPU,
    SAM2_IOU,
    SAM_IOU,
    SAM_THRESHOLDS,
    UNCALIBRATED_THRESHOLDS,
)
from services.detection.settings import DetectionSettings
from services.gpu.clip import ImageTower, build_clip
from services.gpu.compute import Compute, compute_on
from services.gpu.grounding_dino import GroundingDino
from services.gpu.image_towers import TOWERS, Tower, load_tower
from services.gpu.preprocessing import read_preprocessing
from services.gpu.pretrained import load_pretrained, model_type
from services.gpu.sam3 import Sam3
from services.gpu.weights import ENDINGS, model_folder, weight_file
from services.matching.object_matcher import ObjectMatcher
from services.serving.metrics import ServiceMetrics

EMBEDDERS = ("open_clip", *TOWERS)
_PREFIX = "IMGDIFF_DETECTION_"
_STAGE = "detection"
_GROUNDING_WEIGHTS = f"{_PREFIX}GROUNDING_WEIGHTS"
_SAM_WEIGHTS = f"{_PREFIX}SAM_WEIGHTS"
_EMBEDDER_WEIGHTS = f"{_PREFIX}EMBEDDER_WEIGHTS"
_DEFAULTS = {
    "sam": "facebook/sam-vit-huge",
    "sam2": "facebook/sam2.1-hiera-large",
    "sam3": "facebook/sam3",
    "siglip2": "google/siglip2-base-patch16-224",
    "dinov2": "facebook/dinov2-base",
    "dinov3": "facebook/dinov3-vitb16-pretrain-lvd1689m",
}
"""The weights on the hub where a setting names none. SAM 3's and DINOv3's are gated: first accept the licence there."""


@dataclass(frozen=True)
class AreaNetworks:
    """What the area engine runs on; thresholds by reason code are the embedder's, null where its scale is unknown."""

    segmenter: Segmenter | NounSegmenter
    embedder: Embedder
    models: tuple[ModelUse, ...]
    thresholds: Mapping[str, float | None]

    @property
    def matcher(self) -> ObjectMatcher | None:
        """The segmenter, where it knows nouns: what it finds it need not be asked again."""
        return self.segmenter if isinstance(self.segmenter, NounSegmenter) else None


def load(settings: DetectionSettings, metrics: ServiceMetrics) -> AreaNetworks:
    """Load the weights that the settings name; raises ValueError, WeightsUnavailable or WeightsCorrupt."""
    compute = compute_on(settings.device, settings.threads)
    if settings.embedder not in EMBEDDERS:
        raise ValueError(f"unknown {_PREFIX}EMBEDDER {settings.embedder!r}; known: {', '.join(EMBEDDERS)}")
    segmenter, segmenter_uses = _load_segmenter(settings, compute, metrics)
    tower, embedder_use = _load_tower(settings, compute)
    calibrated = SAM_THRESHOLDS if settings.embedder == "open_clip" else UNCALIBRATED_THRESHOLDS
    crops = settings.clip_crops or (CROPS_AT_ONCE if compute.device.type == "cuda" else CROPS_AT_ONCE_CPU)
    return AreaNetworks(
        segmenter,
        TowerEmbedder(tower, crops_at_once=crops, halved=metrics.halved.inc),
        (*segmenter_uses, embedder_use),
        {**calibrated, **settings.embedder_thresholds},
    )


def _load_segmenter(
    settings: DetectionSettings, compute: Compute, metrics: ServiceMetrics
) -> tuple[Segmenter | NounSegmenter, tuple[ModelUse, ...]]:
    match settings.backend:
        case "sam":
            network, use = _load_sam(settings, compute)
            return _at_points(network, SAM_IOU, settings, metrics), (use,)
        case "sam2":
            network, use = _load_sam2(settings, compute)
            return _at_points(network, SAM2_IOU, settings, metrics), (use,)
        case "sam3":
            return _load_sam3(settings, compute, metrics)
        case _:
            folder = model_folder(settings.grounding_weights, _GROUNDING_WEIGHTS, stage=_STAGE)
            at_once, halved = settings.noun_prompts, metrics.halved.inc
            found = GroundingDino(folder, compute, _GROUNDING_WEIGHTS, prompts_at_once=at_once, halved=halved)
            return NounSegmenter(found), found.models


def _at_points(
    network: PointNetwork, least: float, settings: DetectionSettings, metrics: ServiceMetrics
) -> AutomaticMaskSegmenter:
    iou = least if settings.sam_iou is None else settings.sam_iou
    return AutomaticMaskSegmenter(
        network,
        quality=Quality(iou, settings.sam_stability, settings.sam_points),
        images_at_once=settings.sam_images,
        prompts_at_once=settings.sam_prompts,
        halved=metrics.halved.inc,
    )


def _load_sam(settings: DetectionSettings, compute: Compute) -> tuple[PointNetwork, ModelUse]:
    asked = settings.sam_weights or _DEFAULTS["sam"]
    if Path(asked).expanduser().is_file() or asked.endswith(ENDINGS) or ":" in asked:
        file = weight_file(asked, _SAM_WEIGHTS, "model.safetensors", stage=_STAGE)
        return SamNetwork(read_sam(file.tensors(), settings.sam_model), compute), file.use
    folder = model_folder(asked, _SAM_WEIGHTS, stage=_STAGE)
    model_type(folder, _SAM_WEIGHTS, ("sam",))
    return SamNetwork(load_pretrained(SamModel, folder, _SAM_WEIGHTS), compute), folder.use


def _load_sam2(settings: DetectionSettings, compute: Compute) -> tuple[PointNetwork, ModelUse]:
    folder = model_folder(settings.sam_weights or _DEFAULTS["sam2"], _SAM_WEIGHTS, stage=_STAGE)
    model_type(folder, _SAM_WEIGHTS, ("sam2", "sam2_video"))  # SAM 2.1 is published with its memory for videos
    preprocessing = read_preprocessing(folder.path, _SAM_WEIGHTS)
    return Sam2Network(load_pretrained(Sam2Model, folder, _SAM_WEIGHTS), preprocessing, compute), folder.use


def _load_sam3(
    settings: DetectionSettings, compute: Compute, metrics: ServiceMetrics
) -> tuple[NounSegmenter, tuple[ModelUse, ...]]:
    """Asked for nouns, and where there are none its tracker for whatever is at points; both share one backbone."""
    folder = model_folder(settings.sam_weights or _DEFAULTS["sam3"], _SAM_WEIGHTS, stage=_STAGE)
    found = Sam3(folder, compute, _SAM_WEIGHTS, prompts_at_once=settings.noun_prompts, halved=metrics.halved.inc)
    tracker = load_pretrained(Sam3TrackerModel, folder, _SAM_WEIGHTS)
    tracker.vision_encoder.backbone = found.model.vision_encoder.backbone
    network = Sam2Network(tracker, read_preprocessing(folder.path, _SAM_WEIGHTS), compute)
    return NounSegmenter(found, _at_points(network, SAM2_IOU, settings, metrics)), found.models


def _load_tower(settings: DetectionSettings, compute: Compute) -> tuple[Tower, ModelUse]:
    name = settings.embedder
    if name == "open_clip":
        file = weight_file(settings.clip_weights, f"{_PREFIX}CLIP_WEIGHTS", HF_SAFE_WEIGHTS_NAME, stage=_STAGE)
        model = build_clip(settings.clip_model, file.path, prefix=_PREFIX)
        return ImageTower(model, compute, bfloat16=compute.uses_bfloat16(settings.clip_dtype)), file.use
    folder = model_folder(settings.embedder_weights or _DEFAULTS[name], _EMBEDDER_WEIGHTS, stage=_STAGE)
    return load_tower(name, folder, compute, _EMBEDDER_WEIGHTS), folder.use
