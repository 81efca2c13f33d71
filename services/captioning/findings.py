"""What is said of one region: kind of change, nouns, colours, count; from looks and pixels, nothing without them."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from imgdiff.evidence import Word, WordSource
from imgdiff.images import RGB
from imgdiff.records import Box, Change, Mask
from services.captioning.colours import ruling_colour
from services.captioning.counting import neighbour, several
from services.captioning.looking import Looks
from services.captioning.naming import Name, Naming, naming, together
from services.captioning.presence import BOTH, THING, presence, visible
from services.captioning.silhouette import figure, silhouette
from services.embedded.masks import Flags, decoded
from services.embedded.places import Place, place_of, recoloured

_WORTH_A_LOOK = 0.2  # probability of a thing at which the networks are asked what it is
_COARSE = 64  # pixels a side below which a cut-out says less than what is around it
_ALIKE = 0.6  # cosine of two cut-outs that show one thing
_UNCOLOURED = frozenset({"person"})  # whose clothes change, and whose colour is nobody's business
_SMALL = 0.004  # share of the picture

Looker = Callable[[RGB, Box, Flags], Looks]


@dataclass(frozen=True)
class Finding:
    """One region in words to be: nouns and colours of both sides are null without evidence.

    `count` is of the things that came, went or moved; `near` names what lies beside; `words` say what each rests on.
    """

    box: Box
    change: Change
    label1: str | None
    label2: str | None
    colour1: str | None
    colour2: str | None
    count: int = 1
    near: str | None = None
    small: bool = False
    words: tuple[Word, ...] = ()


@dataclass(frozen=True)
class Side:
    """One image at the region: whether it shows a thing (0..1), and what the looks at it were, if any."""

    thing: float
    looks: Looks | None = None
    naming: Naming | None = None
    name: Name | None = None
    count: int = 1


@dataclass(frozen=True)
class Found:
    """A finding with what it was made of."""

    finding: Finding
    sides: tuple[Side, Side]
    inside: Flags


def find(look: Looker, images: tuple[RGB, RGB], box: Box, mask: Mask | None) -> Found:
    """The finding at a box; both images are in image1's frame."""
    changed = None if mask is None else decoded(mask)[box[1] : box[3], box[0] : box[2]]
    inside = silhouette(*images, box, changed)
    place = place_of(*images, box, inside)
    only_colour = recoloured(place)
    things = (1.0, 1.0) if only_colour else presence(place) if visible(place) else (0.0, 0.0)
    shared = not only_colour and min(things) >= BOTH
    places = [figure(image, box, inside) if shared else (box, inside) for image in images]
    first, second = (
        _side(look, image, *where, thing) for image, where, thing in zip(images, places, things, strict=True)
    )
    change = Change.RECOLOURED if only_colour else change_of(first, second)
    if only_colour or change is Change.CHANGED:
        first, second = _agreed(first, second)
    shown = first if change is Change.REMOVED else second
    beside = None if shown.looks is None else neighbour(shown.looks.around, box)
    finding = Finding(
        box, change, _label(first, change, Change.ADDED), _label(second, change, Change.REMOVED), None, None,
        count=shown.count, near=None if beside is None else beside.label,
        small=(box[2] - box[0]) * (box[3] - box[1]) < _SMALL * images[0].shape[0] * images[0].shape[1],
    )  # fmt: skip
    finding, colours = _coloured(finding, place)
    words = [*_nouns(finding, first, second), *colours]
    if beside is not None:
        words.append(Word(text=beside.label, source=WordSource.DETECTOR, score=round(beside.score, 4)))
    words.append(Word(text=change.value, source=WordSource.PIXELS, score=round(_sure(change, things), 4)))
    return Found(replace(finding, words=tuple(words)), (first, second), inside)


def without_nouns(finding: Finding) -> Finding:
    """The same without what it is called."""
    words = tuple(word for word in finding.words if word.source is WordSource.PIXELS)
    return replace(finding, label1=None, label2=None, count=1, near=None, words=words)


