"""An object's place without it: covered in several ways, those that show least first."""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from imgdiff.images import RGB
from services.editing.boxes import bounds, widened, window
from services.editing.composing import composed
from services.editing.sight import Sight
from services.embedded.masks import Flags

# Graded by eye on 163 places of COCO photos: 4 of 5 good ones lie below it, 1 of 8 broken ones does.
STRANGEST = 0.045


@dataclass(frozen=True)
class Emptied:
    """The photo without an object, the pixels that were replaced, and how strange they look (0 is not at all)."""

    image: RGB
    hole: Flags
    strangeness: float


def emptied(image: RGB, holes: Sequence[Flags], avoid: Flags, sight: Sight) -> tuple[Emptied, ...]:
    """The holes covered, the least strange first; with nothing from `avoid` where there is enough else."""
    found = []
    for hole in holes:
        covered = composed(image, hole, avoid)
        if covered is not None:
            found.append(Emptied(covered, hole, sight.strangeness(covered, hole)))
    return tuple(sorted(found, key=lambda one: one.strangeness)) or (_smeared(image, holes[0]),)


def _smeared(image: RGB, hole: Flags) -> Emptied:
    """Only good for being covered by something else."""
    place = window(widened(bounds(hole), 0, 16, image.shape))
    result = image.copy()
    result[place] = cv2.inpaint(np.ascontiguousarray(image[place]), hole[place].astype(np.uint8), 3, cv2.INPAINT_TELEA)
    return Emptied(result, hole, 1.0)
