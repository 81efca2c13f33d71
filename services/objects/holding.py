"""What holds or carries another thing: without it, the other would hang in the air.

A thing is carried where its lower edge is on the other's outline, whether it stands there or the other hides its foot.
It is held where it touches the other and the table of things lists it as held: flowers in a vase, a bag on a person.
Things of one label that only touch, such as donuts in a box, are neighbours.
"""

from collections.abc import Sequence

import numpy as np

from imgdiff.boxes import area, intersection
from imgdiff.records import Box
from services.english.things import category_of, groups_of, thing
from services.imaging.arrays import Flags
from services.imaging.boxes import grow, window
from services.imaging.masks import bounds
from services.objects.contact import measure_contact
from services.objects.photo_objects import PhotoObject, PhotoObjects

# Chosen, not measured, unless a line states otherwise.
_FOOT_HEIGHT = 0.06, 3  # share of the height and pixels, above and below its lower edge
_CARRIED_WIDTH = 0.8  # of a thing's lower edge that is on the other one
_LISTED_WIDTH = 0.3  # the same of what the table lists as carried, such as a person on a skateboard
_OVERLAPPED = 0.15  # of a thing's outline that a neighbour of its label touches, beyond which it hides a part of it
_ABOVE = 0.1  # of the carrier's height by which its own foot is lower
_OUTLINE_MARGIN = 0.04, 2  # share of a box and pixels around it, in which an outline stays
_NEAR_MARGIN = 0.04, 4  # share of a thing's box and pixels around it; what is beyond does not hold it
_TOUCH_MARGIN = 0.04, 2  # share of a held thing's box and pixels around it
_TOUCHED = 0.04  # share of that box that the holder covers
_RIM = 0.35, 12  # share of an open thing's height and pixels: what sticks out of it is seen there
_RIM_WIDTH = 0.8  # of its box
_LEAST_RIM = 24  # pixels in a strip that can be judged


def find_held(objects: PhotoObjects, index: int) -> dict[int, int]:
    """What the object holds or carries, and what that holds or carries in turn, each with its holder."""
    holders: dict[int, int] = {}
    waiting = [index]
    while waiting:
        holder = waiting.pop()
        for other in range(len(objects.items)):
            if other != index and other not in holders and holds(objects, holder, other):
                holders[other] = holder
                waiting.append(other)
    return holders


def find_holders(objects: PhotoObjects, index: int) -> list[int]:
    """What holds or carries the object, so that it has no place of its own; a support of a smaller thing does not."""
    others = (other for other in range(len(objects.items)) if other != index)
    return [other for other in others if holds(objects, other, index) and not _supports(objects, other, index)]


def holds(objects: PhotoObjects, holder: int, held: int) -> bool:
    """Whether the first object holds or carries the second one."""
    big, small = objects.items[holder], objects.items[held]
    share, pixels = _NEAR_MARGIN
    if not intersection(grow(small.box, pixels, objects.image.shape, share=share), big.box):
        return False
    if _lists(thing(big.label).holds, small.label) and _touches(objects.mask(holder), small.box):
        return True
    carried = _lists(thing(big.label).carries, small.label)
    width = _LISTED_WIDTH if carried else _CARRIED_WIDTH
    share, pixels = _OUTLINE_MARGIN
    place = grow(big.box, pixels, objects.image.shape, share=share)
    # an outline takes a second to draw, which the box often spares
    if not (_may_end_in(small.box, place, width) and _ends_at(small.box, objects.mask(holder), width)):
        return False
    alike = big.label == small.label and not carried
    return not alike or measure_contact(objects, held, (holder,)) > _OVERLAPPED


def goes_along(holder: PhotoObject, held: PhotoObject) -> bool:
    """Whether a held thing goes with its holder: it is in its hands or in it, or smaller than what it stands on."""
    row = thing(holder.label)
    carried = row.support or _lists(row.carries, held.label)
    return _lists(row.holds, held.label) or (carried and area(held.box) < area(holder.box))


def _lists(listed: Sequence[str], held: str) -> bool:
    return (
        held in listed
        or not {category_of(group) for group in groups_of(held)}.isdisjoint(listed)
        or (thing(held).category in listed)
    )


def strip_above(objects: PhotoObjects, index: int, known: Flags) -> Flags | None:
    """Where what sticks out of an open thing or stands on a support is seen, without known pixels; None elsewhere."""
    row = thing(objects.items[index].label)
    if not (row.open or row.support):
        return None
    mask = objects.mask(index)
    box = bounds(mask)
    share, pixels = _RIM
    high, inset = max(pixels, round(share * (box[3] - box[1]))), round((1 - _RIM_WIDTH) / 2 * (box[2] - box[0]))
    strip = np.zeros_like(mask)
    strip[max(0, box[1] - high) : box[1] + high // 2, box[0] + inset : box[2] - inset] = True
    tops = np.where(mask.any(axis=0), mask.argmax(axis=0), 0)
    strip &= (np.arange(mask.shape[0])[:, None] < tops[None]) & ~known
    return strip if strip.sum() >= _LEAST_RIM else None


def _supports(objects: PhotoObjects, holder: int, held: int) -> bool:
    """Whether the thing stands whole on a support: one that is higher stands behind it or sits on it."""
    big, small = objects.items[holder], objects.items[held]
    if not thing(big.label).support:
        return False
    height, own = thing(big.label).metres, thing(small.label).metres
    if height is None or own is None:
        return area(small.box) < area(big.box)
    return own < height


def _touches(mask: Flags, box: Box) -> bool:
    share, pixels = _TOUCH_MARGIN
    place = grow(box, pixels, mask.shape, share=share)
    return bool(mask[window(place)].sum() >= _TOUCHED * area(place))


def _may_end_in(box: Box, place: Box, width: float) -> bool:
    """Whether that share of the lower edge of the box is in the other box and above its foot."""
    shared = min(box[2], place[2]) - max(box[0], place[0])
    return place[3] > box[3] and shared >= width * (box[2] - box[0])


def _ends_at(box: Box, mask: Flags, width: float) -> bool:
    """Whether that share of the lower edge of the box is on the masked object and above its foot."""
    share, pixels = _FOOT_HEIGHT
    reach = pixels + round(share * (box[3] - box[1]))
    foot = mask[max(0, box[3] - reach) : box[3] + reach, box[0] : box[2]]
    if foot.any(axis=0).mean() < width:
        return False
    own = bounds(mask)
    return own[3] - box[3] > _ABOVE * (own[3] - own[1])
