"""How much of an object's outline another object touches."""

import numpy as np

from services.imaging.arrays import Flags
from services.imaging.boxes import grow, window
from services.imaging.masks import grow_mask
from services.objects.photo_objects import PhotoObjects

# Chosen, not measured.
_MARGIN = 0.1, 8  # share of a box and pixels around it: contacts are there
_RIM, _TOUCHING = 3, 2  # pixels: width of an object's rim, and the distance at which another object touches it


def measure_contact(objects: PhotoObjects, index: int, others: tuple[int, ...], lower: float = 1.0) -> float:
    """Share of the object's outline, or of that in the lower part of its box, that the other objects touch; 0..1."""
    share, pixels = _MARGIN
    box = objects.items[index].box
    place = grow(box, pixels, objects.image.shape, share=share)
    mask = objects.mask(index)[window(place)]
    rim = grow_mask(mask, _RIM) & ~mask
    rim[: max(0, round(box[3] - lower * (box[3] - box[1])) - place[1])] = False
    if not others or not rim.any():
        return 0.0
    beside: Flags = np.asarray(objects.union(others)[window(place)])
    return float((rim & grow_mask(beside, _TOUCHING)).sum() / rim.sum())
