"""Inspection: both images at one region become a finding, from features and pixels and nothing else."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from imgdiff.boxes import area
from imgdiff.evidence import Word, WordSource
from imgdiff.images import RGB
from imgdiff.records import Box, Change, Mask
from services.captioning.limits import (
    BOTH_SHOW_THINGS,
    INSPECTED_FROM,
    LIKELY_NAME,
    SAME_THING,
    SHOWS_THING,
    SMALL_THING,
)
from services.captioning.observation.change_mask import cut_figure, outline_change
from services.captioning.observation.colours import is_sayable, ruling_colour, ruling_ground
from services.captioning.observation.features import Features
from services.captioning.observation.finding import Finding
from services.captioning.observation.given_captions import CaptionedThings
from services.captioning.observation.naming import Name, Naming, name_probabilities
from services.captioning.observation.presence import is_one_sided, presence
from services.captioning.observation.surroundings import count_things, find_neighbour
from services.english.inflection import number, plural
from services.english.kinds import may_be_called
from services.imaging.arrays import Flags
from services.imaging.boxes import window
from services.imaging.figure_ground import PairCrop, crop_pair, is_recoloured, keeps_structure
from services.imaging.masks import decode_mask

_UNCOLOURED = frozenset({"person"})  # clothes change, and the colour of people is not described
_VERB = {Change.RECOLOURED: "changed"}  # where the sentence does not contain the kind itself

Extract = Callable[[RGB, Box, Flags], Features]


@dataclass(frozen=True)
class Side:
    """One image at the region: the probability that it shows a thing, 0..1, and what that is, where inspected."""

    thing: float
    features: Features | None = None
    naming: Naming | None = None
    name: Name | None = None
    count: int = 1


@dataclass(frozen=True)
class Inspection:
    """A finding and what it was made of; `inside` are the changed pixels, flags of the box's size."""

    finding: Finding
    sides: tuple[Side, Side]
    inside: Flags


def inspect_region(
    extract: Extract, images: tuple[RGB, RGB], box: Box, mask: Mask | None, captioned: CaptionedThings | None = None
) -> Inspection:
    """The finding at a box of two images in image1's frame; `captioned` are the things that given captions add."""
    changed = None if mask is None else decode_mask(mask)[window(box)].copy()  # a view would keep the whole mask
    inside = outline_change(*images, box, changed)
    pair = crop_pair(*images, box, inside)
    things, sides, change = _compare_sides(extract, images, box, inside, pair, captioned)
    first, second = sides
    shown = first if change is Change.REMOVED else second
    beside = None if shown.features is None else find_neighbour(shown.features.around, box)
    height, width = images[0].shape[:2]
    finding = Finding(
        box,
        change,
        _label(first, change, Change.ADDED),
        _label(second, change, Change.REMOVED),
        count=shown.count,
        near=None if beside is None else beside.label,
        small=area(box) < SMALL_THING * height * width,
    )
    finding, colours = _add_colours(finding, pair)
    finding = replace(finding, corroborated=_is_corroborated(finding, sides))
    words = [*_noun_words(finding, first, second), *colours]
    if beside is not None:
        words.append(Word(text=beside.label, source=WordSource.DETECTOR, score=_round(beside.score)))
    probability = _round(_probability(change, *things))
    words.append(Word(text=_VERB.get(change, change.value), source=WordSource.PIXELS, score=probability))
    return Inspection(replace(finding, words=tuple(words)), sides, inside)


