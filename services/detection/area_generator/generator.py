"""The Difference Area Generator (paper, sections 3.3 and 15.3) over any segmenter and any embedder.

Objects of both images are proposed, each place is cropped from both, the crops must look different, and one of them
must show an exchanged noun. All pairs share the networks' batches; gates act as soon as they can, the cheapest first:
every gate on one place must pass, so their order changes no fate. Nothing is random.
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
from services.detection.area_generator.segmentation import PromptedSegmenter, Segment, Segmenter
from services.detection.decisions.object_filter import Places, match_objects
from services.detection.feature_extractor import Embedder
from services.detection.memo import Memo
from services.english.exchange import NO_NOUNS, ExchangedNouns
from services.imaging.arrays import Flags, Floats
from services.imaging.boxes import crop, window
from services.imaging.vectors import cosine
from services.matching.object_matcher import ObjectMatcher


@dataclass(frozen=True)
class AreaPair:
    """A pair on image1's grid, both height x width x 3 RGB, with the pixels that changed more than noise explains.

    `limits` are thresholds by reason code; `nouns` are those that the captions exchange, which one of a place's crops
    must match; `cancelled` is checked between stages.
    """

    image1: RGB
    image2: RGB
    changed: Flags
    policy: Policy
    limits: dict[str, float]
    cancelled: Callable[[], bool] = lambda: False
    nouns: ExchangedNouns = NO_NOUNS


@dataclass(frozen=True)
class Area:
    """One proposal, decided: the mask of its box, its scores and what the gates made of them.

    The box is in pixels of the compared grid. Where a gate dropped the area before its crops were embedded, the
    similarity is null and the difference the share of changed pixels; else the difference is one minus the cosine.
    """

    mask: Flags
    scores: RegionScores
    decision: Decision


@dataclass(frozen=True)
class Areas:
    """The areas of one pair, in order of place; none where `reasons` reject the pair as a whole.

    `changed` is whether any pixel changed. `rows` counts the images that this pair was the first of its batch to send
    through a network.
    """

    similarity: float
    changed: bool
    reasons: tuple[Reason, ...]
    areas: tuple[Area, ...]
    rows: int


@dataclass
class _Progress:
    """A pair on its way through the stages; `waiting` are the segments whose crops are to be embedded."""

    pair: AreaPair
    thresholds: Thresholds
    similarity: float = 0.0
    whole: Decision = field(default_factory=Decision)
    rows: int = 0
    decided: list[Area] = field(default_factory=list)
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
        return [crop(image, scores.place) for _, scores in self.waiting for image in images]

    def decide(self, scores: Sequence[RegionScores]) -> list[Decision]:
        """What all gates together make of the places."""
        return rules.decide_areas(scores, self.pair.policy, self.thresholds)

    def places(self) -> Places:
        """The places that wait, to be matched with the pair's nouns."""
        pair, scores = self.pair, [scores for _, scores in self.waiting]
        boxes = [one.place for one in scores]
        images = pair.image1, pair.image2
        return Places(images, pair.nouns, boxes, scores, self.thresholds, self.decide, pair.cancelled)

    def settle(self, scores: Sequence[RegionScores], rows: int) -> None:
        """Decide the places that waited, now that everything is measured."""
        self.rows += rows
        for (mask, _), one, decision in zip(self.waiting, scores, self.decide(scores), strict=True):
            self.decided.append(Area(mask, one, decision))

    def result(self) -> Areas:
        ordered = tuple(sorted(self.decided, key=lambda area_: area_.scores.place))
        return Areas(self.similarity, self.changed, tuple(self.whole.reasons), ordered, self.rows)


def generate(
    pairs: Sequence[AreaPair],
    segmenter: Segmenter | PromptedSegmenter,
    embedder: Embedder,
    matcher: ObjectMatcher | None = None,
) -> list[Areas]:
    """The decided areas of every pair, in order; a cancelled pair stops where it is and has no areas.

    Without a matcher no pair may have nouns.
    """
    batch = [_Progress(pair, Thresholds(pair.limits)) for pair in pairs]
    embed: Memo[Floats] = Memo(lambda crops: list(embedder.embed(crops)))
    _compare_wholes(batch, embed)
    searched = [
        progress
        for progress in batch
        if progress.goes_on and rules.is_searched(progress.whole, progress.changed, progress.thresholds)
    ]
    if isinstance(segmenter, PromptedSegmenter):
        _propose_named(searched, segmenter)
    else:
        _propose(searched, segmenter)
    compared = [progress for progress in searched if progress.goes_on]
    _compare_crops(compared, embed)
    matched = [progress.places() for progress in compared]
    match_objects(matched, matcher)
    for progress, places in zip(compared, matched, strict=True):
        progress.settle(places.scores, places.rows)
    return [progress.result() for progress in batch]


