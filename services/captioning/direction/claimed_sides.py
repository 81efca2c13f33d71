"""Claimed sides: what captions or an instruction claim of one image alone."""

from dataclasses import dataclass

from imgdiff.evidence import ImageNumber


@dataclass(frozen=True)
class ClaimedThing:
    """A thing, by its lemma, that only `image` is said to show.

    `anywhere` where the other one is said to show none at all, as captions do; else something of its kind may stay.
    """

    noun: str
    image: ImageNumber
    anywhere: bool = False


@dataclass(frozen=True)
class ClaimedSides:
    """Things of one image, and colours that turned into one another: words in lower case, that of image1 first."""

    things: tuple[ClaimedThing, ...] = ()
    colours: tuple[tuple[str, str], ...] = ()

    def __bool__(self) -> bool:
        return bool(self.things or self.colours)
