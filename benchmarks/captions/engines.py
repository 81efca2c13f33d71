"""The engines asked in process: captions at the true boxes, or at those that detection finds."""

import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from benchmarks.captions.pairs import CaptionPair, Truth
from benchmarks.regions.matching import IOU
from imgdiff.boxes import iou
from imgdiff.images import RGB
from imgdiff.records import Alignment, Box, Verdict
from imgdiff.stages import CaptionedRegion, CaptioningRequest, DetectedRegion, Detection, DetectionRequest
from services.captioning.backends import create_engine as create_captioning
from services.captioning.schema import CaptionWork
from services.captioning.settings import CaptioningSettings
from services.detection.backends import create_engine as create_detection
from services.detection.schema import PairWork
from services.detection.settings import DetectionSettings
from services.imaging.masks import encode_mask
from services.serving.engine import Ticket

_SAME_FRAME = Alignment(
    applied=False, model="identity", matrix=((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0)), score=1.0
)
_THREADS = 2


@dataclass(frozen=True)
class Answer:
    """What was said of every true region, null where none was found, of the other kept regions, and the time of it."""

    of_truths: tuple[CaptionedRegion | None, ...]
    others: tuple[CaptionedRegion, ...]
    regions: int
    seconds: float


@dataclass(frozen=True)
class Told:
    """A kept region of the detection engine with its words."""

    box: Box
    said: CaptionedRegion


class Asker:
    """Both engines, warm; detection only where it is wanted."""

    def __init__(self, *, masks: bool = False, end_to_end: bool = False, verify: bool = True) -> None:
        left_out = {} if verify else {"verify": False}
        if left_out and "verify" not in CaptioningSettings.model_fields:
            raise SystemExit("this captioning service has no verification to leave out")
        self._captioning = create_captioning(CaptioningSettings(threads=_THREADS, **left_out))
        self._captioning.warm_up()
        self._detection = create_detection(DetectionSettings(threads=_THREADS)) if end_to_end else None
        self._masks = masks

    def detecting(self) -> "Asker":
        """The same with detection."""
        if self._detection is None:
            self._detection = create_detection(DetectionSettings(threads=_THREADS))
        return self

    def ask(self, pair: CaptionPair) -> Answer:
        """Captions at the true regions of a pair, or at those found that meet them."""
        if self._detection is None:
            regions = [self._given(one) for one in pair.truths]
            said, seconds = self._said(pair.image1, pair.image2, regions, Verdict.DIFFERENT, _SAME_FRAME)
            return Answer(said, (), len(regions), seconds)
        started = time.perf_counter()
        told = self.tell(pair.image1, pair.image2)
        return self._matched(pair.truths, told, time.perf_counter() - started)

    def tell(self, image1: RGB, image2: RGB) -> list[Told]:
        """Kept regions of detection, captioned; those that captioning drops stay, and say so."""
        assert self._detection is not None
        (found,) = self._detection.run([Ticket(PairWork(image1, image2, DetectionRequest()))])
        if isinstance(found, Exception):
            raise found
        assert isinstance(found, Detection)
        kept = [one for one in found.regions if one.kept]
        said, _ = self._said(image1, image2, kept, found.verdict, found.alignment)
        return [Told(region.box, words) for region, words in zip(kept, said, strict=True)]

    def seconds_of_five(self, pair: CaptionPair) -> float:
        """Of one pair with five regions: the true ones, and other places as large."""
        rng = np.random.default_rng(5)
        regions = [self._given(one) for one in pair.truths][:5]
        x1, y1, x2, y2 = regions[0].box
        height, width = pair.image1.shape[:2]
        while len(regions) < 5:
            left, top = int(rng.integers(0, width - (x2 - x1) + 1)), int(rng.integers(0, height - (y2 - y1) + 1))
            box = (left, top, left + x2 - x1, top + y2 - y1)
            regions.append(DetectedRegion(box=box, difference=1.0, kept=True))
        return self._said(pair.image1, pair.image2, regions, Verdict.DIFFERENT, _SAME_FRAME)[1]

    def _given(self, truth: Truth) -> DetectedRegion:
        mask = encode_mask(truth.mask) if self._masks and truth.mask is not None else None
        return DetectedRegion(
            box=truth.box, mask=mask, difference=1.0, moved_to=truth.moved_to, moved_from=truth.moved_from, kept=True
        )

    def _said(
        self, image1: RGB, image2: RGB, regions: Sequence[DetectedRegion], verdict: Verdict, alignment: Alignment
    ) -> tuple[tuple[CaptionedRegion, ...], float]:
        request = CaptioningRequest(alignment=alignment, verdict=verdict, regions=tuple(regions))
        started = time.perf_counter()
        (answer,) = self._captioning.run([Ticket(CaptionWork(image1, image2, request))])
        if isinstance(answer, Exception):
            raise answer
        return answer.regions, time.perf_counter() - started

    def _matched(self, truths: Sequence[Truth], told: Sequence[Told], seconds: float) -> Answer:
        """Best overlap first, none used twice; anything said meets the truth that nothing happened."""
        if all(truth.change is None for truth in truths):
            first = next((one.said for one in told), None)
            rest = tuple(one.said for one in told[1:])
            return Answer(tuple(first for _ in truths), rest, len(told), seconds)
        met = meeting([truth.box for truth in truths], told)
        others = tuple(one.said for j, one in enumerate(told) if j not in met.values())
        of_truths = tuple(told[met[i]].said if i in met else None for i in range(len(truths)))
        return Answer(of_truths, others, len(told), seconds)


def meeting(boxes: Sequence[Box], told: Sequence[Told]) -> dict[int, int]:
    """Index of a true box -> index of the region that meets it; best overlap first, none used twice."""
    ranked = sorted(
        ((iou(box, one.box), i, j) for i, box in enumerate(boxes) for j, one in enumerate(told)), reverse=True
    )
    met: dict[int, int] = {}
    for value, i, j in ranked:
        if value >= IOU and i not in met and j not in met.values():
            met[i] = j
    return met
