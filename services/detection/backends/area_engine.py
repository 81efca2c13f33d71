"""The area engine: the paper's Difference Area Generator on any segmenter and embedder, all waiting pairs together."""

import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial

import cv2
import numpy as np

from imgdiff.errors import ImgdiffError, WorkCancelled
from imgdiff.records import ModelUse, Policy, Reason
from imgdiff.stages import Detection, DetectionRequest
from services.detection.area_generator.answers import answer
from services.detection.area_generator.generator import AreaPair, Areas, generate
from services.detection.area_generator.segmentation import PromptedSegmenter, Segmenter
from services.detection.decisions.answers import answer_identical
from services.detection.decisions.object_filter import explain_unmatched, find_nouns, object_thresholds
from services.detection.feature_extractor import Embedder
from services.detection.limits import SAM_THRESHOLDS
from services.detection.pair import Pair
from services.detection.preparation import choose_thresholds, is_identical, prepare
from services.detection.schema import PairWork
from services.english.exchange import ExchangedNouns
from services.matching.object_matcher import Crop, ObjectMatcher
from services.serving.cancellation import Cancellation
from services.serving.engine import Ticket
from services.serving.isolation import isolate, run_isolated
from services.serving.metrics import ServiceMetrics

_WARM_SIDE = 256  # pixels a side of the synthetic pair that warms the networks up


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
    """Prepares the pairs of a batch in parallel on the processor, then runs the networks on all of them together.

    `thresholds` are the embedder's by reason code; null where its scale is unknown and no gate may use it.
    """

    def __init__(  # noqa: PLR0913  each is one part of the engine
        self,
        segmenter: Segmenter | PromptedSegmenter,
        embedder: Embedder,
        *,
        device: str,
        models: tuple[ModelUse, ...],
        metrics: ServiceMetrics,
        threads: int,
        matcher: ObjectMatcher | None = None,
        backend: str = "sam",
        thresholds: Mapping[str, float | None] = SAM_THRESHOLDS,
    ) -> None:
        self.backend = backend
        self.device = device
        self._always = models
        self.models = models if matcher is None else (*models, *matcher.models)
        self._matcher = matcher
        self._calibrated = {**thresholds, **object_thresholds(matcher)}
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
        thresholds = choose_thresholds(DetectionRequest(), self._calibrated)
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
        detection = answer(prepared.pair, prepared.thresholds, areas, models, seconds, unmatched)
        if "region.too_similar" in prepared.thresholds:
            return detection
        return detection.model_copy(update={"reasons": (*detection.reasons, Reason(code="pair.uncalibrated"))})

    def _prepare_alone(self, ticket: Ticket[PairWork]) -> _Prepared | Detection | ImgdiffError:
        return isolate("the pair could not be prepared", partial(self._prepare, ticket))

    def _prepare(self, ticket: Ticket[PairWork]) -> _Prepared | Detection:
        """Everything that needs no network, or the whole answer for equal pixels."""
        started = time.perf_counter()
        ticket.cancellation.check()
        nouns = find_nouns(ticket.work.request, self._matcher)
        thresholds = choose_thresholds(ticket.work.request, self._calibrated, matches_objects=bool(nouns))
        if is_identical(ticket.work):
            return answer_identical(thresholds, time.perf_counter() - started)
        return _Prepared(prepare(ticket.work, ticket.cancellation.check), thresholds, nouns, ticket.cancellation)

    def _count(self, answered: Detection | ImgdiffError) -> Detection | ImgdiffError:
        if isinstance(answered, Detection):
            self._metrics.pair_rows.observe(0)
        return answered
