"""What is said of one region: kind of change, nouns, colours, count; from looks and pixels, nothing without them."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from imgdiff.boxes import area
from imgdiff.evidence import Word, WordSource
from imgdiff.images import RGB
from imgdiff.records import Box, Change, Mask
from services.captioning.observation.change_mask import figure, silhouette
from services.captioning.observation.colours import ruling_colour
from services.captioning.observation.crops import Looks
from services.captioning.observation.given_captions import Given
from services.captioning.observation.naming import LIKELY, Name, Naming, naming, together
from services.captioning.observation.presence import BOTH, THING, presence
from services.captioning.observation.surroundings import neighbour, several
from services.english.inflection import number, plural
from services.imaging.arrays import Flags
from services.imaging.figure_ground import PairCrop, crop_pair, is_recoloured
from services.imaging.masks import decode_mask

_WORTH_A_LOOK = 0.2  # probability of a thing at which the networks are asked what it is
_COARSE = 64  # pixels a side below which a cut-out says less than what is around it
_ALIKE = 0.6  # cosine of two cut-outs that show one thing
_UNCOLOURED = frozenset({"person"})  # whose clothes change, and whose colour is nobody's business
_SMALL = 0.004  # share of the picture
_VERB = {Change.RECOLOURED: "changed"}  # where the sentence does not say the kind itself

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
    colour1: str | None = None
    colour2: str | None = None
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


def find(look: Looker, images: tuple[RGB, RGB], box: Box, mask: Mask | None, told: Given | None = None) -> Found:
    """The finding at a box; both images are in image1's frame. `told` is what given captions say of the pair."""
    changed = None if mask is None else decode_mask(mask)[box[1] : box[3], box[0] : box[2]]
    inside = silhouette(*images, box, changed)
    place = crop_pair(*images, box, inside)
    if is_recoloured(place):
        things, change = (1.0, 1.0), Change.RECOLOURED
        first, second = (_side(look, image, box, inside, 1.0) for image in images)
    else:
        things = presence(place)
        shared = min(things) >= BOTH
        outlines = [figure(image, box, inside) if shared else (box, inside) for image in images]
        both = zip(images, outlines, things, strict=True)
        first, second = (_side(look, image, *outline, thing) for image, outline, thing in both)
        first, second = _told(first, told, 1), _told(second, told, 2)
        change = change_of(first, second)
        if told is not None:
            change = told.change(change, (first.name is not None, second.name is not None))
    if change in {Change.RECOLOURED, Change.CHANGED}:
        first, second = _agreed(first, second)
    shown = first if change is Change.REMOVED else second
    beside = None if shown.looks is None else neighbour(shown.looks.around, box)
    height, width = images[0].shape[:2]
    finding = Finding(
        box, change, _label(first, change, Change.ADDED), _label(second, change, Change.REMOVED),
        count=shown.count, near=None if beside is None else beside.label, small=area(box) < _SMALL * height * width,
    )  # fmt: skip
    finding, colours = _coloured(finding, place)
    words = [*_nouns(finding, first, second), *colours]
    if beside is not None:
        words.append(Word(text=beside.label, source=WordSource.DETECTOR, score=_rounded(beside.score)))
    words.append(Word(text=_VERB.get(change, change.value), source=WordSource.PIXELS, score=_sure(change, things)))
    return Found(replace(finding, words=tuple(words)), (first, second), inside)


def without_nouns(finding: Finding) -> Finding:
    """The same without what it is called."""
    words = tuple(word for word in finding.words if word.source is WordSource.PIXELS)
    return replace(finding, label1=None, label2=None, count=1, near=None, words=words)


def as_one(finding: Finding) -> Finding:
    """The same of one thing where several were counted."""
    singular = {plural(label): label for label in (finding.label1, finding.label2) if label is not None}
    kept = [word for word in finding.words if word.text != number(finding.count)]
    words = tuple(word.model_copy(update={"text": singular.get(word.text, word.text)}) for word in kept)
    return replace(finding, count=1, words=words)


