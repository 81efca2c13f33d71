"""Scores the captions of one region against what is true of it."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from imgdiff.evidence import Outcome
from imgdiff.records import Change
from imgdiff.stages import CaptionedRegion
from imgdiff.statistics.intervals import wilson
from services.english.colours import BASIC, COLOURS
from services.english.lexicon import lexicon
from training.caption_pairs import Truth
from training.coco_photos import Instance

_LONGEST = 3  # words of a compound noun
_NO_OBJECTS = """
gold top bottom left right centre center middle side corner edge front back area place places image
images picture photo scene colour color background object objects has have in at a an one two three
four five six been
"""
_OPPOSITE = {Change.ADDED: Change.REMOVED, Change.REMOVED: Change.ADDED}


@dataclass(frozen=True)
class RegionScore:
    """The score of one true region. `named`: for each true noun, whether the label is right, null without a label.

    `direction` is null where the caption has none; `nouns` are all nouns of the caption, with whether they are true.
    `narrower`: labels that count as wrong because they are more specific than the truth (`airliner` for an airplane)
    and may be true. `kind_given`: the request named the kind, so it proves nothing. `second_place`: the other place of
    an object that moved, which has the same name; counting it twice would make the interval too narrow.
    """

    kind: str
    found: bool
    true: Change | None
    reported: Change | None
    named: tuple[bool | None, ...]
    nouns: tuple[tuple[str, bool], ...]
    colours: tuple[bool, ...]
    direction: bool | None
    words: int | None
    outcome: Outcome | None
    narrower: tuple[str, ...] = ()
    kind_given: bool = False
    second_place: bool = False

    @property
    def change_right(self) -> bool:
        """The right kind of change, or none where nothing happened."""
        return self.reported == self.true and (self.found or self.true is None)

    @property
    def wholly_right(self) -> bool:
        """Kind and every noun right, and nothing invented."""
        return self.change_right and all(self.named) and all(right for _, right in self.nouns)

    @property
    def badness(self) -> float:
        """Rank on the sheet: a reversed direction counts 3, a wrong noun 2, a wrong kind or a missing noun 1."""
        reversed_, invented = self.direction is False, sum(not right for _, right in self.nouns)
        return 3.0 * reversed_ + 2.0 * invented + (not self.change_right) + sum(one is None for one in self.named)


def score_region(
    kind: str, truth: Truth, region: CaptionedRegion | None, around: Sequence[Instance], *, given: bool = False
) -> RegionScore:
    """Score one region, null where detection found none. Captions that a gate or the check dropped count as absent.

    `given`: the true region was in the request, with the link between both places of what moved.
    """
    check = None if region is None else region.check
    stands = region is not None and region.kept and (check is None or check.outcome is not Outcome.DROPPED)
    scored = region if stands else None
    words = None if scored is None or scored.caption is None else len(scored.caption.split())
    directed = truth.change in _OPPOSITE and scored is not None and scored.change in _OPPOSITE
    return RegionScore(
        kind=kind,
        found=region is not None,
        true=truth.change,
        reported=None if scored is None else scored.change,
        named=tuple(_named(truth, scored)),
        nouns=tuple(dict.fromkeys(_nouns(truth, scored, around))),
        colours=tuple(_colours(truth, scored)),
        direction=scored.change == truth.change if directed and scored is not None else None,
        words=words,
        outcome=None if check is None else check.outcome,
        narrower=tuple(dict.fromkeys(_narrower(truth, scored))),
        kind_given=given and truth.change is Change.MOVED,
        second_place=truth.moved_from is not None,
    )


def is_right(true: str, noun: str, kind_of: str | None = None) -> bool:
    """Whether a noun is the true one, a synonym or a hypernym; with `kind_of`, also any hyponym of that."""
    return lexicon().is_a(true, noun) or (kind_of is not None and lexicon().is_a(noun, kind_of))


def nouns_in(text: str) -> list[str]:
    """Nouns for visible things, longest match first; places, colours and numbers do not count."""
    words = re.findall(r"[a-z]+(?:-[a-z]+)*", text.lower())
    found, start = [], 0
    while start < len(words):
        longest = 1 if words[start] in BASIC else min(_LONGEST, len(words) - start)  # a red wine glass is not red wine
        for length in range(longest, 0, -1):
            phrase = " ".join(words[start : start + length])
            known = lexicon().noun(phrase)
            if known is not None and not (length == 1 and (known.doubtful or phrase in {*BASIC, *_NO_OBJECTS.split()})):
                if not set(phrase.split()) & {"on", "at", "the", "of", "in"}:
                    found.append(phrase)
                start += length
                break
        else:
            start += 1
    return found


def share(values: Iterable[bool]) -> str:
    """A table cell: share, its interval, hits and count."""
    flags = list(values)
    if not flags:
        return "-"
    low, high = wilson(sum(flags), len(flags))
    return f"{sum(flags) / len(flags):.2f} [{low:.2f}, {high:.2f}] {sum(flags)}/{len(flags)}"


def _named(truth: Truth, region: CaptionedRegion | None) -> Iterable[bool | None]:
    """One value for each true noun; a recoloured object has one name, so only the worse of both sides counts."""
    labels = (None, None) if region is None else (region.label1, region.label2)
    values = [
        None if label is None else is_right(true, label, truth.kind_of)
        for true, label in zip((truth.label1, truth.label2), labels, strict=True)
        if true is not None
    ]
    if truth.change is Change.RECOLOURED:
        return [None if None in values else all(values)]
    return values


def _nouns(truth: Truth, region: CaptionedRegion | None, around: Sequence[Instance]) -> Iterable[tuple[str, bool]]:
    """Labels, scored against their own image, and nouns of the sentence alone, scored against either."""
    if region is None:
        return
    here = [one.label for one in around if one.is_at(truth.box)]
    sides = (truth.label1, truth.label2)
    labels = (region.label1, region.label2)
    for true, label in zip(sides, labels, strict=True):
        if label is not None:
            yield label, any(is_right(one, label, truth.kind_of) for one in ([true] if true else here))
    of_labels = [one for one in labels if one]
    for noun in nouns_in(region.caption or ""):
        if not any(lexicon().is_a(noun, one) and lexicon().is_a(one, noun) for one in of_labels):
            possible = [one for one in sides if one] if all(sides) else [*(one for one in sides if one), *here]
            yield noun, any(is_right(one, noun, truth.kind_of) for one in possible)


def _narrower(truth: Truth, region: CaptionedRegion | None) -> Iterable[str]:
    labels = (None, None) if region is None else (region.label1, region.label2)
    for true, label in zip((truth.label1, truth.label2), labels, strict=True):
        if true and label and not is_right(true, label, truth.kind_of) and lexicon().is_a(label, true):
            yield label


def _colours(truth: Truth, region: CaptionedRegion | None) -> Iterable[bool]:
    """For a recoloured object: whether the phrase or the sentence has each true colour, or a finer word for it.

    The truth is captioning's own name for the pixels of the true mask: this scores which pixels were measured, not
    whether a person would use that name.
    """
    if truth.change is not Change.RECOLOURED:
        return
    for colour, phrase in ((truth.colour1, 1), (truth.colour2, 2)):
        if colour is not None:
            text = "" if region is None else f"{(region.caption1, region.caption2)[phrase - 1]} {region.caption}"
            yield any(colour in COLOURS.get(word, ()) for word in re.findall(r"[a-z-]+", text.lower()))
