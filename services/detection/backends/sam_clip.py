"""Backend `sam`: the paper's Difference Area Generator on SAM and CLIP, one batch for all waiting pairs."""

import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial

import cv2
import numpy as np
from open_clip.constants import HF_SAFE_WEIGHTS_NAME

from imgdiff.errors import ImgdiffError, WorkCancelled
from imgdiff.records import ModelUse, Policy
from imgdiff.stages import Detection, DetectionRequest
from services.detection.area_generator.answers import answer
from services.detection.area_generator.generator import AreaPair, Areas, generate
from services.detection.area_generator.segmentation import Segmenter
from services.detection.backends.open_clip import OpenClipEmbedder
from services.detection.backends.sam import Quality, SamSegmenter, build_sam
from services.detection.decisions.answers import answer_identical
from services.detection.decisions.object_filter import explain_unmatched, find_nouns, object_thresholds
from services.detection.feature_extractor import Embedder
from services.detection.limits import SAM_THRESHOLDS
from services.detection.pair import Pair
from services.detection.preparation import choose_thresholds, is_identical, prepare
from services.detection.schema import PairWork
from services.detection.settings import DetectionSettings
from services.english.exchange import ExchangedNouns
from services.gpu.clip import build_clip
from services.gpu.compute import compute_on
from services.gpu.weights import weight_file
from services.matching.object_matcher import Crop, ObjectMatcher
from services.matching.selection import create_object_matcher
from services.serving.cancellation import Cancellation
from services.serving.engine import Ticket
from services.serving.isolation import isolate, run_isolated
from services.serving.metrics import ServiceMetrics

_WARM_SIDE = 256  # pixels a side of the synthetic pair that warms the networks up
_PREFIX = "IMGDIFF_DETECTION_"


@dataclass(frozen=True)
class _Prepared:
    """A pair that waits for the networks, and the thresholds in force by reason code."""

    pair: Pair
    thresholds: dict[str, float]
    nouns: ExchangedNouns
    cancellation: Cancellation

    @property
    def areas(self) -> AreaPair:
        """What the generator needs of it."""
        view, policy = self.pair.view, self.pair.work.request.policy
        changed, gone = self.pair.evidence.changed, self.cancellation
        return AreaPair(view.image1, view.image2, changed, policy, self.thresholds, lambda: gone.cancelled, self.nouns)


class AreaEngine:
    """Prepares the pairs of a batch in parallel on the processor, then runs the networks on all of them together."""

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
        matcher: ObjectMatcher | None = None,
    ) -> None:
        self.device = device
        self._always = models
        self.models = models if matcher is None else (*models, *matcher.models)
        self._matcher = matcher
        self._segmenter = segmenter
        self._embedder = embedder
        self._metrics = metrics
        cv2.setNumThreads(threads)
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="prepare")

    def warm_up(self) -> None:
        """Run every network once, on a synthetic pair with one square in it."""
        image1 = np.full((_WARM_SIDE, _WARM_SIDE, 3), 96, np.uint8)
        image2 = image1.copy()
        image2[64:128, 64:128] = 200
        thresholds = choose_thresholds(DetectionRequest(), SAM_THRESHOLDS)
        self._generate([AreaPair(image1, image2, (image1 != image2).any(2), Policy.DESCRIBE, thresholds)])
        if self._matcher is not None:
            self._matcher.match_nouns([Crop(image1, (0, 0, _WARM_SIDE, _WARM_SIDE))], [["dog"]])

    def run(self, batch: Sequence[Ticket[PairWork]]) -> list[Detection | ImgdiffError]:
        """One detection or error for each ticket, in order, whatever else is in the batch."""
        started = time.perf_counter()
        prepared = list(self._threads.map(self._prepare_alone, batch))
        waiting = [one.areas for one in prepared if isinstance(one, _Prepared)]
        found = iter(run_isolated("the networks failed on this pair", waiting, self._generate))
        seconds = (time.perf_counter() - started) / max(1, len(batch))
        return [
            self._answer(one, next(found), seconds) if isinstance(one, _Prepared) else self._count(one)
            for one in prepared
        ]

    def _generate(self, pairs: Sequence[AreaPair]) -> list[Areas]:
        return generate(pairs, self._segmenter, self._embedder, self._matcher)

    def _answer(self, prepared: _Prepared, areas: Areas | ImgdiffError, seconds: float) -> Detection | ImgdiffError:
        if isinstance(areas, ImgdiffError):
            return areas
        self._metrics.pair_rows.observe(areas.rows)
        if prepared.cancellation.cancelled:
            return WorkCancelled("the caller has gone")
        unmatched = explain_unmatched(prepared.pair.work.request, prepared.nouns)
        models = self.models if prepared.nouns else self._always
        return answer(prepared.pair, prepared.thresholds, areas, models, seconds, unmatched)

    def _prepare_alone(self, ticket: Ticket[PairWork]) -> _Prepared | Detection | ImgdiffError:
        return isolate("the pair could not be prepared", partial(_prepare, ticket, self._matcher))

    def _count(self, answered: Detection | ImgdiffError) -> Detection | ImgdiffError:
        if isinstance(answered, Detection):
            self._metrics.pair_rows.observe(0)
        return answered


def _prepare(ticket: Ticket[PairWork], matcher: ObjectMatcher | None) -> _Prepared | Detection:
    """Everything that needs no network, or the whole answer for equal pixels."""
    started = time.perf_counter()
    ticket.cancellation.check()
    request = ticket.work.request
    nouns = find_nouns(request, matcher)
    calibrated = {**SAM_THRESHOLDS, **object_thresholds(matcher)}
    thresholds = choose_thresholds(request, calibrated, matches_objects=bool(nouns))
    if is_identical(ticket.work):
        return answer_identical(thresholds, time.perf_counter() - started)
    return _Prepared(prepare(ticket.work, ticket.cancellation.check), thresholds, nouns, ticket.cancellation)


def load(settings: DetectionSettings, metrics: ServiceMetrics) -> AreaEngine:
    """Load the weights that the settings name; raises ValueError, WeightsUnavailable or WeightsCorrupt."""
    compute = compute_on(settings.device, settings.threads)
    sam_file = weight_file(settings.sam_weights, f"{_PREFIX}SAM_WEIGHTS", "model.safetensors", stage="detection")
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
        segmenter,
        embedder,
        device=settings.device,
        models=(sam_file.use, clip_file.use),
        metrics=metrics,
        threads=settings.threads,
        matcher=create_object_matcher(settings, metrics, stage="detection"),
    )
