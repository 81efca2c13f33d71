"""The Difference Area Generator (paper, sections 3.3 and 15.3) over any segmenter and any embedder.

Objects of both images are proposed, each place is cropped from both, and the crops must look different. All pairs
share the networks' batches; gates act as soon as they can, the cheapest first. Nothing is drawn at random.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from imgdiff.boxes import area
from imgdiff.images import RGB
from imgdiff.records import Box, Policy, Reason
from imgdiff.rules import detection as rules
from imgdiff.rules.decision import Decision
from imgdiff.rules.detection import RegionScores
from imgdiff.rules.thresholds import Thresholds
from services.detection.area_generator.segmentation import Segment, Segmenter
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
    """One proposal, decided: the mask of its box, its scores and what the gates made of them.

    Boxes are in image1's pixels on the compared grid. Where a gate dropped the area before its crops were embedded,
    `similarity` is null and `difference` the share of changed pixels; else `difference` is one minus the cosine.
    """

    mask: Flags
    scores: RegionScores
    decision: Decision

    @property
    def box(self) -> Box:
        return self.scores.box

    @property
    def similarity(self) -> float | None:
        return self.scores.similarity

    @property
    def difference(self) -> float:
        return self.scores.difference


@dataclass(frozen=True)
class Areas:
    """What was found in one pair, in order of place; no areas where `reasons` reject the pair as a whole.

    `changed` is whether any pixel changed.
    """

    similarity: float
    changed: bool
    reasons: tuple[Reason, ...]
    areas: tuple[Area, ...]
    rows: int
    """Rows that this pair was the first of its batch to send through a network: images segmented, pictures embedded."""


@dataclass
class _Open:
    """A pair on its way through the stages; `waiting` are the segments whose crops are to be embedded."""

    pair: AreaPair
    thresholds: Thresholds
    similarity: float = 0.0
    whole: Decision = field(default_factory=Decision)
    rows: int = 0
    settled: list[Area] = field(default_factory=list)
    waiting: list[tuple[Flags, RegionScores]] = field(default_factory=list)

    @property
    def goes_on(self) -> bool:
        return not self.whole.drops and not self.pair.cancelled()

    @property
    def changed(self) -> bool:
        return bool(self.pair.changed.any())

    def crops(self) -> list[RGB]:
        """Every place from both images, image1's first, whichever image it was found in."""
        images = (self.pair.image1, self.pair.image2)
        return [crop(image, scores.box) for _, scores in self.waiting for image in images]


def generate(pairs: Sequence[AreaPair], segmenter: Segmenter, embedder: Embedder) -> list[Areas]:
    """The judged areas of every pair, in order; a cancelled pair ends where it was and has no areas."""
    opened = [_Open(pair, Thresholds(pair.limits)) for pair in pairs]
    embed: Once[Floats] = Once(lambda crops: list(embedder.embed(crops)))
    _compare_wholes(opened, embed)
    going = [one for one in opened if one.goes_on and rules.is_searched(one.whole, one.changed, one.thresholds)]
    _propose(going, segmenter)
    _compare_crops([one for one in going if one.goes_on], embed)
    return [
        Areas(
            one.similarity,
            one.changed,
            tuple(one.whole.reasons),
            tuple(sorted(one.settled, key=lambda found: found.box)),
            one.rows,
        )
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
        one.whole = rules.decide_pair(one.similarity, one.pair.policy, one.thresholds)
        one.rows += count


def _propose(opened: Sequence[_Open], segmenter: Segmenter) -> None:
    """Segments of both images pooled; those that a gate already drops never reach the embedder."""
    segmented, rows = Once(segmenter.segment)([(one.pair.image1, one.pair.image2) for one in opened])
    for one, (segments1, segments2), count in zip(opened, segmented, rows, strict=True):
        one.rows += count
        height, width = one.pair.changed.shape
        for number, segment in enumerate(_pooled([*segments1, *segments2])):
            changed, share = _changed_share(segment, one.pair.changed), area(segment.box) / (height * width)
            scores = RegionScores(number=number, box=segment.box, share=share, evidence=changed, difference=changed)
            decision = rules.decide_area(scores, one.pair.policy, one.thresholds)
            if decision.drops:
                one.settled.append(Area(segment.mask, scores, decision))
            else:
                one.waiting.append((segment.mask, scores))


def _pooled(segments: Sequence[Segment]) -> list[Segment]:
    """One segment for each distinct box, in order of place: a box found in both images is one place."""
    masks: dict[Box, Flags] = {}
    for segment in segments:
        known = masks.get(segment.box)
        masks[segment.box] = segment.mask if known is None else known | segment.mask
    return [Segment(box, mask) for box, mask in sorted(masks.items(), key=lambda item: item[0])]


def _changed_share(segment: Segment, changed: Flags) -> float:
    """Share of the segment's pixels that changed."""
    x1, y1, x2, y2 = segment.box
    return float((changed[y1:y2, x1:x2] & segment.mask).sum() / max(1, int(segment.mask.sum())))


def _compare_crops(opened: Sequence[_Open], embed: Once[Floats]) -> None:
    """Both crops of every place through the embedder, all pairs together, and the remaining gates."""
    embedded, rows = embed([one.crops() for one in opened])
    for one, vectors, count in zip(opened, embedded, rows, strict=True):
        one.rows += count
        measured = []
        for at, (_, scores) in enumerate(one.waiting):
            alike = cosine(*vectors[2 * at : 2 * at + 2])
            update = {"similarity": alike, "difference": min(1.0, 1.0 - alike)}
            measured.append(scores.model_copy(update=update))
        decisions = rules.decide_areas(measured, one.pair.policy, one.thresholds)
        for (mask, _), scores, decision in zip(one.waiting, measured, decisions, strict=True):
            one.settled.append(Area(mask, scores, decision))
