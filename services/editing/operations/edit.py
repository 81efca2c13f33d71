"""An attempt of an edit, and what it gives: an edited photo or a reason."""

import random
from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass

from imgdiff.images import RGB
from imgdiff.records import Reason
from services.imaging.arrays import Flags

EXHAUSTED = Reason(code="edit.exhausted")
"""There is no further place or choice."""
NO_TARGET = Reason(code="edit.target_not_found")
NO_SOURCE = Reason(code="edit.donor_not_found")
NO_PLACE = Reason(code="edit.no_place")
NOT_FINITE = Reason(code="edit.not_finite")
_ABOUT_THE_OBJECT = {
    "edit.too_small",
    "edit.too_large",
    "edit.joined",
    "edit.no_outline",
    "edit.unsure_outline",
    "edit.not_recognised",
    "edit.holds_another",
    "edit.held",
    "edit.cut_off",
    NO_PLACE.code,
    NO_SOURCE.code,
}


class Refused(Exception):
    """An attempt gives no edit, for a reason."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason.code)
        self.reason = reason


def refuse(reason: Reason | None) -> None:
    """Raise Refused if there is a reason."""
    if reason is not None:
        raise Refused(reason)


@dataclass(frozen=True)
class EditedPhoto:
    """A photo after a confirmed edit, and the nouns for what was and what is now there.

    `score_before` and `score_after` are the detection scores of both in the edited photo, 0..1; null where they were
    not looked for. `mask` flags the pixels that may have changed; null where that is what did change. `also` are the
    nouns of what the object holds or carries: it went or came with it. `source` is the number of the donor whose object
    was pasted.
    """

    image: RGB
    before: str | None
    after: str | None
    score_before: float | None = None
    score_after: float | None = None
    mask: Flags | None = None
    also: tuple[str, ...] = ()
    source: int | None = None


@dataclass(frozen=True)
class Attempt:
    """One way of making an edit; the larger `weight`, the earlier it is likely to be drawn.

    A `variant` edits the same object as another attempt, which reports the reasons that concern the object. `target` is
    the object that is edited or added, `choice` what is made of it. Attempts that have both in common give edits that
    look alike, so only one of them becomes a pair.
    """

    edit: Callable[[], EditedPhoto]
    weight: float = 1.0
    variant: bool = False
    target: Hashable = None
    choice: Hashable = None

    def make(self) -> EditedPhoto | Reason:
        """The edited photo, or why there is none."""
        try:
            return self.edit()
        except Refused as refused:
            return EXHAUSTED if self.variant and refused.reason.code in _ABOUT_THE_OBJECT else refused.reason


def shuffle_attempts(attempts: Sequence[Attempt], seed: int) -> list[Attempt]:
    """Attempts in an order drawn by their weights with the seed (Efraimidis and Spirakis, 2006)."""
    drawing = random.Random(seed)  # noqa: S311  a choice, no secret
    return sorted(attempts, key=lambda attempt: drawing.expovariate(attempt.weight))


def deal_attempts(attempts: Sequence[Attempt], index: int, count: int) -> list[Attempt]:
    """The attempts of one of `count` pairs, in order: no other pair has one that looks alike.

    Every target has its turn before one of them has its second, with other choices as far as there are some.
    """
    alike: defaultdict[Hashable, dict[Hashable, list[Attempt]]] = defaultdict(dict)
    for attempt in attempts:
        alike[attempt.target].setdefault(attempt.choice, []).append(attempt)
    taken: Counter[Hashable] = Counter()
    groups: list[list[Attempt]] = []
    while alike:
        for target, choices in list(alike.items()):
            choice = min(choices, key=lambda one: taken[one])
            taken[choice] += 1
            groups.append(choices.pop(choice))
            if not choices:
                del alike[target]
    return [attempt for group in groups[index::count] for attempt in group]
