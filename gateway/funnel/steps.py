"""Which gate a reason code belongs to, and what can become of a pair or a region."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from functools import cache
from typing import NamedTuple

from imgdiff.funnel import Step
from imgdiff.jobs import StageName

ORDER = tuple(Step)
PLACE = {step: number for number, step in enumerate(ORDER)}
ENTRY = {
    StageName.EDITING: Step.EDITING,
    StageName.DETECTION: Step.IMAGE_SIMILARITY,
    StageName.CAPTIONING: Step.TEXT_MATCH,
}
"""Where a pair stands while a stage of it is open."""

_STEPS = {
    "region.too_small": Step.BOX_SIZE,
    "region.too_similar": Step.CROP_DIFFERENCE,
    "region.overlap": Step.OVERLAP,
    "region.limit": Step.BOX_LIMIT,
    "edit.not_found": Step.EDIT_MATCH,
    "edit.elsewhere": Step.EDIT_MATCH,
    "edit.outside_changed": Step.EDIT_MATCH,
    "edit.outside_perceptual": Step.EDIT_MATCH,
    "caption.too_similar": Step.CAPTION_DIFFERENCE,
    "caption.no_label": Step.TEXT_CHECK,
    "edit.contradicted": Step.RECORD,
}
_ROOMS = {
    "rewrite": Step.EDITING,
    "edit": Step.EDITING,
    "alignment": Step.IMAGE_SIMILARITY,
    "pair": Step.IMAGE_SIMILARITY,
    "region": Step.EVIDENCE,
    "object": Step.OBJECT_MATCH,
    "caption": Step.TEXT_MATCH,
    "text": Step.TEXT_CHECK,
}
NO_EVIDENCE = "pair.no_evidence"
ON_WHOLE_IMAGES = ("pair.identical", "pair.unrelated", "pair.too_different", "pair.too_similar")


@cache
def step_of(code: str) -> Step:
    """The step of a reason code."""
    return _STEPS.get(code) or _ROOMS.get(code.partition(".")[0], Step.RECORD)


class End(Enum):
    """What became of a pair or a region."""

    SURVIVED = auto()
    DROPPED = auto()
    OPEN = auto()
    FAILED = auto()
    CANCELLED = auto()
    UNKNOWN = auto()


class Fate(NamedTuple):
    """An end, the place of its step in `ORDER`, and the reason code if it was dropped."""

    end: End
    place: int
    code: str = ""


SURVIVED = Fate(End.SURVIVED, len(ORDER))


@cache
def dropped(code: str) -> Fate:
    """Ended by a gate."""
    return Fate(End.DROPPED, PLACE[step_of(code)], code)


@cache
def unknown(step: Step) -> Fate:
    """What the stored scores cannot tell from this step on."""
    return Fate(End.UNKNOWN, PLACE[step])


def first(codes: Iterable[str]) -> str | None:
    """The code whose step comes first; of one step the one that was told first."""
    return min(codes, key=lambda code: PLACE[step_of(code)], default=None)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one try of a pair, and of its regions if it got as far as being searched.

    `noted` are the codes of gates that spoke without ending anything, of the pair and of its regions.
    """

    pair: Fate
    regions: tuple[Fate, ...] = ()
    noted: tuple[tuple[str, ...], tuple[str, ...]] = ((), ())


def settled(pair: Fate, regions: Iterable[Fate]) -> Outcome:
    """A pair that ends takes its surviving regions along; one that was never searched has none."""
    if pair.place < PLACE[Step.EVIDENCE]:
        return Outcome(pair)
    return Outcome(pair, tuple(pair if one.end is End.SURVIVED else one for one in regions))


def without_regions(regions: Sequence[Fate]) -> Fate:
    """The fate of a pair none of whose regions is known to survive: unknown if any is, else it ends with the last."""
    doubtful = [one.place for one in regions if one.end is End.UNKNOWN]
    if doubtful:
        return Fate(End.UNKNOWN, max(doubtful))
    places = [one.place for one in regions if one.end is End.DROPPED]
    return Fate(End.DROPPED, max(places, default=PLACE[Step.EVIDENCE]), NO_EVIDENCE)
