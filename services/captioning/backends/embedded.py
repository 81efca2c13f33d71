"""Backend `embedded`: captions from detector, classifier, MiniLM and pixels, without a language model."""

import re
import time
from collections.abc import Sequence

import numpy as np

from imgdiff.errors import ImgdiffError
from imgdiff.evidence import Word
from imgdiff.images import RGB
from imgdiff.records import ModelUse, Scores
from imgdiff.rules import captioning as rules
from imgdiff.rules.thresholds import Thresholds, captioning_thresholds
from imgdiff.stages import CaptionedRegion, Captioning, DetectedRegion
from services.captioning.direction.gate import check_direction
from services.captioning.direction.reading import read_claimed_sides
from services.captioning.grounding import Grounding, find_moves
from services.captioning.object_question import add_questions
from services.captioning.observation.crops import Networks
from services.captioning.observation.sentences import noun_phrase, summarise
from services.captioning.schema import CaptionWork, skip_region
from services.captioning.verification.publication import Publication, publish
from services.captioning.whole_pair.beyond import caption_beyond
from services.captioning.whole_pair.summary import summarise_pair
from services.imaging.boxes import crop
from services.matching.embedded import EmbeddedMatcher
from services.networks.feature_cache import FeatureCache
from services.networks.sentences import SentenceEncoder
from services.networks.text_reader import TextReader
from services.serving.cancellation import Cancellation
from services.serving.engine import Ticket, answer_each
from services.serving.metrics import ServiceMetrics


class EmbeddedCaptioner:
    """Answers pairs one by one; without `verify` no finding is checked, to measure what the check is worth."""

    backend = "embedded"
    device = "cpu"

    def __init__(self, threads: int, metrics: ServiceMetrics, *, verify: bool = True, cache_bytes: int = 0) -> None:
        networks = Networks.load(threads, FeatureCache(cache_bytes, metrics.remembered))
        self._grounding = Grounding(networks, TextReader(threads))
        self._matcher = EmbeddedMatcher(networks.classifier, SentenceEncoder(threads), stage="captioning")
        self._metrics = metrics
        self._verify = verify
        self.models: tuple[ModelUse, ...] = tuple(dict.fromkeys((*self._grounding.models, *self._matcher.models)))

    def warm_up(self) -> None:
        """Run every network once."""
        self._grounding.warm_up()
        self._matcher.match([np.zeros((64, 64, 3), np.uint8)], ["a dog"])

    def run(self, batch: Sequence[Ticket[CaptionWork]]) -> list[Captioning | ImgdiffError]:
        """One answer or error for each ticket, in order."""
        return add_questions([ticket.work for ticket in batch], answer_each(self._answer, batch), self._matcher)

    def _answer(self, work: CaptionWork, cancellation: Cancellation) -> Captioning:
        started = time.perf_counter()
        request = work.request
        limits = captioning_thresholds(request.thresholds, self._matcher.calibrated)
        images = work.align()
        kept = [region for region in request.regions if region.kept and not region.is_beyond]
        captions = request.caption1, request.caption2
        drafts = self._grounding.draft(images, kept, cancellation.check, captions, request.content)
        claimed = read_claimed_sides(*captions, request.instruction)
        swapped, of_order = check_direction(request, claimed, [draft.evidence for draft in drafts])
        publications = publish(drafts, find_moves(kept), verify=self._verify)
        rest = iter(publications)
        regions = []
        for region in request.regions:
            cancellation.check()
            if not region.kept:
                regions.append(skip_region(region))
            elif region.is_beyond:
                regions.append(caption_beyond(work.image1, work.image2, region))
            else:
                regions.append(self._caption(work, images, region, next(rest), limits))
        both = list(zip(request.regions, regions, strict=True))
        asked = [captioned for region, captioned in both if region.kept and not region.is_beyond]
        shown = [one for one, captioned in zip(publications, asked, strict=True) if captioned.kept]
        texts = summarise([(one.finding, one.where, one.text) for one in shown if one.text is not None])
        beyond = [captioned.caption for region, captioned in both if region.is_beyond and captioned.kept]
        sentences = " ".join(dict.fromkeys(text for text in (texts, *beyond) if text is not None)) or None
        return Captioning(
            regions=tuple(regions),
            caption=summarise_pair(request, sentences, kept=any(one.kept for one in regions)),
            models=self.models,
            parameters={**limits, **of_order},
            reasons=swapped,
            seconds=time.perf_counter() - started,
        )

    def _caption(
        self,
        work: CaptionWork,
        images: tuple[RGB, RGB],
        region: DetectedRegion,
        published: Publication,
        limits: dict[str, float],
    ) -> CaptionedRegion:
        finding = published.finding
        captions = (
            noun_phrase(finding.label1, finding.colour1, finding.count),
            noun_phrase(finding.label2, finding.colour2, finding.count),
        )
        scores = self._score(images, region, captions)
        named = finding.label1 is not None or finding.label2 is not None
        decision = rules.decide(captions, scores, work.request.policy, Thresholds(limits), named=named)
        if published.check is not None:
            self._metrics.checked(published.check.outcome)
        return CaptionedRegion(
            change=finding.change,
            label1=finding.label1,
            label2=finding.label2,
            caption1=captions[0],
            caption2=captions[1],
            text1=finding.text1,
            text2=finding.text2,
            caption=published.text,
            words=_used_words(published, captions),
            check=published.check,
            scores=scores,
            kept=not decision.drops,
            reasons=(*region.reasons, *decision.reasons),
        )

    def _score(
        self, images: tuple[RGB, RGB], region: DetectedRegion, captions: tuple[str | None, str | None]
    ) -> Scores:
        match1, match2 = (
            None if text is None else self._matcher.match([crop(image, region.place)], [text])[0]
            for image, text in zip(images, captions, strict=True)
        )
        one, two = captions
        similarity = None if one is None or two is None else self._matcher.alike([one], [two])[0]
        return Scores(
            crop_similarity=region.crop_similarity,
            text_match1=match1,
            text_match2=match2,
            caption_similarity=similarity,
        )


def _used_words(published: Publication, captions: Sequence[str | None]) -> tuple[Word, ...]:
    """The words that are in what was published."""
    text = " ".join(one.lower() for one in (published.text, *captions) if one is not None)
    return tuple(word for word in published.words if re.search(rf"\b{re.escape(word.text.lower())}\b", text))
