"""Both engines in one process: captions at the true boxes, or at the boxes that detection finds."""

import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from benchmarks.regions.matching import IOU
from imgdiff.boxes import iou
from imgdiff.images import RGB
from imgdiff.records import Box, Verdict
from imgdiff.stages import CaptionedRegion, CaptioningRequest, DetectedRegion, Detection, DetectionRequest
from imgdiff.whole_pair import Alignment
from services.captioning.engine import create_engine as create_captioning
from services.captioning.schema import CaptionWork
from services.captioning.settings import CaptioningSettings
from services.detection.backends import create_engine as create_detection
from services.detection.schema import PairWork
from services.detection.settings import DetectionSettings
from services.imaging.masks import encode_mask
from services.serving.engine import Ticket
from training.caption_pairs import CaptionPair, Truth

_SAME_FRAME = Alignment(
    applied=False, model="identity", matrix=((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0)), score=1.0
)
_THREADS = 2


@dataclass(frozen=True)
class PairCaptions:
    """Captions of every true region, null where none was found, and of the other kept regions; seconds in all."""

    of_truths: tuple[CaptionedRegion | None, ...]
    others: tuple[CaptionedRegion, ...]
    regions: int
    seconds: float


@dataclass(frozen=True)
class FoundRegion:
    """A kept region of the detection engine and its captions."""

    box: Box
    captions: CaptionedRegion


class Engines:
    """Captioning, and detection where it is needed, both warm."""

    def __init__(self, *, masks: bool = False, end_to_end: bool = False, verify: bool = True) -> None:
        switched_off = {} if verify else {"verify": False}
        if switched_off and "verify" not in CaptioningSettings.model_fields:
            raise SystemExit("this captioning service has no verification to switch off")
        self._captioning = create_captioning(CaptioningSettings(threads=_THREADS, **switched_off))
        self._captioning.warm_up()
        self._detection = create_detection(DetectionSettings(threads=_THREADS)) if end_to_end else None
        self._masks = masks

    def with_detection(self) -> "Engines":
        """The same engines, detection included."""
        if self._detection is None:
            self._detection = create_detection(DetectionSettings(threads=_THREADS))
        return self

    def caption(self, pair: CaptionPair) -> PairCaptions:
        """Captions at the true regions of a pair, or at the found regions that match them."""
        if self._detection is None:
            regions = [self._true_region(one) for one in pair.truths]
            captions, seconds = self._run(pair.image1, pair.image2, regions, Verdict.DIFFERENT, _SAME_FRAME)
            return PairCaptions(captions, (), len(regions), seconds)
        started = time.perf_counter()
        found = self.detect_and_caption(pair.image1, pair.image2)
        return _assign(pair.truths, found, time.perf_counter() - started)

    def detect_and_caption(self, image1: RGB, image2: RGB) -> list[FoundRegion]:
        """Regions that detection keeps, captioned; those that captioning drops stay, marked as dropped."""
        assert self._detection is not None
        (detection,) = self._detection.run([Ticket(PairWork(image1, image2, DetectionRequest()))])
        if isinstance(detection, Exception):
            raise detection
        assert isinstance(detection, Detection)
        kept = [region for region in detection.regions if region.kept]
        captions, _ = self._run(image1, image2, kept, detection.verdict, detection.alignment)
        return [FoundRegion(region.box, own) for region, own in zip(kept, captions, strict=True)]

    def seconds_of_five(self, pair: CaptionPair) -> float:
        """Seconds to caption five regions of a pair: the true ones, and other places of the same size."""
        rng = np.random.default_rng(5)
        regions = [self._true_region(one) for one in pair.truths][:5]
        x1, y1, x2, y2 = regions[0].box
        height, width = pair.image1.shape[:2]
        while len(regions) < 5:
            left, top = int(rng.integers(0, width - (x2 - x1) + 1)), int(rng.integers(0, height - (y2 - y1) + 1))
            box = (left, top, left + x2 - x1, top + y2 - y1)
            regions.append(DetectedRegion(box=box, difference=1.0, kept=True))
        return self._run(pair.image1, pair.image2, regions, Verdict.DIFFERENT, _SAME_FRAME)[1]

    def _true_region(self, truth: Truth) -> DetectedRegion:
        mask = encode_mask(truth.mask) if self._masks and truth.mask is not None else None
        return DetectedRegion(
            box=truth.box, mask=mask, difference=1.0, moved_to=truth.moved_to, moved_from=truth.moved_from, kept=True
        )

    def _run(
        self, image1: RGB, image2: RGB, regions: Sequence[DetectedRegion], verdict: Verdict, alignment: Alignment
    ) -> tuple[tuple[CaptionedRegion, ...], float]:
        request = CaptioningRequest(alignment=alignment, verdict=verdict, regions=tuple(regions))
        started = time.perf_counter()
        (answer,) = self._captioning.run([Ticket(CaptionWork(image1, image2, request))])
        if isinstance(answer, Exception):
            raise answer
        return answer.regions, time.perf_counter() - started


def _assign(truths: Sequence[Truth], found: Sequence[FoundRegion], seconds: float) -> PairCaptions:
    """Captions by true region; where nothing changed, the first region found counts as the true one's."""
    if all(truth.change is None for truth in truths):
        first = next((one.captions for one in found), None)
        rest = tuple(one.captions for one in found[1:])
        return PairCaptions(tuple(first for _ in truths), rest, len(found), seconds)
    matches = match_boxes([truth.box for truth in truths], found)
    others = tuple(one.captions for j, one in enumerate(found) if j not in matches.values())
    of_truths = tuple(found[matches[i]].captions if i in matches else None for i in range(len(truths)))
    return PairCaptions(of_truths, others, len(found), seconds)


def match_boxes(boxes: Sequence[Box], found: Sequence[FoundRegion]) -> dict[int, int]:
    """Index of a true box -> index of the region that matches it: greedily by IoU, each used once."""
    ranked = sorted(
        ((iou(box, one.box), i, j) for i, box in enumerate(boxes) for j, one in enumerate(found)), reverse=True
    )
    matches: dict[int, int] = {}
    for value, i, j in ranked:
        if value >= IOU and i not in matches and j not in matches.values():
            matches[i] = j
    return matches
