"""Judges a record against what is true of its pair."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from benchmarks.captions.scores import is_right
from benchmarks.kinds.truth import KnownChange, MadePair
from benchmarks.regions.matching import IOU
from imgdiff.boxes import iou
from imgdiff.records import Box, Record, Region, Verdict
from imgdiff.whole_pair import PairChangeKind

_ALWAYS = frozenset({PairChangeKind.RECOMPRESSED, PairChangeKind.NOISE, PairChangeKind.SCALED})  # may be stated


@dataclass(frozen=True)
class Judgement:
    """What of one record is right.

    `nouns` has one entry for each noun that was said (right or not) and null for each one that was not; `kinds` one for
    each change that was found; `texts` one for each known text. `verdict` is null where the record is undetermined and
    that is no right answer. `confidences` are those of kept regions, with whether the region is true.
    """

    pair: MadePair
    record: Record
    found: int
    kinds: tuple[bool, ...]
    nouns: tuple[bool | None, ...]
    texts: tuple[bool, ...]
    whole: bool
    verdict: bool | None
    confidences: tuple[tuple[float, bool], ...]

    @property
    def kept(self) -> list[Region]:
        """The regions that were reported."""
        return _kept(self.record)

    @property
    def counts_regions(self) -> bool:
        """Whether the truth has places in which alone there are differences."""
        return not self.pair.everywhere

    @property
    def alarmed(self) -> bool:
        """Whether something was boxed where nothing changed."""
        return not self.pair.changes and self.counts_regions and bool(self.kept)

    @property
    def badness(self) -> float:
        """Rank on the sheet: a wrong verdict counts 3, a wrong noun 2, anything else 1; being silent is no fault."""
        wrong = [*self.kinds, *self.texts, self.whole]
        missed = 0 if self.pair.everywhere else len(self.pair.changes) - self.found
        false = 0 if self.pair.everywhere else len(self.kept) - self.found
        nouns = sum(one is False for one in self.nouns)
        return 3.0 * (self.verdict is False) + 2.0 * nouns + sum(not one for one in wrong) + min(3, missed + false)


@dataclass
class _Matches:
    """Indices of regions by index of change; a moved thing may have two regions."""

    regions: dict[int, int] = field(default_factory=dict)
    used: set[int] = field(default_factory=set)


def judge(pair: MadePair, record: Record) -> Judgement:
    """Match the kept regions with the known changes and compare what is said of each."""
    kept = _kept(record)
    matches = _match(pair.changes, kept)
    pairs = [(pair.changes[at], kept[region]) for at, region in matches.regions.items()]
    texts = [at for at, known in enumerate(pair.changes) if known.text1 or known.text2]
    stated = {change.kind for change in record.pair_changes}
    allowed = pair.pair_changes | pair.may_state | _ALWAYS
    unjudged = () if pair.everywhere else tuple(enumerate(kept))
    return Judgement(
        pair=pair,
        record=record,
        found=len(matches.regions),
        kinds=tuple(region.change in known.changes for known, region in pairs),
        nouns=tuple(_nouns(pair, kept, matches)),
        texts=tuple(at in matches.regions and _same_text(pair.changes[at], kept[matches.regions[at]]) for at in texts),
        whole=pair.pair_changes <= stated <= allowed,
        verdict=_verdict(pair, record.verdict),
        confidences=tuple((one.confidence, at in matches.used) for at, one in unjudged if one.confidence is not None),
    )


def _kept(record: Record) -> list[Region]:
    return [region for region in record.regions if region.kept]


def _verdict(pair: MadePair, verdict: Verdict) -> bool | None:
    if verdict in pair.verdicts:
        return True
    return None if verdict is Verdict.UNDETERMINED else False


def _match(changes: tuple[KnownChange, ...], kept: list[Region]) -> _Matches:
    """Greedily by IoU, each region once; then the other place of what moved."""
    matches = _Matches()
    ranked = [(_overlap(known, one), i, j) for i, known in enumerate(changes) for j, one in enumerate(kept)]
    for value, i, j in sorted(ranked, reverse=True):
        if value >= IOU and i not in matches.regions and j not in matches.used:
            matches.regions[i] = j
            matches.used.add(j)
    for known in changes:
        for j, one in enumerate(kept):
            if j not in matches.used and _overlap(known, one) >= IOU and known.also_at is not None:
                matches.used.add(j)
    return matches


def _overlap(known: KnownChange, region: Region) -> float:
    pairs: list[tuple[Box | None, Box | None]] = [
        (known.box, region.box),
        (known.also_at, region.box),
        (known.roughly, region.box),
    ]
    if known.box is None:
        pairs = [(known.box2, region.box2)]
    return max((iou(one, other) for one, other in pairs if one is not None and other is not None), default=0.0)


def _nouns(pair: MadePair, kept: list[Region], matches: _Matches) -> Iterable[bool | None]:
    """On matched regions against their own side; elsewhere every noun is wrong, as is every one on a drawing."""
    known_of = {region: pair.changes[at] for at, region in matches.regions.items()}
    for at, region in enumerate(kept):
        known = known_of.get(at)
        nouns = (None, None) if known is None else (known.noun1, known.noun2)
        sides = zip(nouns, (region.label1, region.label2), strict=True)
        for true, label in sides:
            if label is not None:
                yield true is not None and is_right(true, label, "vehicle" if true == "car" else None)
            elif true is not None:
                yield None


def _same_text(known: KnownChange, region: Region) -> bool:
    both = ((known.text1, region.text1), (known.text2, region.text2))
    return all((true or "").replace(" ", "") == (read or "").replace(" ", "") for true, read in both)
