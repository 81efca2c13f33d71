"""The captioner on a language model: both stages for all waiting pairs together, and every sentence checked."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from imgdiff.errors import ImgdiffError, WorkCancelled
from imgdiff.evidence import Check, ImageNumber, Objection, Outcome, Word, WordSource
from imgdiff.images import RGB
from imgdiff.records import Box, ModelUse, Reason
from imgdiff.rules import captioning as rules
from imgdiff.rules.thresholds import Thresholds, captioning_thresholds
from imgdiff.stages import CaptionedRegion, Captioning, CaptioningRequest, DetectedRegion
from services.captioning.direction.gate import check_direction
from services.captioning.direction.reading import read_claimed_sides
from services.captioning.grounding import Grounding
from services.captioning.object_question import add_questions
from services.captioning.observation.sentences import Draft
from services.captioning.schema import CaptionWork, skip_region
from services.captioning.two_stages.answers import Reading
from services.captioning.two_stages.combined_evidence import CombinedEvidence
from services.captioning.two_stages.instructions import ContentForm
from services.captioning.two_stages.noun_source import AnsweredNouns, Answers, MatchedNouns
from services.captioning.two_stages.presence import PresenceSource
from services.captioning.two_stages.stages import CaptionPair, Description, describe
from services.captioning.two_stages.writer import Writer
from services.captioning.verification.check import check_sentence
from services.captioning.verification.publication import publish
from services.captioning.whole_pair.beyond import caption_beyond
from services.captioning.whole_pair.summary import summarise_pair
from services.english.head_nouns import subject_noun
from services.matching.text_matcher import TextMatcher
from services.serving.engine import Ticket
from services.serving.isolation import isolate
from services.serving.metrics import ServiceMetrics


@dataclass(frozen=True)
class CaptioningNetworks:
    """What a captioner runs. `sources` are asked of each noun beside the matcher and the embedded evidence."""

    writer: Writer
    matcher: TextMatcher
    grounding: Grounding
    sources: Sequence[PresenceSource] = ()

    @property
    def models(self) -> tuple[ModelUse, ...]:
        """All weights in use."""
        asked = [use for source in self.sources for use in source.models]
        return tuple(dict.fromkeys((*self.writer.models, *self.matcher.models, *self.grounding.models, *asked)))

    @property
    def independent(self) -> tuple[bool, ...]:
        """Of every source, whether it runs another model than the writer."""
        return tuple(set(source.models).isdisjoint(self.writer.models) for source in self.sources)


@dataclass(frozen=True)
class RegionView:
    """One region whose sentence is checked: both images in image1's frame (RGB, 0..255) and its draft.

    `least_match` is the matcher's score from which a text fits its crop, `presence` what each source answered.
    """

    images: tuple[RGB, RGB]
    box: Box
    draft: Draft
    least_match: float
    presence: tuple[Answers, ...] = ()


Verify = Callable[[str, RegionView], tuple[str | None, Check | None]]
"""The sentence to publish, null when none is fit, and what its check found."""


class TwoStageCaptioner:
    """Answers all pairs of a batch together.

    `verify` is for tests and measurements; the default checks sentences against embedded evidence and matcher.
    """

    def __init__(
        self,
        networks: CaptioningNetworks,
        *,
        backend: str,
        device: str,
        metrics: ServiceMetrics,
        verify: Verify | None = None,
        content: ContentForm = "description",
    ) -> None:
        self.backend = backend
        self.device = device
        self.models = networks.models
        self.networks = networks
        self._matcher = networks.matcher
        self._verify = verify or self._check_by_evidence
        self._metrics = metrics
        self._content = content

    def warm_up(self) -> None:
        """Run every network of this process once."""
        self.networks.writer.warm_up()
        for source in self.networks.sources:
            source.warm_up()
        self.networks.grounding.warm_up()
        self._matcher.match([np.zeros((64, 64, 3), np.uint8)], ["a dog"])
        self._matcher.alike(["a dog"], ["a cat"])

    def run(self, batch: Sequence[Ticket[CaptionWork]]) -> list[Captioning | ImgdiffError]:
        """One answer or error for each ticket, in order."""
        started = time.perf_counter()
        failure = "image2 could not be laid over image1"
        prepared = [isolate(failure, partial(self._prepare, ticket)) for ticket in batch]
        pairs = [one for one in prepared if isinstance(one, CaptionPair)]
        used = self.networks
        described = iter(describe(pairs, used.writer, used.matcher, used.sources, self._content))
        seconds = (time.perf_counter() - started) / max(1, len(batch))
        answers: list[Captioning | ImgdiffError] = []
        for ticket, pair in zip(batch, prepared, strict=True):
            if isinstance(pair, ImgdiffError):
                answers.append(pair)
                continue
            failure = "what was written of the pair could not be checked"
            answers.append(isolate(failure, partial(self._answer, ticket, pair, next(described), seconds)))
        return add_questions([ticket.work for ticket in batch], answers, self._matcher)

    def _prepare(self, ticket: Ticket[CaptionWork]) -> CaptionPair:
        request = ticket.work.request
        boxes = tuple(region.place for region in _inside(request))
        limits = captioning_thresholds(request.thresholds, self._matcher.calibrated)
        cancellation = ticket.cancellation
        return CaptionPair(ticket.work.align(), boxes, request.policy, limits, lambda: cancellation.cancelled)

    def _answer(
        self,
        ticket: Ticket[CaptionWork],
        pair: CaptionPair,
        described: Sequence[Description] | ImgdiffError,
        seconds: float,
    ) -> Captioning:
        if isinstance(described, ImgdiffError):
            raise described
        if ticket.cancellation.cancelled:
            raise WorkCancelled("the caller has gone")
        started = time.perf_counter()
        request = ticket.work.request
        inside = _inside(request)
        captions = request.caption1, request.caption2
        drafts = self.networks.grounding.draft(
            pair.images, inside, ticket.cancellation.check, captions, request.content
        )
        claimed = read_claimed_sides(*captions, request.instruction)
        swapped, of_order = check_direction(request, claimed, [draft.evidence for draft in drafts])
        rest = iter(zip(described, drafts, strict=True))
        regions: list[CaptionedRegion] = []
        for region in request.regions:
            if not region.kept:
                regions.append(skip_region(region))
            elif region.is_beyond:
                regions.append(caption_beyond(ticket.work.image1, ticket.work.image2, region))
            else:
                regions.append(self._caption(pair, region, *next(rest)))
        for captioned in regions:
            if captioned.check is not None:
                self._metrics.checked(captioned.check.outcome)
        return Captioning(
            regions=tuple(regions),
            caption=_summarise(request, regions),
            models=self.models,
            parameters={**pair.limits, **of_order},
            reasons=swapped,
            seconds=seconds + time.perf_counter() - started,
        )

    def _caption(
        self, pair: CaptionPair, region: DetectedRegion, described: Description, draft: Draft
    ) -> CaptionedRegion:
        captions = (described.content1.text, described.content2.text)
        scores = described.scores.model_copy(update={"crop_similarity": region.crop_similarity})
        least = pair.limits["caption.mismatch"]
        view = RegionView(pair.images, region.place, draft, least, described.presence)
        evidence = CombinedEvidence(draft.evidence, self._answered(view, trusting=False))
        labels = (
            _label(1, captions[0], scores.text_match1, least, evidence),
            _label(2, captions[1], scores.text_match2, least, evidence),
        )
        decision = rules.decide(captions, scores, pair.policy, Thresholds(pair.limits), named=any(labels))
        caption, check = self._check(described, view)
        objections = () if check is None else check.objections
        reasons = dict.fromkeys((*decision.reasons, *(Reason(code=one.code) for one in objections)))
        return CaptionedRegion(
            change=draft.finding.change,
            label1=labels[0],
            label2=labels[1],
            caption1=captions[0],
            caption2=captions[1],
            text1=draft.finding.text1,
            text2=draft.finding.text2,
            caption=caption,
            words=_words(captions, caption, check),
            check=check,
            scores=scores,
            kept=not decision.drops,
            reasons=(*region.reasons, *reasons),
        )

    def _check(self, described: Description, view: RegionView) -> tuple[str | None, Check | None]:
        """The sentence to publish; null with the reason where one of the model's answers is unusable."""
        answers = (described.content1, described.content2, described.difference)
        unusable = next((one for one in answers if one and one.code), None)
        if unusable is not None:
            return None, _drop(unusable)
        if described.difference is None or described.difference.text is None:
            return None, None  # a gate dropped the region before the difference was asked for
        return self._verify(described.difference.text, view)

    def _check_by_evidence(self, sentence: str, view: RegionView) -> tuple[str | None, Check | None]:
        """Checked against the embedded evidence and the matcher, with the embedded sentence to fall back on."""
        (fallback,) = publish([view.draft], {})
        matched = MatchedNouns(self._matcher, view.images, view.box, view.least_match)
        evidence, own = (
            CombinedEvidence(view.draft.evidence, [matched, *self._answered(view, trusting=trusting)])
            for trusting in (False, True)
        )
        return check_sentence(sentence, evidence, fallback.text, own)

    def _answered(self, view: RegionView, *, trusting: bool) -> list[AnsweredNouns]:
        """What the presence sources answered. The writer confirms itself only where it is trusted; it may deny."""
        answered = zip(view.presence, self.networks.independent, strict=True)
        return [AnsweredNouns(answers, confirms=independent or trusting) for answers, independent in answered]


