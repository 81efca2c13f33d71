"""Backend `sam`: the paper's Difference Area Generator on SAM and CLIP, one batch for all waiting pairs."""

import logging
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor

import cv2
import numpy as np
from open_clip.constants import HF_SAFE_WEIGHTS_NAME

from imgdiff.errors import ImgdiffError, WorkCancelled
from imgdiff.records import ModelUse, Policy
from imgdiff.rules.thresholds import detection_thresholds
from imgdiff.stages import Detection
from services.detection.area_generator import answers as area_answers
from services.detection.area_generator.generator import AreaPair, Areas, generate
from services.detection.area_generator.preparation import Prepared, prepare
from services.detection.area_generator.segmentation import Segmenter
from services.detection.backends.open_clip import OpenClipEmbedder
from services.detection.backends.sam import Quality, SamSegmenter, build_sam
from services.detection.feature_extractor import Embedder
from services.detection.schema import PairWork
from services.detection.settings import DetectionSettings
from services.gpu.clip import build_clip
from services.gpu.compute import compute_on
from services.gpu.weights import weight_file
from services.serving.engine import Ticket
from services.serving.metrics import ServiceMetrics

# Crops whose cosine is above 0.95, and masks of which less than a twentieth changed, show nothing that can be named.
# The paper has no such limit (its 0.85 is a choice of what to train on); this one was not measured on real weights.
CALIBRATED = {"region.no_evidence": 0.05}
_WARM_SIDE = 256
_PREFIX = "IMGDIFF_DETECTION_"
_CONVERT = (
    "convert Segment Anything's .pth with `python -m services.detection.backends.convert_sam IN.pth OUT.safetensors`"
)
_log = logging.getLogger(__name__)

Step = Prepared | Detection | ImgdiffError


class AreaEngine:
    """Answers all pairs of a batch together; the pixels of each are prepared beside one another on the processor."""

    backend = "sam"

    def __init__(
        self,
        segmenter: Segmenter,
        embedder: Embedder,
        *,
        device: str,
        models: tuple[ModelUse, ...],
        metrics: ServiceMetrics,
        threads: int,
    ) -> None:
        self.device = device
        self.models = models
        self._segmenter = segmenter
        self._embedder = embedder
        self._metrics = metrics
        cv2.setNumThreads(threads)
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="prepare")

    def warm_up(self) -> None:
        """Run every network once, on a made pair with one square in it."""
        image1 = np.full((_WARM_SIDE, _WARM_SIDE, 3), 96, np.uint8)
        image2 = image1.copy()
        image2[64:128, 64:128] = 200
        changed = (image1 != image2).any(2)
        generate(
            [AreaPair(image1, image2, changed, Policy.DESCRIBE, detection_thresholds({}, CALIBRATED, 1))],
            self._segmenter,
            self._embedder,
        )

    def run(self, batch: Sequence[Ticket[PairWork]]) -> list[Detection | ImgdiffError]:
        """One detection or error for each ticket, in order."""
        started = time.perf_counter()
        steps = list(self._pool.map(_prepared, batch))
        pairs = [_pair(step, ticket) for step, ticket in zip(steps, batch, strict=True) if isinstance(step, Prepared)]
        found = iter(self._found(pairs))
        seconds = (time.perf_counter() - started) / max(1, len(batch))
        return [self._answer(step, ticket, found, seconds) for step, ticket in zip(steps, batch, strict=True)]

    def _found(self, pairs: Sequence[AreaPair]) -> list[Areas | ImgdiffError]:
        """Where the networks break on a batch, its pairs are tried alone: one pair's fault is not its neighbours'."""
        try:
            return list(generate(pairs, self._segmenter, self._embedder))
        except ImgdiffError as error:  # a device that is too small is the fault of no pair
            return [error] * len(pairs)
        except Exception as error:  # noqa: BLE001
            if len(pairs) > 1:
                return [self._found([pair])[0] for pair in pairs]
            _log.exception("the networks failed on a pair")
            return [ImgdiffError(f"the networks failed on this pair: {type(error).__name__}")]

    def _answer(
        self, step: Step, ticket: Ticket[PairWork], found: Iterator[Areas | ImgdiffError], seconds: float
    ) -> Detection | ImgdiffError:
        if not isinstance(step, Prepared):
            if isinstance(step, Detection):
                self._metrics.pair_rows.observe(0)
            return step
        areas = next(found)
        if isinstance(areas, ImgdiffError):
            return areas
        self._metrics.pair_rows.observe(areas.rows)
        if ticket.cancellation.cancelled:
            return WorkCancelled("the caller has gone")
        return area_answers.answer(step, areas, self.models, seconds)


def _prepared(ticket: Ticket[PairWork]) -> Step:
    try:
        return prepare(ticket.work, CALIBRATED, ticket.cancellation)
    except ImgdiffError as error:
        return error
    except Exception as error:  # noqa: BLE001  what breaks on one pair must not fail those that share its batch
        _log.exception("a pair could not be prepared")
        return ImgdiffError(f"the pair could not be prepared: {type(error).__name__}")


def _pair(step: Prepared, ticket: Ticket[PairWork]) -> AreaPair:
    view, policy = step.view, step.work.request.policy
    gone = ticket.cancellation
    return AreaPair(view.image1, view.image2, step.changed, policy, step.limits, lambda: gone.cancelled)


def load(settings: DetectionSettings, metrics: ServiceMetrics) -> AreaEngine:
    """The engine with the weights that the settings name; raises ValueError, WeightsUnavailable or WeightsCorrupt."""
    compute = compute_on(settings.device, settings.threads)
    sam_file = weight_file(
        settings.sam_weights, f"{_PREFIX}SAM_WEIGHTS", "model.safetensors", stage="detection", advice=_CONVERT
    )
    clip_file = weight_file(settings.clip_weights, f"{_PREFIX}CLIP_WEIGHTS", HF_SAFE_WEIGHTS_NAME, stage="detection")
    segmenter = SamSegmenter(
        build_sam(settings.sam_model, sam_file.tensors()),
        compute,
        quality=Quality(settings.sam_iou, settings.sam_stability, settings.sam_points),
        images_at_once=settings.sam_images,
        prompts_at_once=settings.sam_prompts,
        halved=metrics.halved.inc,
    )
    embedder = OpenClipEmbedder(
        build_clip(settings.clip_model, clip_file.path, prefix=_PREFIX),
        compute,
        crops_at_once=settings.clip_crops,
        halved=metrics.halved.inc,
    )
    return AreaEngine(
        segmenter, embedder, device=settings.device, models=(sam_file.use, clip_file.use), metrics=metrics,
        threads=settings.threads,
    )  # fmt: skip