def _compare_sides(
    extract: Extract,
    images: tuple[RGB, RGB],
    box: Box,
    inside: Flags,
    pair: PairCrop,
    captioned: CaptionedThings | None,
) -> tuple[tuple[float, float], tuple[Side, Side], Change]:
    """The probability that each image shows a thing, both sides, and the kind of change."""
    if is_recoloured(pair):
        first, second = (_side(extract, image, box, inside, 1.0) for image in images)
        return (1.0, 1.0), _share_name(first, second), Change.RECOLOURED
    things = presence(pair)
    shared = min(things) >= BOTH_SHOW_THINGS
    outlines = [cut_figure(image, box, inside) if shared else (box, inside) for image in images]
    both = zip(images, outlines, things, strict=True)
    first, second = (_side(extract, image, *outline, thing) for image, outline, thing in both)
    first, second = _name_by_caption(first, captioned, 1), _name_by_caption(second, captioned, 2)
    one_sided = is_one_sided(pair)
    change = Change.CHANGED if keeps_structure(pair) else decide_change(first, second, one_sided=one_sided)
    if captioned is not None:
        named, distinct = (first.name is not None, second.name is not None), _are_distinct(first, second, captioned)
        change = captioned.refine(change, named, one_sided=one_sided, distinct=distinct)
    if change is Change.CHANGED:
        name = _shared_name(first, second) if first.naming is not None and second.naming is not None else None
        first, second = replace(first, name=name), replace(second, name=name)
    return things, (first, second), change


def decide_change(first: Side, second: Side, *, one_sided: bool = True) -> Change:
    """The kind of change that presence and names support; `changed` where they decide nothing.

    A thing came or went where pixels are `one_sided`, or where it has a noun in one image alone.
    """
    if min(first.thing, second.thing) >= BOTH_SHOW_THINGS:
        return Change.CHANGED if _one_thing(first, second) else Change.REPLACED
    if max(first.thing, second.thing) < SHOWS_THING or not (one_sided or _is_named_alone(first, second)):
        return Change.CHANGED
    return Change.REMOVED if first.thing > second.thing else Change.ADDED


def _is_named_alone(first: Side, second: Side) -> bool:
    """Whether the image that rather shows a thing has a noun for it, and the other has none."""
    other, shown = sorted((first, second), key=lambda side: side.thing)
    return shown.name is not None and other.name is None


def link_move(left: Inspection, came: Inspection) -> tuple[Finding, Finding]:
    """The findings at both places of one thing that moved, under one name; both inspections count alike."""
    from1, to2 = left.sides[0], came.sides[1]
    name = _shared_name(from1, to2)
    label = None if name is None else name.label
    colour = left.finding.colour1 or came.finding.colour2
    words = [word for word in (*left.finding.words, *came.finding.words) if word.text == colour][:1]
    if name is not None:
        words.append(Word(text=name.label, source=name.source, score=_round(name.score)))
    sure = name is not None and name.confirmed
    moved = (*words, Word(text=Change.MOVED.value, source=WordSource.PIXELS))
    return (
        replace(left.finding, change=Change.MOVED, label1=label, colour1=colour, words=moved, corroborated=sure),
        replace(came.finding, change=Change.MOVED, label2=label, colour2=colour, words=moved, corroborated=sure),
    )


def _shared_name(one: Side, other: Side) -> Name | None:
    """The surer name of one thing at two places, where both namings find it likely."""
    names = sorted((side.name for side in (one, other) if side.name is not None), key=lambda name: -name.score)
    looked = [side.naming for side in (one, other) if side.naming is not None]
    return next((name for name in names if all(each.supports(name.label) >= LIKELY_NAME for each in looked)), None)


def _side(extract: Extract, image: RGB, box: Box, inside: Flags, thing: float) -> Side:
    if thing < INSPECTED_FROM:
        return Side(thing)
    features = extract(image, box, inside)
    naming = name_probabilities(features, min(inside.shape))
    counted = count_things(features.around, box)
    if counted is None:
        return Side(thing, features, naming, naming.name())
    label, count, score = counted
    name = Name(label, score, WordSource.DETECTOR)
    return Side(thing, features, replace(naming, seen=name), name, count)


def _name_by_caption(side: Side, captioned: CaptionedThings | None, image: int) -> Side:
    """The side named by the given captions, where the networks find that noun likely and none sure."""
    noun = None if captioned is None else captioned.noun(image)
    if noun is None or side.name is not None or side.naming is None or side.naming.supports(noun) < LIKELY_NAME:
        return side
    return replace(side, name=Name(noun, side.naming.supports(noun), WordSource.GIVEN))