def _label(
    image: ImageNumber, caption: str | None, match: float | None, least: float, evidence: CombinedEvidence
) -> str | None:
    """The caption's noun, where the caption fits its crop or the evidence shows the noun, and no source denies it."""
    noun = subject_noun(caption)
    if noun is None or evidence.denies(image, noun):
        return None
    fits = match is not None and match >= least
    return noun if fits or evidence.shows(image, noun) else None


def _drop(unusable: Reading) -> Check:
    objection = Objection(code=unusable.code or "", text=None)
    return Check(outcome=Outcome.DROPPED, objections=(objection,), written=unusable.raw or None)


def _words(captions: tuple[str | None, str | None], caption: str | None, check: Check | None) -> tuple[Word, ...]:
    """The model's phrases, and its sentence where that was published unchanged."""
    words = [
        Word(text=text, image=image, source=WordSource.MODEL)
        for text, image in zip(captions, (1, 2), strict=True)
        if text is not None
    ]
    if caption is not None and check is not None and check.outcome is Outcome.VERIFIED:
        words.append(Word(text=caption, source=WordSource.MODEL))
    return tuple(words)


def _inside(request: CaptioningRequest) -> list[DetectedRegion]:
    """The kept regions that both images extend to."""
    return [region for region in request.regions if region.kept and not region.is_beyond]


def _summarise(request: CaptioningRequest, regions: Sequence[CaptionedRegion]) -> str | None:
    """The pair's text; null when regions are kept and nothing has a sentence."""
    kept = [region for region in regions if region.kept]
    texts = [*dict.fromkeys(region.caption for region in kept if region.caption is not None)]
    return summarise_pair(request, " ".join(texts) or None, kept=bool(kept))
