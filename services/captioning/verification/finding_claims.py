"""The claims of a finding: what its sentence states, without reading that sentence."""

from collections.abc import Iterator, Mapping

from imgdiff.evidence import ImageNumber
from imgdiff.records import Change
from services.captioning.observation.finding import Finding
from services.captioning.observation.sentences import Draft, place_noun, quote
from services.captioning.verification.claims import (
    EITHER,
    Claims,
    Colour,
    Event,
    Number,
    Place,
    QuotedText,
    Role,
    Sides,
    Thing,
)
from services.english.colours import takes_colour
from services.english.inflection import number, plural

_BESIDE = 0  # key of the neighbour; things have the number of their image
_LACKING: Mapping[Change, ImageNumber] = {Change.ADDED: 1, Change.REMOVED: 2}  # the image that lacks the thing
_COUNTED = frozenset({Change.ADDED, Change.REMOVED, Change.CHANGED})  # whose sentence states a number


def claims_of(draft: Draft) -> Claims:
    """The claims that the sentence of a draft makes."""
    finding = draft.finding
    if finding.text1 is not None or finding.text2 is not None:
        return _claims_of_text(draft)
    images = _images(finding.change)
    return Claims(
        things=(*(one for image, sides in images for one in _things(finding, image, sides)), *_neighbours(finding)),
        colours=tuple(one for image, sides in images for one in _colours(finding, image, sides)),
        places=tuple(_places(draft)),
        events=() if finding.change is Change.CHANGED else (Event(finding.change, finding.change.value),),
    )


def _claims_of_text(draft: Draft) -> Claims:
    finding = draft.finding
    texts: list[tuple[str | None, Sides]] = [(finding.text1, (1,)), (finding.text2, (2,))]
    stated = finding.change is not Change.CHANGED and finding.text1 == finding.text2
    return Claims(
        colours=tuple(_turned_colours(finding)) if stated else (),
        places=tuple(_places(draft)),
        events=(Event(finding.change, finding.change.value),) if stated else (),
        texts=tuple(QuotedText(quote(text)[1:-1], sides) for text, sides in texts if text is not None),
    )


def _images(change: Change) -> tuple[tuple[ImageNumber, Sides], ...]:
    """Which labels the sentence uses, and in which images it places their things."""
    match change:
        case Change.ADDED:
            return ((2, (2,)),)
        case Change.REMOVED:
            return ((1, (1,)),)
        case Change.REPLACED:
            return (1, (1,)), (2, (2,))
        case _:
            return ((1, EITHER),)


def _things(finding: Finding, image: ImageNumber, sides: Sides) -> Iterator[Thing]:
    label = _label(finding, image)
    if label is not None:
        several = finding.count > 1 and finding.change in _COUNTED
        text = plural(label) if several else label
        stated = Number(finding.count, True, f"{number(finding.count)} {text}") if several else None
        yield Thing(key=image, noun=label, text=text, sides=sides, absent=_LACKING.get(finding.change), number=stated)


def _neighbours(finding: Finding) -> Iterator[Thing]:
    """The neighbour, which is named only beside what has neither noun nor colour."""
    known = finding.label1 or finding.label2 or finding.colour1 or finding.colour2
    if finding.near is not None and not known and finding.change in {Change.ADDED, Change.REMOVED}:
        yield Thing(key=_BESIDE, noun=finding.near, text=finding.near, sides=EITHER, anchor=True)


def _colours(finding: Finding, image: ImageNumber, sides: Sides) -> Iterator[Colour]:
    if finding.change is Change.RECOLOURED:
        yield from _turned_colours(finding)
        return
    label, colour = _label(finding, image), finding.colour1 if image == 1 else finding.colour2
    if colour is not None and finding.change is not Change.CHANGED and takes_colour(label or ""):
        yield Colour(colour, colour, sides, of=None if label is None else image)


def _turned_colours(finding: Finding) -> Iterator[Colour]:
    before, after = finding.colour1, finding.colour2
    if finding.change is Change.RECOLOURED and before is not None and after is not None and before != after:
        yield from (Colour(before, before, (1,)), Colour(after, after, (2,)))


def _places(draft: Draft) -> Iterator[Place]:
    went = draft.went if draft.finding.change is Change.MOVED else None
    ends: list[tuple[str, Role]] = [(draft.where, "here")]
    if went is not None and went != draft.where:
        ends = [(draft.where, "from"), (went, "to")]
    for where, role in ends:
        text = place_noun(where)
        yield Place(frozenset(text.split()) - {"the"}, text, role)


def _label(finding: Finding, image: ImageNumber) -> str | None:
    return finding.label1 if image == 1 else finding.label2
