"""The Difference Area Generator (paper, sections 3.3 and 15.3) over any segmenter and any embedder.

Objects of both images are proposed, each place is cropped from both, and the crops must look different. All pairs
share the networks' batches; gates act as soon as they can, the cheapest first. Nothing is drawn at random.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from imgdiff.boxes import area
from imgdiff.images import RGB
from imgdiff.records import Box, Policy, Reason
from services.detection.area_generator.segmentation import Segment, Segmenter
from services.detection.decisions import gates
from services.detection.decisions.gates import Candidate, Judgement
from services.detection.decisions.verdict import pair_reasons
from services.detection.feature_extractor import Embedder
from services.detection.memo import Once
from services.imaging.arrays import Flags, Floats
from services.imaging.vectors import cosine


@dataclass(frozen=True)
class AreaPair:
    """A pair on image1's grid, both height x width x 3 RGB, with the pixels that changed beyond doubt of noise.

    `limits` are thresholds by reason code; `cancelled` is asked between stages.
    """

    image1: RGB
    image2: RGB
    changed: Flags
    policy: Policy
    limits: dict[str, float]
    cancelled: Callable[[], bool] = lambda: False


@dataclass(frozen=True)
class Area:
    """One proposal, judged: box and mask (of the box) in image1's pixels.

    `similarity` is null and `difference` the share of changed pixels where a gate spoke before any network was asked;
    else `difference` is one minus the cosine.
    """

    box: Box
    mask: Flags
    similarity: float | None
    difference: float
    judgement: Judgement


@dataclass(frozen=True)
class Areas:
    """What was found in one pair, in order of place; no areas where `reasons` reject the pair as a whole."""

    similarity: float
    reasons: tuple[Reason, ...]
    areas: tuple[Area, ...]
    rows: int
    """Rows that this pair was the first of its batch to send through a network: images segmented, pictures embedded."""


@dataclass
class _Open:
    """A pair on its way through the stages."""

    pair: AreaPair
    similarity: float = 0.0
    reasons: tuple[Reason, ...] = ()
    rows: int = 0
    settled: list[Area] = field(default_factory=list)
    asked: list[Segment] = field(default_factory=list)

    @property
    def goes_on(self) -> bool:
        return not self.reasons and not self.pair.cancelled()

    @property
    def can_differ(self) -> bool:
        """Whether the gate on changed pixels leaves anything: without one of them it would drop every segment."""
        return self.pair.limits["region.no_evidence"] <= 0 or bool(self.pair.changed.any())

    def crops(self) -> list[RGB]:
        """Every place from both images, image1's first, whichever image it was found in."""
        images = (self.pair.image1, self.pair.image2)
        return [crop(image, segment.box) for segment in self.asked for image in images]


def generate(pairs: Sequence[AreaPair], segmenter: Segmenter, embedder: Embedder) -> list[Areas]:
    """The judged areas of every pair, in order; a cancelled pair ends where it was and has no areas."""
    opened = [_Open(pair) for pair in pairs]
    embed: Once[Floats] = Once(lambda crops: list(embedder.embed(crops)))
    _compare_wholes(opened, embed)
    going = [one for one in opened if one.goes_on and one.can_differ]
    _propose(going, segmenter)
    _judge([one for one in going if one.goes_on], embed)
    return [
        Areas(one.similarity, one.reasons, tuple(sorted(one.settled, key=lambda found: found.box)), one.rows)
        for one in opened
    ]


def crop(image: RGB, box: Box) -> RGB:
    """The pixels of a box, as a view."""
    return image[box[1] : box[3], box[0] : box[2]]


def _compare_wholes(opened: Sequence[_Open], embed: Once[Floats]) -> None:
    """Cosine of the whole images; under curate it decides whether a pair is segmented at all."""
    embedded, rows = embed([(one.pair.image1, one.pair.image2) for one in opened])
    for one, (whole1, whole2), count in zip(opened, embedded, rows, strict=True):
        one.similarity = cosine(whole1, whole2)
        one.reasons = tuple(pair_reasons(one.similarity, one.pair.policy, one.pair.limits))
        one.rows += count


def _propose(opened: Sequence[_Open], segmenter: Segmenter) -> None:
    """Segments of both images pooled; those that a gate can already judge never reach the embedder."""
    segmented, rows = Once(segmenter.segment)([(one.pair.image1, one.pair.image2) for one in opened])
    for one, (segments1, segments2), count in zip(opened, segmented, rows, strict=True):
        one.rows += count
        for segment in _pooled([*segments1, *segments2]):
            filled = _filled(segment, one.pair.changed)
            reason = _cheap_reason(segment, filled, one.pair)
            if reason is None:
                one.asked.append(segment)
            else:
                one.settled.append(Area(segment.box, segment.mask, None, filled, Judgement(False, (reason,))))


def _pooled(segments: Sequence[Segment]) -> list[Segment]:
    """One segment for each distinct box, in order of place: a box found in both images is one place."""
    masks: dict[Box, Flags] = {}
    for segment in segments:
        known = masks.get(segment.box)
        masks[segment.box] = segment.mask if known is None else known | segment.mask
    return [Segment(box, mask) for box, mask in sorted(masks.items(), key=lambda item: item[0])]


def _filled(segment: Segment, changed: Flags) -> float:
    """Share of the segment's pixels that changed."""
    x1, y1, x2, y2 = segment.box
    return float((changed[y1:y2, x1:x2] & segment.mask).sum() / max(1, int(segment.mask.sum())))


def _cheap_reason(segment: Segment, filled: float, pair: AreaPair) -> Reason | None:
    """Size under curate and lack of changed pixels; overlap has to wait, since the more different box stays."""
    height, width = pair.changed.shape
    share = area(segment.box) / (height * width)
    smallest, least = pair.limits["region.too_small"], pair.limits["region.no_evidence"]
    if pair.policy is Policy.CURATE and share < smallest:
        return Reason(code="region.too_small", value=share, threshold=smallest)
    if filled < least:
        return Reason(code="region.no_evidence", value=filled, threshold=least)
    return None


def _judge(opened: Sequence[_Open], embed: Once[Floats]) -> None:
    """Both crops of every place through the embedder, all pairs together, and the remaining gates."""
    embedded, rows = embed([one.crops() for one in opened])
    for one, vectors, count in zip(opened, embedded, rows, strict=True):
        one.rows += count
        height, width = one.pair.changed.shape
        similarities = [cosine(*vectors[at : at + 2]) for at in range(0, len(vectors), 2)]
        candidates = [
            Candidate(segment.box, min(1.0, 1.0 - alike), area(segment.box) / (height * width), alike, 1.0 - alike)
            for segment, alike in zip(one.asked, similarities, strict=True)
        ]
        judgements = gates.judge(candidates, one.pair.policy, one.pair.limits)
        for segment, found, judgement in zip(one.asked, candidates, judgements, strict=True):
            one.settled.append(Area(segment.box, segment.mask, found.similarity, found.difference, judgement))
