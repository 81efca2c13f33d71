"""What a try of an edit gives."""

from collections.abc import Callable
from dataclasses import dataclass

from imgdiff.images import RGB
from imgdiff.records import Reason

EXHAUSTED = Reason(code="edit.exhausted")
"""There is no (further) place or choice for this try."""

CUT_OFF = Reason(code="edit.cut_off")
NO_PLACE = Reason(code="edit.no_place")


@dataclass(frozen=True)
class Edited:
    """The photo after an edit that was confirmed, and what was and is now there, as nouns."""

    image: RGB
    before: str | None
    after: str | None


@dataclass(frozen=True)
class Try:
    """Makes the edit when called, or says why not; the larger `weight`, the earlier it is likely to be drawn."""

    make: Callable[[], Edited | Reason]
    weight: float = 1.0
