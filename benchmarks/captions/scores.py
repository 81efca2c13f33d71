"""What a caption says of a region, judged by what is true of it."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import sqrt

from benchmarks.captions.pairs import Truth
from benchmarks.coco_photos import Instance
from imgdiff.evidence import Outcome
from imgdiff.records import Change
from imgdiff.stages import CaptionedRegion
from services.english.colours import BASIC
from services.english.lexicon import lexicon

_LONGEST = 3  # words of a compound noun
_NO_THINGS = frozenset({
    *BASIC, "gold", "top", "bottom", "left", "right", "centre", "center", "middle", "side", "corner", "edge", "front",
    "back", "area", "place", "places", "image", "images", "picture", "photo", "scene", "colour", "color", "background",
    "object", "objects", "has", "have", "in", "at", "a", "an", "one", "two", "three", "four", "five", "six", "been",
})  # fmt: skip
_OPPOSITE = {Change.ADDED: Change.REMOVED, Change.REMOVED: Change.ADDED}


@dataclass(frozen=True)
class Judged:
    """One true region. `named`: for every true noun whether it was said right, null where none was said.

    `direction` is null where no direction was said; `nouns` are all that were said, with whether they are true.
    `narrower`: labels that are not right because they say more than the truth does, as `airliner` of an airplane; they
    may be true. `kind_given`: the request told the kind, so that it proves nothing. `again`: the other place of a thing
    that moved, which has the same one name; counting it twice would make the interval too narrow.
    """

    kind: str
    found: bool
    true: Change | None
    said: Change | None
    named: tuple[bool | None, ...]
    nouns: tuple[tuple[str, bool], ...]
    colours: tuple[bool, ...]
    direction: bool | None
    words: int | None
    outcome: Outcome | None
    narrower: tuple[str, ...] = ()
    kind_given: bool = False
    again: bool = False

    @property
    def change_right(self) -> bool:
        """The kind of change, or nothing where nothing happened."""
        return self.said == self.true and (self.found or self.true is None)

    @property
    def wholly_right(self) -> bool:
        """Kind and every noun right, and nothing invented."""
        return self.change_right and all(self.named) and all(right for _, right in self.nouns)

    @property
    def badness(self) -> float:
        """For the sheet: turned round 3, an invented or wrong noun 2, another kind or no noun 1."""
        reversed_, invented = self.direction is False, sum(not right for _, right in self.nouns)
        return 3.0 * reversed_ + 2.0 * invented + (not self.change_right) + sum(one is None for one in self.named)


def judged(
    kind: str, truth: Truth, answer: CaptionedRegion | None, around: Sequence[Instance], *, given: bool = False
) -> Judged:
    """One region; null where detection found none. What a gate or the check dropped says nothing.

    `given`: the true region was in the request, with the link between both places of what moved.
    """
    check = None if answer is None else answer.check
    speaks = answer is not None and answer.kept and (check is None or check.outcome is not Outcome.DROPPED)
    said = answer if speaks else None
    words = None if said is None or said.caption is None else len(said.caption.split())
    directed = truth.change in _OPPOSITE and said is not None and said.change in _OPPOSITE
    return Judged(
        kind=kind,
        found=answer is not None,
        true=truth.change,
        said=None if said is None else said.change,
        named=tuple(_named(truth, said)),
        nouns=tuple(dict.fromkeys(_nouns(truth, said, around))),
        colours=tuple(_colours(truth, said)),
        direction=said.change == truth.change if directed and said is not None else None,
        words=words,
        outcome=None if check is None else check.outcome,
        narrower=tuple(dict.fromkeys(_narrower(truth, said))),
        kind_given=given and truth.change is Change.MOVED,
        again=truth.moved_from is not None,
    )


def is_right(true: str, said: str, kind_of: str | None = None) -> bool:
    """The same noun, a synonym, a hypernym; with `kind_of` also any kind of that."""
    return lexicon().is_a(true, said) or (kind_of is not None and lexicon().is_a(said, kind_of))


def nouns_in(text: str) -> list[str]:
    """Nouns for visible things, longest first from the left; places, colours and numbers are none."""
    words = re.findall(r"[a-z]+(?:-[a-z]+)*", text.lower())
    found, start = [], 0
    while start < len(words):
        longest = 1 if words[start] in BASIC else min(_LONGEST, len(words) - start)  # a red wine glass is no red wine
        for length in range(longest, 0, -1):
            phrase = " ".join(words[start : start + length])
            known = lexicon().noun(phrase)
            if known is not None and not (length == 1 and (known.doubtful or phrase in _NO_THINGS)):
                if not set(phrase.split()) & {"on", "at", "the", "of", "in"}:
                    found.append(phrase)
                start += length
                break
        else:
            start += 1
    return found


def wilson(hits: int, count: int) -> tuple[float, float]:
    """95 % interval of a share (Wilson 1927); 0..1 without a count."""
    if not count:
        return 0.0, 1.0
    z, share = 1.959964, hits / count
    middle = (share + z * z / (2 * count)) / (1 + z * z / count)
    half = z / (1 + z * z / count) * sqrt(share * (1 - share) / count + z * z / (4 * count * count))
    return max(0.0, middle - half), min(1.0, middle + half)


def share(values: Iterable[bool]) -> str:
    """A table's cell: share, its interval, hits and count."""
    told = list(values)
    if not told:
        return "-"
    low, high = wilson(sum(told), len(told))
    return f"{sum(told) / len(told):.2f} [{low:.2f}, {high:.2f}] {sum(told)}/{len(told)}"


