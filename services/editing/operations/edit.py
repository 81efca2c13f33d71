"""What a try of an edit gives."""

from collections.abc import Callable
from dataclasses import dataclass

from imgdiff.images import RGB
from imgdiff.records import Reason
from services.imaging.arrays import Flags

EXHAUSTED = Reason(code="edit.exhausted")
"""There is no (further) place or choice for this try."""
CUT_OFF = Reason(code="edit.cut_off")
NO_PLACE = Reason(code="edit.no_place")
NO_DONOR = Reason(code="edit.donor_not_found")
_OF_THE_OBJECT = {
    "edit.too_small", "edit.too_large", "edit.joined", "edit.no_outline", "edit.unsure_outline", "edit.not_recognised",
    CUT_OFF.code, NO_PLACE.code, NO_DONOR.code,
}  # fmt: skip


class Refused(Exception):
    """A try makes no edit, for a reason."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason.code)
        self.reason = reason


def refuse(reason: Reason | None) -> None:
    """Raises Refused when there is a reason."""
    if reason is not None:
        raise Refused(reason)


@dataclass(frozen=True)
class Edited:
    """The photo after an edit that was confirmed, and what was and is now there, as nouns.

    `remains` and `shows` are the scores, 0..1, with which both are seen there; null where nothing was looked for.
    `place` is what was allowed to change; null where that is what did.
    """

    image: RGB
    before: str | None
    after: str | None
    remains: float | None = None
    shows: float | None = None
    place: Flags | None = None


@dataclass(frozen=True)
class Try:
    """An edit that may be refused; the larger `weight`, the earlier it is likely to be drawn.

    `again`: the same reasons as another try's would be told, so that they are not.
    """

    edit: Callable[[], Edited]
    weight: float = 1.0
    again: bool = False

    def make(self) -> Edited | Reason:
        """The edit, or why there is none."""
        try:
            return self.edit()
        except Refused as refused:
            return EXHAUSTED if self.again and refused.reason.code in _OF_THE_OBJECT else refused.reason
