"""Captions from the COCO detector, the ImageNet classifier, MiniLM and pixels: no language model, nothing invented."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from imgdiff import models
from imgdiff.errors import ImgdiffError
from imgdiff.evidence import Check, Outcome
from imgdiff.images import RGB
from imgdiff.records import Box, Change, ModelUse, Scores, Verdict
from imgdiff.stages import CaptionedRegion, Captioning, DetectedRegion
from services.captioning import gates
from services.captioning.colours import colour_shares
from services.captioning.findings import Finding, Found, find, moved, without_nouns
from services.captioning.frames import laid_over
from services.captioning.looking import Looks, look
from services.captioning.matching import Matcher
from services.captioning.schema import CaptionWork
from services.captioning.verification import checked
from services.captioning.verification.embedded_witness import EmbeddedWitness, Region
from services.captioning.verification.sight import Sight
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
class Draft:
    """One kept region in words to be checked: `destination` is the box that its thing moved to."""

    finding: Finding
    where: str
    moved_to: str | None = None
    destination: Box | None = None

    @property
    def text(self) -> str:
        """The sentence."""
        return sentence(self.finding, self.where, self.moved_to)


@dataclass(frozen=True)
class _Said:
    """A draft, what is published of it, and its check; null where none was made."""

    draft: Draft
    text: str | None
    check: Check | None


class EmbeddedCaptioning:
    """Answers pairs one by one."""

    backend = "embedded"
    device = "cpu"

    def __init__(self, threads: int, *, verify: bool = True) -> None:
        self._verify = verify
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
            caption=whole_pair(verdict, [(one.draft.finding, one.draft.where, one.text) for one in told if one.text]),
            models=self.models,
            parameters=limits,
            seconds=time.perf_counter() - started,
        )

    def _look(self, image: RGB, box: Box, inside: Flags) -> Looks:
        return look(self._detector, self._classifier, image, box, inside)

    def _said(
        self, images: tuple[RGB, RGB], regions: Sequence[DetectedRegion], cancellation: Cancellation
    ) -> list[_Said]:
        """Every kept region's finding in words that were checked; what moved is said at both of its places."""
        seen: list[Found] = []
        for region in regions:
            cancellation.check()
            seen.append(find(self._look, images, region.box, region.mask))
        moves = _moves(regions)
        for left, came in moves.items():
            first, second = moved(seen[left], seen[came])
            seen[left], seen[came] = replace(seen[left], finding=first), replace(seen[came], finding=second)
        height, width = images[0].shape[:2]
        wheres = [place(region.box, width, height) for region in regions]
        sights = Sight(images[0], self._detector, self._classifier), Sight(images[1], self._detector, self._classifier)
        said = []
        for index, one in enumerate(seen):
            cancellation.check()
            to = moves.get(index)
            draft = Draft(one.finding, wheres[index]) if to is None else Draft(
                one.finding, wheres[index], wheres[to], regions[to].box
            )  # fmt: skip
            said.append(self._checked(draft, one, sights))
        for left, came in moves.items():
            if came not in moves:
                said[came] = replace(said[came], text=said[left].text, check=said[left].check)
        return said

    def _checked(self, draft: Draft, found: Found, sights: tuple[Sight, Sight]) -> _Said:
        """The draft as it may be published; without its nouns where the check does not let these stand."""
        if not self._verify:
            return _Said(draft, draft.text, None)
        first, second = found.sides
        region = Region(
            found.finding.box, found.inside, draft.destination, frozenset({draft.finding.change}),
            (first.naming, second.naming),
        )  # fmt: skip
        unnamed = replace(draft, finding=without_nouns(draft.finding))
        witness = EmbeddedWitness(sights, region, colour_shares)
        text, check = checked(draft.text, witness, unnamed.text)
        return _Said(draft if check.outcome is Outcome.VERIFIED else unnamed, text, check)

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
        finding = said.draft.finding
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
            caption=said.text, words=finding.words, check=said.check, scores=scores, kept=kept,
            reasons=(*region.reasons, *reasons),
        )  # fmt: skip


def _moves(regions: Sequence[DetectedRegion]) -> dict[int, int]:
    """Index of the region that something left -> index of the one it came to, as detection linked them."""
    places = {region.box: index for index, region in enumerate(regions)}
    return {
        index: places[region.moved_to]
        for index, region in enumerate(regions)
        if region.moved_to is not None and region.moved_to in places
    }