def _named(truth: Truth, said: CaptionedRegion | None) -> Iterable[bool | None]:
    """For each true noun; of what was recoloured once, as one thing has one name: the worse of both sides."""
    labels = (None, None) if said is None else (said.label1, said.label2)
    values = [
        None if label is None else is_right(true, label, truth.kind_of)
        for true, label in zip((truth.label1, truth.label2), labels, strict=True)
        if true is not None
    ]
    if truth.change is Change.RECOLOURED:
        return [None if None in values else all(values)]
    return values


def _nouns(truth: Truth, said: CaptionedRegion | None, around: Sequence[Instance]) -> Iterable[tuple[str, bool]]:
    """Labels judged by their own image, and what only the sentence says by either."""
    if said is None:
        return
    here = [one.label for one in around if one.is_at(truth.box)]
    sides = (truth.label1, truth.label2)
    labels = (said.label1, said.label2)
    for true, label in zip(sides, labels, strict=True):
        if label is not None:
            yield label, any(is_right(one, label, truth.kind_of) for one in ([true] if true else here))
    spoken = [one for one in labels if one]
    for noun in nouns_in(said.caption or ""):
        if not any(lexicon().is_a(noun, one) and lexicon().is_a(one, noun) for one in spoken):
            possible = [one for one in sides if one] if all(sides) else [*(one for one in sides if one), *here]
            yield noun, any(is_right(one, noun, truth.kind_of) for one in possible)


def _narrower(truth: Truth, said: CaptionedRegion | None) -> Iterable[str]:
    labels = (None, None) if said is None else (said.label1, said.label2)
    for true, label in zip((truth.label1, truth.label2), labels, strict=True):
        if true and label and not is_right(true, label, truth.kind_of) and lexicon().is_a(label, true):
            yield label


def _colours(truth: Truth, said: CaptionedRegion | None) -> Iterable[bool]:
    """Of what was recoloured: whether each true colour was said, in the phrase or in the sentence.

    The truth is captioning's own name for the pixels of the true mask: this judges which pixels it looked at, not
    whether a person would call them so.
    """
    if truth.change is not Change.RECOLOURED:
        return
    for colour, phrase in ((truth.colour1, 1), (truth.colour2, 2)):
        if colour is not None:
            text = "" if said is None else f"{(said.caption1, said.caption2)[phrase - 1]} {said.caption}"
            yield colour in re.findall(r"[a-z]+", text.lower())
