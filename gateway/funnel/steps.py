"""The step of each reason code, and how pairs and regions end."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from functools import cache
from typing import NamedTuple

from imgdiff.funnel import STAGES, Step
from imgdiff.jobs import StageName
from imgdiff.records import Verdict
from imgdiff.rules.thresholds import ACCEPTANCE

ORDER = tuple(Step)
PLACE = {step: number for number, step in enumerate(ORDER)}
ENTRY: dict[StageName, Step] = {stage: step for step, stage in reversed(list(STAGES.items()))}
"""The first step of each stage, where a pair is counted while that stage is unfinished."""

_STEPS = {
    "region.too_small": Step.BOX_SIZE,
    "region.too_similar": Step.CROP_DIFFERENCE,
    "region.overlap": Step.OVERLAP,
    "region.limit": Step.BOX_LIMIT,
    **dict.fromkeys(ACCEPTANCE, Step.EDIT_MATCH),
    "caption.too_similar": Step.CAPTION_DIFFERENCE,
    "caption.no_label": Step.TEXT_CHECK,
    "edit.contradicted": Step.RECORD,
    "pair.swapped": Step.RECORD,
    "question.mismatch": Step.RECORD,
    "question.still_shown": Step.RECORD,
}
_SUBJECTS = {
    "rewrite": Step.EDITING,
    "edit": Step.EDITING,
    "alignment": Step.IMAGE_SIMILARITY,
    "pair": Step.IMAGE_SIMILARITY,
    "region": Step.EVIDENCE,
    "object": Step.OBJECT_MATCH,
    "caption": Step.TEXT_MATCH,
    "text": Step.TEXT_CHECK,
    "record": Step.RECORD,
}
NO_EVIDENCE = "pair.no_evidence"
ON_WHOLE_IMAGES = ("pair.identical", "pair.unrelated", "pair.undetermined", "pair.too_different", "pair.too_similar")


@cache
def step_of(code: str) -> Step:
    """The step of a reason code."""
    return _STEPS.get(code) or _SUBJECTS.get(code.partition(".")[0], Step.RECORD)


class End(Enum):
    """How a pair or a region ends."""

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
    """Dropped by a gate."""
    return Fate(End.DROPPED, PLACE[step_of(code)], code)


@cache
def unknown(step: Step) -> Fate:
    """Not decided by the stored scores from this step on."""
    return Fate(End.UNKNOWN, PLACE[step])


def first(codes: Iterable[str]) -> str | None:
    """The code whose step comes first; within a step the first one listed."""
    return min(codes, key=lambda code: PLACE[step_of(code)], default=None)


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one attempt at a pair ended, with its regions if it was searched for changes.

    `noted` are the codes of gates that fired without dropping anything, for the pair and for its regions; `verdict` is
    that of the record, null where there is none or it is not known.
    """

    pair: Fate
    regions: tuple[Fate, ...] = ()
    noted: tuple[tuple[str, ...], tuple[str, ...]] = ((), ())
    verdict: Verdict | None = None


def settle(pair: Fate, regions: Iterable[Fate], verdict: Verdict | None = None) -> Outcome:
    """The outcome: a pair that ends takes its surviving regions along; one that was never searched has none."""
    if pair.place < PLACE[Step.EVIDENCE]:
        return Outcome(pair, verdict=verdict)
    ended = tuple(pair if fate.end is End.SURVIVED else fate for fate in regions)
    return Outcome(pair, ended, verdict=verdict)


def end_without_regions(regions: Sequence[Fate]) -> Fate:
    """The fate of a pair without a surviving region: unknown if a region is unknown, else that of its last region."""
    unknown_places = [fate.place for fate in regions if fate.end is End.UNKNOWN]
    if unknown_places:
        return Fate(End.UNKNOWN, max(unknown_places))
    places = [fate.place for fate in regions if fate.end is End.DROPPED]
    return Fate(End.DROPPED, max(places, default=PLACE[Step.EVIDENCE]), NO_EVIDENCE)