def _compare_wholes(batch: Sequence[_Progress], embed: Memo[Floats]) -> None:
    """Measure the cosine of the whole images; under curate it decides whether a pair is segmented at all."""
    embedded, rows = embed([(progress.pair.image1, progress.pair.image2) for progress in batch])
    for progress, (whole1, whole2), count in zip(batch, embedded, rows, strict=True):
        progress.similarity = cosine(whole1, whole2)
        progress.whole = rules.decide_pair(progress.similarity, progress.pair.policy, progress.thresholds)
        progress.rows += count


def _propose(batch: Sequence[_Progress], segmenter: Segmenter) -> None:
    """Propose whatever could be an object in either image."""
    segmented, rows = Memo(segmenter.segment)([(progress.pair.image1, progress.pair.image2) for progress in batch])
    for progress, (segments1, segments2), count in zip(batch, segmented, rows, strict=True):
        progress.rows += count
        _decide_proposals(progress, [*segments1, *segments2])


def _propose_named(batch: Sequence[_Progress], segmenter: PromptedSegmenter) -> None:
    """Propose what an exchanged noun names, each noun in both images: what came may be seen where the other was."""
    named = [progress for progress in batch if progress.pair.nouns]
    images = [image for progress in named for image in (progress.pair.image1, progress.pair.image2)]
    nouns = [(*one.pair.nouns.gone, *one.pair.nouns.new) for one in named for _ in range(2)]
    segments = iter(segmenter.segment_nouns(images, nouns))
    for progress in named:
        progress.rows += 2
        _decide_proposals(progress, [*next(segments), *next(segments)])
    rest = [progress for progress in batch if not progress.pair.nouns]
    if segmenter.otherwise is not None:
        _propose(rest, segmenter.otherwise)
        return
    for progress in rest:
        progress.whole.reasons.append(Reason(code="pair.no_nouns"))


def _decide_proposals(progress: _Progress, segments: Sequence[Segment]) -> None:
    """Pool the segments of both images; those that a gate already drops never reach the embedder."""
    for number, segment in enumerate(_pool(segments)):
        changed = _share_changed(segment, progress.pair.changed)
        share = area(segment.box) / progress.pair.changed.size
        scores = RegionScores(number=number, box=segment.box, share=share, evidence=changed, difference=changed)
        decision = rules.decide_area(scores, progress.pair.policy, progress.thresholds)
        if decision.drops:
            progress.decided.append(Area(segment.mask, scores, decision))
        else:
            progress.waiting.append((segment.mask, scores))


def _pool(segments: Sequence[Segment]) -> list[Segment]:
    """One segment for each distinct box, in order of place: a box found in both images is one place."""
    masks: dict[Box, Flags] = {}
    for segment in segments:
        known = masks.get(segment.box)
        masks[segment.box] = segment.mask if known is None else known | segment.mask
    return [Segment(box, mask) for box, mask in sorted(masks.items(), key=lambda item: item[0])]


def _share_changed(segment: Segment, changed: Flags) -> float:
    """Share of the segment's pixels that changed."""
    return float((changed[window(segment.box)] & segment.mask).sum() / max(1, int(segment.mask.sum())))


def _compare_crops(batch: Sequence[_Progress], embed: Memo[Floats]) -> None:
    """Embed both crops of every place, all pairs together, and measure how similar they are."""
    embedded, rows = embed([progress.crops() for progress in batch])
    for progress, vectors, count in zip(batch, embedded, rows, strict=True):
        progress.rows += count
        for at, (mask, scores) in enumerate(progress.waiting):
            similarity = cosine(*vectors[2 * at : 2 * at + 2])
            update = {"similarity": similarity, "difference": min(1.0, 1.0 - similarity)}
            progress.waiting[at] = mask, scores.model_copy(update=update)
