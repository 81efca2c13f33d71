"""The engine of the comparison: prepare each pair, propose regions, embed all crops together, answer."""

import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial

import numpy as np

from imgdiff.errors import ImgdiffError
from imgdiff.records import ModelUse
from imgdiff.stages import Content, Detection
from services.detection.decisions.answers import (
    Comparison,
    answer,
    answer_identical,
    choose_crops,
    make_candidates,
    measure,
)
from services.detection.decisions.object_filter import Places, find_nouns, match_objects, object_thresholds
from services.detection.drawn.compressed import find_compressed
from services.detection.drawn.preparation import prepare_drawn
from services.detection.drawn.search import find_drawn
from services.detection.feature_extractor import FeatureExtractor
from services.detection.pair import Pair
from services.detection.preparation import choose_thresholds, is_identical, prepare
from services.detection.proposals.named_objects import add_named
from services.detection.proposals.proposal import Proposals
from services.detection.proposals.search import find_proposals
from services.detection.schema import PairWork
from services.english.exchange import NO_NOUNS
from services.matching.embedded_objects import DetectedObjects
from services.matching.object_matcher import Crop
from services.networks.perceptual import SMALLEST_SIDE
from services.serving.cancellation import Cancellation
from services.serving.engine import Ticket
from services.serving.isolation import isolate, run_isolated
from services.serving.metrics import ServiceMetrics

_FAILED = "the comparison failed"


class DetectionEngine:
    """Compares the pairs of a batch in parallel up to their crops, then embeds the crops of all pairs together.

    `metrics.pair_rows` observes each pair's share of the images that its batch sent through a network.
    """

    device = "cpu"

    def __init__(
        self, extractor: FeatureExtractor, threads: int, metrics: ServiceMetrics, matcher: DetectedObjects | None = None
    ) -> None:
        self._extractor = extractor
        self._matcher = matcher
        self._metrics = metrics
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="pair")

    @property
    def backend(self) -> str:
        """Name of the feature extractor."""
        return self._extractor.name

    @property
    def models(self) -> tuple[ModelUse, ...]:
        """Weights of the feature extractor and of the matcher."""
        return self._extractor.models + (() if self._matcher is None else self._matcher.models)

    def warm_up(self) -> None:
        """Run every network once."""
        self._extractor.warm_up()
        if self._matcher is not None:
            self._matcher.match_nouns([Crop(np.zeros((64, 64, 3), np.uint8), (0, 0, 64, 64))], [["dog"]])

    def run(self, batch: Sequence[Ticket[PairWork]]) -> list[Detection | ImgdiffError]:
        """One detection or error for each ticket, in order, whatever else is in the batch."""
        before = self._count_rows()
        compared = list(self._threads.map(self._compare_alone, batch))
        waiting = [outcome for outcome in compared if isinstance(outcome, Comparison)]
        answers = iter(
            run_isolated(_FAILED, waiting, partial(answer_all, extractor=self._extractor, matcher=self._matcher))
        )
        rows = (self._count_rows() - before) / max(1, len(compared))
        for _ in compared:
            self._metrics.pair_rows.observe(rows)
        return [next(answers) if isinstance(outcome, Comparison) else outcome for outcome in compared]

    def _count_rows(self) -> int:
        return self._extractor.rows + (0 if self._matcher is None else self._matcher.rows)

    def _compare_alone(self, ticket: Ticket[PairWork]) -> Comparison | Detection | ImgdiffError:
        return isolate(_FAILED, partial(compare, ticket.work, self._extractor, ticket.cancellation, self._matcher))


def compare(
    work: PairWork, extractor: FeatureExtractor, cancellation: Cancellation, matcher: DetectedObjects | None = None
) -> Comparison | Detection:
    """Everything but the networks on crops, or the whole answer for equal pixels; raises WorkCancelled."""
    started = time.perf_counter()
    cancellation.check()
    calibrated = {**extractor.thresholds, **object_thresholds(matcher)}
    if is_identical(work):
        return answer_identical(choose_thresholds(work.request, calibrated), time.perf_counter() - started)
    pair = prepare_drawn(work) or prepare(work, cancellation.check)
    nouns = find_nouns(work.request, matcher) if pair.shows_places_twice else NO_NOUNS
    thresholds = choose_thresholds(work.request, calibrated, matches_objects=bool(nouns))
    cancellation.check()
    proposals = _propose(pair, extractor)
    cancellation.check()
    candidates = make_candidates(pair, proposals)
    return Comparison(pair, thresholds, proposals, candidates, time.perf_counter() - started, nouns)


def _propose(pair: Pair, extractor: FeatureExtractor) -> Proposals:
    """Renderings pixel by pixel, other drawn pairs by their structure, all others by the evidence that they ask for."""
    view = pair.view
    if view.rendered:
        return find_drawn(view.image1, view.image2)
    if view.content is Content.DRAWN and pair.transform.trusted and min(view.image1.shape[:2]) >= SMALLEST_SIDE:
        return find_compressed(view, pair.scale)
    return find_proposals(pair, extractor)


def answer_all(
    comparisons: Sequence[Comparison], extractor: FeatureExtractor, matcher: DetectedObjects | None = None
) -> list[Detection]:
    """The answers, in order; the crops of all pairs go through the networks together."""
    started = time.perf_counter()
    comparisons = [_add_named(comparison, extractor, matcher) for comparison in comparisons]
    crops = [choose_crops(comparison) for comparison in comparisons]
    rows = extractor.embed([crop for chosen in crops for _, *both in chosen for crop in both])
    vectors = iter([] if rows is None else zip(rows[::2], rows[1::2], strict=True))
    by_index = [{} if rows is None else {index: next(vectors) for index, _, _ in chosen} for chosen in crops]
    measured = [measure(comparison, found) for comparison, found in zip(comparisons, by_index, strict=True)]
    match_objects(measured, matcher)
    answers = [
        answer(comparison, found, places.scores, _models(extractor, matcher, places))
        for comparison, found, places in zip(comparisons, by_index, measured, strict=True)
    ]
    shared = (time.perf_counter() - started) / max(1, len(comparisons))
    return [detection.model_copy(update={"seconds": detection.seconds + shared}) for detection in answers]


def _add_named(comparison: Comparison, extractor: FeatureExtractor, matcher: DetectedObjects | None) -> Comparison:
    """The comparison with the places of the objects that its captions exchange."""
    pair, nouns = comparison.pair, comparison.nouns
    if matcher is None or not nouns:
        return comparison
    images = pair.view.image1, pair.view.image2
    policy = pair.work.request.policy
    proposals = add_named(comparison.proposals, images, pair.evidence, nouns, matcher, extractor, policy=policy)
    if proposals is comparison.proposals:
        return comparison
    return replace(comparison, proposals=proposals, candidates=make_candidates(pair, proposals))


def _models(extractor: FeatureExtractor, matcher: DetectedObjects | None, places: Places) -> tuple[ModelUse, ...]:
    return extractor.models if matcher is None or not places.rows else (*extractor.models, *matcher.models)
