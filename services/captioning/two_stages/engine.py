"""The captioner on a language model: both stages for all waiting pairs together, and no sentence without its check."""

import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from imgdiff.errors import ImgdiffError, WorkCancelled
from imgdiff.evidence import Check, Objection, Outcome, Word, WordSource
from imgdiff.images import RGB
from imgdiff.records import Box, Change, ModelUse, Reason, Scores, Verdict
from imgdiff.rules import captioning as rules
from imgdiff.rules.thresholds import Thresholds, captioning_thresholds
from imgdiff.stages import CaptionedRegion, Captioning, DetectedRegion
from services.captioning.observation.frames import lay_over
from services.captioning.observation.grounding import Grounded, Grounding, published
from services.captioning.observation.sentences import SAME, UNRELATED
from services.captioning.schema import CaptionWork
from services.captioning.two_stages.answers import Reading
from services.captioning.two_stages.stages import CaptionPair, Told, tell
from services.captioning.two_stages.text_matcher import TextMatcher
from services.captioning.two_stages.writer import Writer
from services.captioning.verification import ImageNumber, Witness, checked
from services.captioning.verification.matching_witness import MatchingWitness
from services.english.head_nouns import head_noun
from services.serving.engine import Ticket
from services.serving.metrics import ServiceMetrics

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class RegionView:
    """One region whose sentence is checked: both images in image1's frame, RGB uint8, and what is held of it.

    `least_match` is the score at which a text counts as fitting its crop.
    """

    images: tuple[RGB, RGB]
    box: Box
    grounded: Grounded
    least_match: float


Verify = Callable[[str, RegionView], tuple[str | None, Check | None]]
"""The sentence as it may stand (put right, or null), and what its check found."""


class LanguageCaptioning:
    """Answers all pairs of a batch together; no sentence stands that the evidence does not bear out.

    `verify` is for tests and measurements; without it sentences are checked by the embedded evidence and the matcher.
    """

    def __init__(
        self,
        writer: Writer,
        matcher: TextMatcher,
        grounding: Grounding,
        *,
        backend: str,
        device: str,
        metrics: ServiceMetrics,
        verify: Verify | None = None,
    ) -> None:
        self.backend = backend
        self.device = device
        self.models: tuple[ModelUse, ...] = tuple(dict.fromkeys((*writer.models, *matcher.models, *grounding.models)))
        self._writer = writer
        self._matcher = matcher
        self._grounding = grounding
        self._verify = verify or self._by_evidence
        self._metrics = metrics

    def warm_up(self) -> None:
        """Run every network of ours once."""
        self._writer.warm_up()
        self._grounding.warm_up()
        self._matcher.match([np.zeros((64, 64, 3), np.uint8)], ["a dog"])
        self._matcher.alike(["a dog"], ["a cat"])

    def run(self, batch: Sequence[Ticket[CaptionWork]]) -> list[Captioning | ImgdiffError]:
        """One answer or error for each ticket, in order."""
        started = time.perf_counter()
        prepared = [self._prepared(ticket) for ticket in batch]
        told = iter(tell([one for one in prepared if isinstance(one, CaptionPair)], self._writer, self._matcher))
        steps = [(one, next(told) if isinstance(one, CaptionPair) else one) for one in prepared]
        seconds = (time.perf_counter() - started) / max(1, len(batch))
        return [self._answer(ticket, pair, said, seconds) for ticket, (pair, said) in zip(batch, steps, strict=True)]

    def _prepared(self, ticket: Ticket[CaptionWork]) -> CaptionPair | ImgdiffError:
        work, request = ticket.work, ticket.work.request
        try:
            image2 = lay_over(work.image1, work.image2, request.alignment)
        except Exception as error:  # noqa: BLE001  what breaks on one pair must not fail those that share its batch
            _log.exception("a pair could not be laid over")
            return ImgdiffError(f"image2 could not be laid over image1: {type(error).__name__}")
        boxes = tuple(region.box for region in request.regions if region.kept)
        limits = captioning_thresholds(request.thresholds, self._matcher.calibrated)
        gone = ticket.cancellation
        return CaptionPair((work.image1, image2), boxes, request.policy, limits, lambda: gone.cancelled)

    def _answer(
        self, ticket: Ticket[CaptionWork], pair: CaptionPair | ImgdiffError, said: list[Told] | ImgdiffError,
        seconds: float,
    ) -> Captioning | ImgdiffError:  # fmt: skip
        if isinstance(said, ImgdiffError) or isinstance(pair, ImgdiffError):
            return said if isinstance(said, ImgdiffError) else ImgdiffError("the pair was not prepared")
        if ticket.cancellation.cancelled:
            return WorkCancelled("the caller has gone")
        started = time.perf_counter()
        try:
            request = ticket.work.request
            asked = request.regions
            kept = [region for region in asked if region.kept]
            grounded = self._grounding.ground(
                pair.images, kept, ticket.cancellation.check, (request.caption1, request.caption2)
            )
            rest = iter(zip(said, grounded, strict=True))
            regions = tuple(
                self._region(pair, region, *next(rest)) if region.kept else _untouched(region) for region in asked
            )
        except ImgdiffError as error:
            return error
        except Exception as error:  # noqa: BLE001
            _log.exception("a pair could not be judged")
            return ImgdiffError(f"what was written of the pair could not be judged: {type(error).__name__}")
        for region in regions:
            if region.check is not None:
                self._metrics.checked(region.check.outcome)
        return Captioning(
            regions=regions,
            caption=_whole_pair(ticket.work.request.verdict, regions),
            models=self.models,
            parameters=dict(pair.limits),
            seconds=seconds + time.perf_counter() - started,
        )

    def _region(self, pair: CaptionPair, region: DetectedRegion, told: Told, grounded: Grounded) -> CaptionedRegion:
        captions = (told.content1.text, told.content2.text)
        scores = told.scores.model_copy(update={"crop_similarity": region.crop_similarity})
        least = pair.limits["caption.mismatch"]
        labels = (
            _label(1, captions[0], scores.text_match1, least, grounded.witness),
            _label(2, captions[1], scores.text_match2, least, grounded.witness),
        )
        decision = rules.decide(captions, scores, pair.policy, Thresholds(pair.limits), named=any(labels))
        view = RegionView(pair.images, region.box, grounded, least)
        caption, check = self._checked(told, view)
        objections = () if check is None else check.objections
        spoken = dict.fromkeys((*decision.reasons, *(Reason(code=one.code) for one in objections)))
        return CaptionedRegion(
            change=grounded.finding.change, label1=labels[0], label2=labels[1],
            caption1=captions[0], caption2=captions[1], caption=caption,
            words=_words(captions, caption, check), check=check, scores=scores, kept=not decision.drops,
            reasons=(*region.reasons, *spoken),
        )  # fmt: skip

    def _checked(self, told: Told, view: RegionView) -> tuple[str | None, Check | None]:
        """The sentence that may stand; where the model failed at one, or at what it rests on, none and the reason."""
        bad = next((one for one in (told.content1, told.content2, told.difference) if one and one.code), None)
        if bad is not None:
            return None, _dropped(bad)
        if told.difference is None or told.difference.text is None:
            return None, None  # a gate dropped the region before it was asked
        return self._verify(told.difference.text, view)

    def _by_evidence(self, sentence: str, view: RegionView) -> tuple[str | None, Check | None]:
        """Checked by the embedded evidence and the matcher, with the embedded sentence to fall back on."""
        (fallback,) = published([view.grounded], {})
        witness = MatchingWitness(view.grounded.witness, self._matcher, view.images, view.box, view.least_match)
        return checked(sentence, witness, fallback.text)


