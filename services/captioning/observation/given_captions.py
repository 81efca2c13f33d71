"""Given captions: which things only one of the images has, according to the client.

They complement the pixels and never overrule a name that the networks are sure of, since captions leave things out.
"""

from collections import Counter
from dataclasses import dataclass

from imgdiff.records import Change
from services.captioning.limits import LONGEST_GIVEN_CAPTION
from services.english.phrases import find_phrases
from services.english.scenery import is_scenery
from services.english.tokens import split_sentences

_CAME_OR_WENT = frozenset({Change.ADDED, Change.REMOVED})


@dataclass(frozen=True)
class CaptionedThings:
    """Nouns in the singular: `gone` are in image1 alone, `new` in image2 alone.

    `in_one_place` where the images differ at a single one: there must be all of them.
    """

    gone: tuple[str, ...]
    new: tuple[str, ...]
    in_one_place: bool = False

    def refine(
        self, seen: Change, named: tuple[bool, bool], *, one_sided: bool = True, distinct: bool = False
    ) -> Change:
        """The kind of change that pixels and captions support together; `named` are the sides that have a name.

        A filled place still looks like a thing. Where the captions mention nothing new and the networks have no name
        for it, what is gone was removed and not replaced. The same holds the other way round.

        Where they exchange things, a side without a name is no ground. What seems to have come or gone was replaced if
        the sides show `distinct` things; else it is only `changed`, unless the pixels are `one_sided` and the other
        thing may be elsewhere.
        """
        if seen in _CAME_OR_WENT and self.gone and self.new:
            if distinct and (all(named) or not one_sided):
                return Change.REPLACED
            return seen if one_sided and not self.in_one_place else Change.CHANGED
        if seen is not Change.REPLACED:
            return seen
        if self.gone and not self.new and not named[1]:
            return Change.REMOVED
        return Change.ADDED if self.new and not self.gone and not named[0] else seen

    def noun(self, image: int) -> str | None:
        """The one thing that only that image has, 1 or 2; null where there is none or more than one.

        Scenery does not count beside a thing: of a plane in the sky, the plane is what a region shows.
        """
        only = self.gone if image == 1 else self.new
        things = [noun for noun in only if not is_scenery(noun)] or only
        return things[0] if len(things) == 1 else None


def compare_captions(caption1: str | None, caption2: str | None, places: int = 0) -> CaptionedThings | None:
    """The things that only one of two captions names; null where one is missing or there are none."""
    if caption1 is None or caption2 is None:
        return None
    first, second = _things(caption1), _things(caption2)
    gone, new = first - second, second - first
    if not gone and not new:
        return None
    return CaptionedThings(tuple(gone.elements()), tuple(new.elements()), in_one_place=places == 1)


def _things(caption: str) -> Counter[str]:
    text = caption[:LONGEST_GIVEN_CAPTION]
    found: Counter[str] = Counter()
    for tokens in split_sentences(text):
        for phrase in find_phrases(text, tokens):
            found[phrase.noun] += phrase.count.number if phrase.count is not None and phrase.count.exact else 1
    return found