def change_of(first: Side, second: Side) -> Change:
    """The kind of change that the pixels and the names support; `changed` when they decide nothing."""
    if min(first.thing, second.thing) >= BOTH:
        return Change.CHANGED if _one_thing(first, second) else Change.REPLACED
    if max(first.thing, second.thing) < THING:
        return Change.CHANGED
    return Change.REMOVED if first.thing > second.thing else Change.ADDED


def moved(left: Found, came: Found) -> tuple[Finding, Finding]:
    """Both places of one thing that moved, under one name: both looks at it count alike."""
    from1, to2 = left.sides[0], came.sides[1]
    name = from1.name or to2.name
    if from1.naming is not None and to2.naming is not None:
        name = together(from1.naming, to2.naming).name()
    label = None if name is None else name.label
    colour = left.finding.colour1 or came.finding.colour2
    words = [word for word in (*left.finding.words, *came.finding.words) if word.text == colour][:1]
    if name is not None:
        words.append(Word(text=name.label, source=name.source, score=_rounded(name.score)))
    said = (*words, Word(text=Change.MOVED.value, source=WordSource.PIXELS))
    return (
        replace(left.finding, change=Change.MOVED, label1=label, colour1=colour, words=said),
        replace(came.finding, change=Change.MOVED, label2=label, colour2=colour, words=said),
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


def _told(side: Side, told: Given | None, image: int) -> Side:
    """With the noun that the captions give what the networks think likely, but are not sure of."""
    noun = None if told is None else told.noun(image)
    if noun is None or side.name is not None or side.naming is None or side.naming.supports(noun) < LIKELY:
        return side
    return replace(side, name=Name(noun, side.naming.supports(noun), WordSource.GIVEN))


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


def _coloured(finding: Finding, place: PairCrop) -> tuple[Finding, list[Word]]:
    """With the colours of what came, went or changed colour; also when it has no noun.

    A thing in the colour of the ground behind it is rather that ground: an outline may be wider than its thing.
    """
    said: list[str | None] = []
    words = []
    behind = _ruling_ground(finding.change, place)
    for image, window, label in ((1, place.crop1, finding.label1), (2, place.crop2, finding.label2)):
        ground = finding.change is (Change.ADDED if image == 1 else Change.REMOVED)
        unsaid = ground or finding.change is Change.CHANGED or label in _UNCOLOURED
        ruling = None if unsaid else ruling_colour(window, place.inside)
        ruling = None if ruling is not None and ruling[0] == behind else ruling
        said.append(None if ruling is None else ruling[0])
        if ruling is not None:
            words.append(Word(text=ruling[0], image=image, source=WordSource.PIXELS, score=_rounded(ruling[1])))
    return replace(finding, colour1=said[0], colour2=said[1]), words


def _ruling_ground(change: Change, place: PairCrop) -> str | None:
    """The colour of what lies behind a thing that came or went; null for other changes."""
    window = {Change.ADDED: place.crop1, Change.REMOVED: place.crop2}.get(change)
    ruling = None if window is None else ruling_colour(window, place.inside)
    return None if ruling is None else ruling[0]


def _nouns(finding: Finding, first: Side, second: Side) -> list[Word]:
    """The nouns, and how many there are of what came or went."""
    words = []
    for image, side, label in ((1, first, finding.label1), (2, second, finding.label2)):
        if label is not None and side.name is not None:
            noun = label if side.count == 1 else plural(label)
            words.append(Word(text=noun, image=image, source=side.name.source, score=_rounded(side.name.score)))
    if words and finding.count > 1:
        words.append(Word(text=number(finding.count), source=WordSource.DETECTOR))
    return words


def _sure(change: Change, things: tuple[float, float]) -> float:
    """Probability of what the pixels say of both images."""
    first, second = things
    return _rounded(_probability(change, first, second))


def _probability(change: Change, first: float, second: float) -> float:
    match change:
        case Change.REMOVED:
            return first * (1 - second)
        case Change.ADDED:
            return (1 - first) * second
        case Change.CHANGED:
            return 1 - abs(first - second)
        case _:
            return first * second


def _rounded(score: float) -> float:
    return round(score, 4)