def _label(image: ImageNumber, caption: str | None, match: float | None, least: float, witness: Witness) -> str | None:
    """The caption's noun, where the caption fits its crop or the embedded networks see such a thing."""
    noun = head_noun(caption)
    fits = match is not None and match >= least
    return noun if noun is not None and (fits or witness.shows(image, noun)) else None


def _dropped(reading: Reading) -> Check:
    objection = Objection(code=reading.code or "", text=None)
    return Check(outcome=Outcome.DROPPED, objections=(objection,), written=reading.raw or None)


def _untouched(region: DetectedRegion) -> CaptionedRegion:
    scores = Scores(crop_similarity=region.crop_similarity)
    return CaptionedRegion(change=Change.CHANGED, scores=scores, kept=False, reasons=region.reasons)


def _words(captions: tuple[str | None, str | None], caption: str | None, check: Check | None) -> tuple[Word, ...]:
    """Phrases of the model; a sentence that was put right is no longer the model's alone, and is none of them."""
    words = [
        Word(text=text, image=image, source=WordSource.MODEL)
        for text, image in zip(captions, (1, 2), strict=True)
        if text is not None
    ]
    if caption is not None and check is not None and check.outcome is Outcome.VERIFIED:
        words.append(Word(text=caption, source=WordSource.MODEL))
    return tuple(words)


def _whole_pair(verdict: Verdict, regions: Sequence[CaptionedRegion]) -> str | None:
    """The kept regions' sentences without repeats; null when regions are left of which nothing could be said."""
    if verdict is Verdict.UNRELATED:
        return UNRELATED
    kept = [region for region in regions if region.kept]
    if verdict is Verdict.SAME or not kept:
        return SAME
    return " ".join(dict.fromkeys(region.caption for region in kept if region.caption is not None)) or None