def change_of(first: Side, second: Side) -> Change:
    """The kind of change that the pixels and the names support; `changed` when they decide nothing."""
    if min(first.thing, second.thing) >= BOTH:
        return Change.CHANGED if _one_thing(first, second) else Change.REPLACED
    if max(first.thing, second.thing) < THING:
        return Change.CHANGED
    return Change.REMOVED if first.thing > second.thing else Change.ADDED


def moved(left: Found, came: Found) -> tuple[Finding, Finding]:
    """Both places of one thing that moved, under one name: both looks at it count alike."""
    names = left.sides[0], came.sides[1]
    name = names[0].name or names[1].name
    if names[0].naming is not None and names[1].naming is not None:
        name = together(names[0].naming, names[1].naming).name() or None
    label = None if name is None else name.label
    colour = left.finding.colour1 or came.finding.colour2
    words = [Word(text=label, source=name.source, score=round(name.score, 4))] if label and name else []
    return (
        replace(left.finding, change=Change.MOVED, label1=label, colour1=colour, words=tuple(words)),
        replace(came.finding, change=Change.MOVED, label2=label, colour2=colour, words=tuple(words)),
    )


def _side(look: Looker, image: RGB, box: Box, inside: Flags, thing: float) -> Side:
    if thing < _WORTH_A_LOOK:
        return Side(thing)
    looks = look(image, box, inside)
    known = naming(looks, small=min(inside.shape) < _COARSE)
    many = several(looks.around, box)
    if many is not None:
        label, count, score = many
        name = Name(label, score, WordSource.DETECTOR)
        return Side(thing, looks, replace(known, seen=name), name, count)
    return Side(thing, looks, known, known.name())


def _one_thing(first: Side, second: Side) -> bool:
    """Whether both images show the same thing: under one name, or by how alike the cut-outs are where one has none."""
    if first.name and second.name:
        return first.name.label == second.name.label
    if first.looks is None or second.looks is None:
        return False
    one, two = first.looks.embedding, second.looks.embedding
    return float(one @ two) >= _ALIKE * float(np.linalg.norm(one) * np.linalg.norm(two))


def _agreed(first: Side, second: Side) -> tuple[Side, Side]:
    """Both under the surer of two names of one thing."""
    names = [side.name for side in (first, second) if side.name is not None]
    if not names:
        return first, second
    best = max(names, key=lambda name: name.score)
    return replace(first, name=best), replace(second, name=best)


def _label(side: Side, change: Change, ground: Change) -> str | None:
    """The noun, unless that image shows the ground of the change."""
    return None if side.name is None or change is ground else side.name.label


def _coloured(finding: Finding, place: Place) -> tuple[Finding, list[Word]]:
    """With the colours of what came, went or changed colour; also when it has no noun."""
    said: list[str | None] = []
    words = []
    for image, window, label in ((1, place.window1, finding.label1), (2, place.window2, finding.label2)):
        ground = finding.change is (Change.ADDED if image == 1 else Change.REMOVED)
        unsaid = ground or finding.change is Change.CHANGED or label in _UNCOLOURED
        ruling = None if unsaid else ruling_colour(window, place.inside)
        said.append(None if ruling is None else ruling[0])
        if ruling is not None:
            words.append(Word(text=ruling[0], image=image, source=WordSource.PIXELS, score=round(ruling[1], 4)))
    return replace(finding, colour1=said[0], colour2=said[1]), words


def _nouns(finding: Finding, first: Side, second: Side) -> list[Word]:
    sides = ((1, first, finding.label1), (2, second, finding.label2))
    return [
        Word(text=label, image=image, source=side.name.source, score=round(side.name.score, 4))
        for image, side, label in sides
        if label is not None and side.name is not None
    ]


def _sure(change: Change, things: tuple[float, float]) -> float:
    """Probability of what the pixels say of both images."""
    first, second = things
    match change:
        case Change.REMOVED:
            return first * (1 - second)
        case Change.ADDED:
            return (1 - first) * second
        case Change.CHANGED:
            return 1 - abs(first - second)
        case _:
            return first * second