def _is_corroborated(finding: Finding, sides: tuple[Side, Side]) -> bool:
    """Whether the classifiers confirm every noun, and more than the pixels along the outline show the kind of change.

    That only one image shows a thing, or that both show another one, is confirmed by nouns: the check asks the detector
    whether the other image lacks it. That both show one thing is what the embeddings of the cut-outs say.
    """
    labels = (finding.label1, finding.label2)
    named = [side.name for side, label in zip(sides, labels, strict=True) if label and side.name]
    if not all(name.confirmed for name in named):
        return False
    match finding.change:
        case Change.ADDED | Change.REMOVED:
            return bool(named)
        case Change.REPLACED:
            return len(named) == 2
        case Change.RECOLOURED:
            return _look_alike(*sides)
        case _:
            return True


def _one_thing(first: Side, second: Side) -> bool:
    """Whether both images show the same thing: by name, or by the cut-outs' similarity where one has none."""
    if first.name and second.name:
        return first.name.label == second.name.label
    return _look_alike(first, second)


def _are_distinct(first: Side, second: Side, captioned: CaptionedThings) -> bool:
    """Whether the images show two things: by two nouns of the captions, or by one of them and the pixels of both."""
    named = [(side.name.label, captioned.noun(at)) for at, side in ((1, first), (2, second)) if side.name is not None]
    agree = all(noun is not None and may_be_called(label, noun) for label, noun in named)
    both = len(named) == 2 or (bool(named) and min(first.thing, second.thing) >= SHOWS_THING)
    return agree and both and not _one_thing(first, second)


def _look_alike(first: Side, second: Side) -> bool:
    """Whether the embeddings of both cut-outs are those of one thing; false where one was not inspected."""
    if first.features is None or second.features is None:
        return False
    one, two = first.features.embedding, second.features.embedding
    return float(one @ two) >= SAME_THING * float(np.linalg.norm(one) * np.linalg.norm(two))


def _share_name(first: Side, second: Side) -> tuple[Side, Side]:
    """Both sides with the surer of their two names, since they show one thing."""
    names = [side.name for side in (first, second) if side.name is not None]
    if not names:
        return first, second
    best = max(names, key=lambda name: name.score)
    return replace(first, name=best), replace(second, name=best)


def _label(side: Side, change: Change, ground: Change) -> str | None:
    """The noun, unless that image shows the ground of the change."""
    return None if side.name is None or change is ground else side.name.label


def _add_colours(finding: Finding, pair: PairCrop) -> tuple[Finding, list[Word]]:
    """The finding with the colours of what came, went or changed colour, and the words for them.

    A colour that also rules behind the thing is left out: an outline may be wider than its thing.
    """
    colours: list[str | None] = []
    words = []
    for image, crop, label in ((1, pair.crop1, finding.label1), (2, pair.crop2, finding.label2)):
        ground = finding.change is (Change.ADDED if image == 1 else Change.REMOVED)
        without = ground or finding.change is Change.CHANGED or label in _UNCOLOURED
        ruling = None if without else ruling_colour(crop, pair.inside)
        behind = None if ruling is None else ruling_ground(finding.change, pair, crop)
        if ruling is not None and not is_sayable(ruling, label, finding.change, behind):
            ruling = None
        colours.append(None if ruling is None else ruling[0])
        if ruling is not None:
            words.append(Word(text=ruling[0], image=image, source=WordSource.PIXELS, score=_round(ruling[1])))
    return replace(finding, colour1=colours[0], colour2=colours[1]), words


def _noun_words(finding: Finding, first: Side, second: Side) -> list[Word]:
    """Words for the nouns, and for the number of what came or went."""
    words = []
    for image, side, label in ((1, first, finding.label1), (2, second, finding.label2)):
        if label is not None and side.name is not None:
            noun = label if side.count == 1 else plural(label)
            words.append(Word(text=noun, image=image, source=side.name.source, score=_round(side.name.score)))
    if words and finding.count > 1:
        words.append(Word(text=number(finding.count), source=WordSource.DETECTOR))
    return words


def _probability(change: Change, first: float, second: float) -> float:
    """Of the kind of change, from those that image1 and image2 show a thing."""
    match change:
        case Change.REMOVED:
            return first * (1 - second)
        case Change.ADDED:
            return (1 - first) * second
        case Change.CHANGED:
            return 1 - abs(first - second)
        case _:
            return first * second


def _round(score: float) -> float:
    return round(score, 4)
