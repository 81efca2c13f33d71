"""The kind of a change and the nouns for it, where phrases say what both images show."""

import re

from imgdiff.images import RGB
from imgdiff.records import Change
from imgdiff.stages import DetectedRegion
from services.captioning.findings import change_of
from services.embedded.lexicon import lexicon
from services.embedded.masks import decoded
from services.embedded.places import place_of, recoloured, thing_over_ground

_GROUND = 0.7  # log ratio at which what one image shows is the ground of the other's thing, as on the embedded path
_LONGEST_NOUN = 3  # words
_OF = re.compile(
    r"^.*?\b(?:pair|piece|part|group|bunch|stack|pile|slice|row|set|couple|kind|type|view|close-?up|picture|photo|"
    r"image|section|portion)s? of\b\s*"
)
_ENDS = re.compile(
    r"[,;:(]|\b(?:with|without|on|in|of|at|by|from|under|over|behind|beside|near|next|against|and|or|to|that|which|"
    r"who|is|are|for|inside|above|below|between)\b"
)


def kind_of(images: tuple[RGB, RGB], region: DetectedRegion, label1: str | None, label2: str | None) -> Change:
    """From detection's links and the pixels, then the nouns; both images are in image1's frame.

    A model names both sides, the ground too: where the pixels are sure which side is ground, its noun decides nothing.
    """
    if region.moved_to is not None or region.moved_from is not None:
        return Change.MOVED
    x1, y1, x2, y2 = region.box
    changed = None if region.mask is None else decoded(region.mask)[y1:y2, x1:x2]
    place = place_of(*images, region.box, changed)
    if recoloured(place):
        return Change.RECOLOURED
    lean = thing_over_ground(place)
    return change_of(None if lean < -_GROUND else label1, None if lean > _GROUND else label2, lean)


def head_noun(phrase: str | None) -> str | None:
    """The noun that a phrase is about, in the singular: `cup` of `a red cup on a table`; null when none is known."""
    if phrase is None:
        return None
    text = _OF.sub("", phrase.lower())
    words = re.findall(r"[\w'-]+", _ENDS.split(text)[0])
    for end in range(len(words), 0, -1):
        for start in range(max(0, end - _LONGEST_NOUN), end):
            noun = lexicon().noun(" ".join(words[start:end]))
            if noun is not None and not (noun.doubtful and (end < len(words) or len(words) == 1)):
                return noun.lemma
    return None
