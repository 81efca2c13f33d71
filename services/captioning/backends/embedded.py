"""Captions from the COCO detector, the ImageNet classifier, MiniLM and pixels: no language model, nothing invented."""

import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from imgdiff import models
from imgdiff.errors import ImgdiffError
from imgdiff.images import RGB
from imgdiff.records import Box, Change, ModelUse, Scores, Verdict
from imgdiff.stages import CaptionedRegion, Captioning, DetectedRegion
from services.captioning import gates
from services.captioning.findings import Finding, Found, find, moved
from services.captioning.frames import laid_over
from services.captioning.looking import Looks, look
from services.captioning.matching import Matcher
from services.captioning.schema import CaptionWork
from services.captioning.wording import phrase, place, sentence, whole_pair
from services.embedded import classifier, detector, text
from services.embedded.classifier import Classifier
from services.embedded.detector import ObjectDetector
from services.embedded.masks import Flags
from services.embedded.text import SentenceEncoder
from services.serving.cancellation import Cancellation
from services.serving.engine import Ticket, each

# Of 57 objects in photos, cut out at sure detections, 96 % of the true nouns match above 0.25 and 53 % of random other
# nouns below it. Captions of different nouns stay below 0.65, of one noun in two colours below 0.8.
CALIBRATED = {"caption.mismatch": 0.25, "caption.too_similar": 0.85}


@dataclass(frozen=True)
class _Said:
    """One kept region in words."""

    finding: Finding
    where: str
    text: str


class EmbeddedCaptioning:
    """Answers pairs one by one."""

    backend = "embedded"
    device = "cpu"

    def __init__(self, threads: int) -> None:
        self._detector = ObjectDetector(threads)
        self._classifier = Classifier(threads)
        self._matcher = Matcher(self._classifier, SentenceEncoder(threads))
        names = dict.fromkeys((*detector.WEIGHTS, *classifier.WEIGHTS, *text.WEIGHTS))
        self.models: tuple[ModelUse, ...] = models.use("captioning", *names)

    def warm_up(self) -> None:
        """Run every network once."""
        blank = np.zeros((64, 64, 3), np.uint8)
        self._detector.detect(blank)
        self._matcher.crop(blank, (0, 0, 64, 64), "a dog")

    def run(self, batch: Sequence[Ticket[CaptionWork]]) -> list[Captioning | ImgdiffError]:
        """One answer or error for each ticket, in order."""
        return each(self._caption, batch)

    def _caption(self, work: CaptionWork, cancellation: Cancellation) -> Captioning:
        started = time.perf_counter()
        request = work.request
        limits = gates.effective(request.thresholds, CALIBRATED)
        image2 = laid_over(work.image1, work.image2, request.alignment)
        images = work.image1, image2
        wanted = [index for index, region in enumerate(request.regions) if region.kept]
        said = dict(zip(wanted, self._said(images, [request.regions[i] for i in wanted], cancellation), strict=True))
        regions = []
        for index, region in enumerate(request.regions):
            cancellation.check()
            regions.append(self._region(work, images, region, said.get(index), limits))
        told = [said[index] for index in wanted if regions[index].kept]
        verdict = request.verdict if told or request.verdict is Verdict.UNRELATED else Verdict.SAME
        return Captioning(
            regions=tuple(regions),
            caption=whole_pair(verdict, [(one.finding, one.where, one.text) for one in told]),
            models=self.models,
            parameters=limits,
            seconds=time.perf_counter() - started,
        )

    def _look(self, image: RGB, box: Box, inside: Flags) -> Looks:
        return look(self._detector, self._classifier, image, box, inside)

    def _said(
        self, images: tuple[RGB, RGB], regions: Sequence[DetectedRegion], cancellation: Cancellation
    ) -> list[_Said]:
        """Every kept region's finding in words; what moved is said at both of its places."""
        seen: list[Found] = []
        for region in regions:
            cancellation.check()
            seen.append(find(self._look, images, region.box, region.mask))
        found = [one.finding for one in seen]
        height, width = images[0].shape[:2]
        wheres = [place(one.box, width, height) for one in found]
        texts = [sentence(one, where) for one, where in zip(found, wheres, strict=True)]
        for left, came in _moves(regions).items():
            found[left], found[came] = moved(seen[left], seen[came])
            texts[left] = sentence(found[left], wheres[left], wheres[came])
            if regions[came].moved_to is None:
                texts[came] = texts[left]
        return [_Said(*one) for one in zip(found, wheres, texts, strict=True)]

    def _region(
        self,
        work: CaptionWork,
        images: tuple[RGB, RGB],
        region: DetectedRegion,
        said: _Said | None,
        limits: dict[str, float],
    ) -> CaptionedRegion:
        scores = Scores(crop_similarity=region.crop_similarity)
        if said is None:
            return CaptionedRegion(change=Change.CHANGED, scores=scores, kept=False, reasons=region.reasons)
        finding = said.finding
        caption1 = phrase(finding.label1, finding.colour1, finding.count)
        caption2 = phrase(finding.label2, finding.colour2, finding.count)
        scores = scores.model_copy(
            update={
                "text_match1": self._matcher.crop(images[0], region.box, caption1),
                "text_match2": self._matcher.crop(images[1], region.box, caption2),
                "caption_similarity": self._matcher.captions(caption1, caption2),
            }
        )
        named = finding.label1 is not None or finding.label2 is not None
        kept, reasons = gates.judge(scores, named, work.request.policy, limits)
        return CaptionedRegion(
            change=finding.change, label1=finding.label1, label2=finding.label2, caption1=caption1, caption2=caption2,
            caption=said.text, words=finding.words, scores=scores, kept=kept, reasons=(*region.reasons, *reasons),
        )  # fmt: skip


def _moves(regions: Sequence[DetectedRegion]) -> dict[int, int]:
    """Index of the region that something left -> index of the one it came to, as detection linked them."""
    places = {region.box: index for index, region in enumerate(regions)}
    return {
        index: places[region.moved_to]
        for index, region in enumerate(regions)
        if region.moved_to is not None and region.moved_to in places
    }
