"""Captions from the COCO detector, the ImageNet classifier, MiniLM and pixels: no language model, nothing invented."""

import re
import time
from collections.abc import Sequence

import numpy as np

from imgdiff import weights
from imgdiff.errors import ImgdiffError
from imgdiff.evidence import Word
from imgdiff.images import RGB
from imgdiff.records import Change, ModelUse, Scores, Verdict
from imgdiff.rules import captioning as rules
from imgdiff.rules.thresholds import Thresholds, captioning_thresholds
from imgdiff.stages import CaptionedRegion, Captioning, DetectedRegion
from services.captioning.observation.frames import lay_over
from services.captioning.observation.grounding import Grounding, Published, moves, published
from services.captioning.observation.label_matching import Matcher
from services.captioning.observation.sentences import phrase, whole_pair
from services.captioning.schema import CaptionWork
from services.networks import sentences as text
from services.networks.classifier import Classifier
from services.networks.detector import ObjectDetector
from services.networks.sentences import SentenceEncoder
from services.serving.cancellation import Cancellation
from services.serving.engine import Ticket, answer_each
from services.serving.metrics import ServiceMetrics

# Of 57 objects in photos, cut out at sure detections, 96 % of the true nouns match above 0.25 and 53 % of random other
# nouns below it. Captions of different nouns stay below 0.65, of one noun in two colours below 0.8.
CALIBRATED = {"caption.mismatch": 0.25, "caption.too_similar": 0.85}


class EmbeddedCaptioning:
    """Answers pairs one by one; `verify` off leaves the sentences unchecked, to measure what the check is worth."""

    backend = "embedded"
    device = "cpu"

    def __init__(self, threads: int, metrics: ServiceMetrics, *, verify: bool = True) -> None:
        classifier = Classifier(threads)
        self._grounding = Grounding(ObjectDetector(threads), classifier)
        self._matcher = Matcher(classifier, SentenceEncoder(threads))
        self._metrics = metrics
        self._verify = verify
        self.models: tuple[ModelUse, ...] = (*self._grounding.models, *weights.use("captioning", *text.WEIGHTS))

    def warm_up(self) -> None:
        """Run every network once."""
        self._grounding.warm_up()
        self._matcher.crop(np.zeros((64, 64, 3), np.uint8), (0, 0, 64, 64), "a dog")

    def run(self, batch: Sequence[Ticket[CaptionWork]]) -> list[Captioning | ImgdiffError]:
        """One answer or error for each ticket, in order."""
        return answer_each(self._caption, batch)

    def _caption(self, work: CaptionWork, cancellation: Cancellation) -> Captioning:
        started = time.perf_counter()
        request = work.request
        limits = captioning_thresholds(request.thresholds, CALIBRATED)
        images = work.image1, lay_over(work.image1, work.image2, request.alignment)
        wanted = [index for index, region in enumerate(request.regions) if region.kept]
        asked = [request.regions[index] for index in wanted]
        grounded = self._grounding.ground(images, asked, cancellation.check, (request.caption1, request.caption2))
        said = dict(zip(wanted, published(grounded, moves(asked), verify=self._verify), strict=True))
        regions = []
        for index, region in enumerate(request.regions):
            cancellation.check()
            regions.append(self._region(work, images, region, said.get(index), limits))
        told = [said[index] for index in wanted if regions[index].kept]
        verdict = request.verdict if told or request.verdict is Verdict.UNRELATED else Verdict.SAME
        texts = [(one.grounded.finding, one.grounded.where, one.text) for one in told if one.text is not None]
        return Captioning(
            regions=tuple(regions),
            caption=whole_pair(verdict, texts),
            models=self.models,
            parameters=limits,
            seconds=time.perf_counter() - started,
        )

    def _region(
        self,
        work: CaptionWork,
        images: tuple[RGB, RGB],
        region: DetectedRegion,
        said: Published | None,
        limits: dict[str, float],
    ) -> CaptionedRegion:
        scores = Scores(crop_similarity=region.crop_similarity)
        if said is None:
            return CaptionedRegion(change=Change.CHANGED, scores=scores, kept=False, reasons=region.reasons)
        finding = said.grounded.finding
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
        decision = rules.decide((caption1, caption2), scores, work.request.policy, Thresholds(limits), named=named)
        if said.check is not None:
            self._metrics.checked(said.check.outcome)
        return CaptionedRegion(
            change=finding.change,
            label1=finding.label1,
            label2=finding.label2,
            caption1=caption1,
            caption2=caption2,
            caption=said.text,
            words=_spoken(said, caption1, caption2),
            check=said.check,
            scores=scores,
            kept=not decision.drops,
            reasons=(*region.reasons, *decision.reasons),
        )


def _spoken(said: Published, *phrases: str | None) -> tuple[Word, ...]:
    """The words that stand in what was published."""
    text = " ".join(one.lower() for one in (said.text, *phrases) if one is not None)
    return tuple(word for word in said.words if re.search(rf"\b{re.escape(word.text.lower())}\b", text))
