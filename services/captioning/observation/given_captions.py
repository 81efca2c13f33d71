"""What the given captions tell of a change: the things that one image has and the other has not.

They are evidence beside the pixels' and never stand against a name that the networks are sure of: captions leave out.
"""

from collections import Counter
from dataclasses import dataclass

from imgdiff.records import Change
from services.english.phrases import phrases
from services.english.tokens import sentences

_LONGEST = 2000  # characters that are read of a caption


@dataclass(frozen=True)
class Given:
    """Nouns in the singular: `gone` are of image1 alone, `new` of image2 alone."""

    gone: tuple[str, ...]
    new: tuple[str, ...]

    def change(self, seen: Change, named: tuple[bool, bool]) -> Change:
        """The kind of change that the pixels and the captions support together.

        A place that was filled after something went still looks like a thing: where the captions know of nothing new
        and the networks of no name for it, nothing replaced what is gone. The same the other way round.
        """
        if seen is not Change.REPLACED:
            return seen
        if self.gone and not self.new and not named[1]:
            return Change.REMOVED
        return Change.ADDED if self.new and not self.gone and not named[0] else seen

    def noun(self, image: int) -> str | None:
        """The one thing that only that image has, 1 or 2; null where there is none or more than one."""
        only = self.gone if image == 1 else self.new
        return only[0] if len(only) == 1 else None


def given(caption1: str | None, caption2: str | None) -> Given | None:
    """What two captions tell; null where one is missing or both name the same things."""
    if caption1 is None or caption2 is None:
        return None
    first, second = _things(caption1), _things(caption2)
    gone, new = first - second, second - first
    return Given(tuple(gone.elements()), tuple(new.elements())) if gone or new else None


def _things(caption: str) -> Counter[str]:
    text = caption[:_LONGEST]
    found: Counter[str] = Counter()
    for tokens in sentences(text):
        for phrase in phrases(text, tokens):
            found[phrase.noun] += phrase.count.number if phrase.count is not None and phrase.count.exact else 1
    return found
