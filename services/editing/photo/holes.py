"""What to fill when objects are removed from a photo, and what stays as it is beside them."""

from collections.abc import Sequence

import numpy as np
from scipy import ndimage

from imgdiff.boxes import area, enclosing, intersection
from services.english.things import thing
from services.imaging.arrays import Flags
from services.imaging.boxes import grow, window
from services.imaging.masks import bounds, fill_superellipse, grow_mask
from services.objects.photo_objects import PhotoObjects

# Shares of boxes and pixels around them; chosen, not measured.
_HELD = 0.75  # of an object's box in another's: a part of it or inside it, such as a tap in a sink
_CARRIED, _SMALL = 0.4, 0.15  # of a small thing's box in the target's, and its size beside it, such as a glove
_NEAR_MARGIN = 0.2, 8  # share of a box and pixels: other objects there keep their outlines
_MOST_OUTLINED = 3  # other objects whose outlines are drawn
_SAFE = 3  # pixels around these from which nothing is copied
_HALO = 0.07  # of the object's size, at least 4 pixels: its soft edge; twice that below it, for the shadow at its foot


def list_holes(objects: PhotoObjects, together: Sequence[int]) -> tuple[tuple[Flags, ...], Flags]:
    """What to fill without these objects, likeliest first, and the pixels elsewhere that nothing is copied from."""
    beside, avoid = _surrounding_objects(objects, together)
    holes = _holes(objects, together, beside, avoid)
    return holes, avoid & ~np.logical_or.reduce(holes)


def _surrounding_objects(objects: PhotoObjects, together: Sequence[int]) -> tuple[Flags, Flags]:
    """Pixels of the nearest other objects, which stay as they are, and pixels that nothing is copied from.

    What is inside the target's box goes with it; what contains the target continues behind it.
    """
    beside, avoid = (np.zeros(objects.image.shape[:2], np.bool_) for _ in range(2))
    box, mask = enclosing([objects.items[index].box for index in together]), objects.union(together)
    sure = any(objects.is_outlined(index) for index in together)
    near = grow(box, _NEAR_MARGIN[1], objects.image.shape, share=_NEAR_MARGIN[0])
    outlined = 0
    for other, item in enumerate(objects.items):
        shared = intersection(item.box, box)
        if other in together or thing(item.label).support or shared > _HELD * min(area(box), area(item.box)):
            continue
        if shared > _CARRIED * area(item.box) and area(item.box) < _SMALL * area(box):
            continue
        if intersection(item.box, near) and outlined < _MOST_OUTLINED:
            outline = objects.mask(other)
            beside |= outline if not sure and outline.sum() < mask.sum() else outline & ~mask
            outlined += 1
        else:
            avoid[window(item.box)] = True
    return beside, (avoid & ~mask) | grow_mask(beside, _SAFE)


def _holes(objects: PhotoObjects, together: Sequence[int], beside: Flags, avoid: Flags) -> tuple[Flags, ...]:
    """The objects with a halo; or, in case an outline lost a part, the whole box but for others."""
    whole = objects.union(together)
    mask = whole & ~beside if (whole & ~beside).any() else whole
    mask = np.asarray(ndimage.binary_fill_holes(mask)) & ~beside
    halo = max(4, round(_HALO * area(bounds(mask)) ** 0.5))
    unsure = [index for index in together if not objects.is_outlined(index)]
    boxes = [fill_superellipse(objects.items[index].box, mask.shape) & ~avoid for index in unsure]
    roomy = [np.logical_or.reduce([mask, *boxes])] if boxes else []
    holes = (grow_mask(hole | _lower(hole, halo), halo) for hole in (mask, *roomy))
    return tuple(hole & ~beside if (hole & ~beside).any() else hole for hole in holes)


def _lower(mask: Flags, rows: int) -> Flags:
    """The mask, that many rows further down."""
    result = np.zeros_like(mask)
    result[rows:] = mask[:-rows]
    return result
