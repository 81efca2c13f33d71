"""PatchMatch: a hole is filled from coarse to fine with averaged patches of its surroundings (Barnes et al., 2009).

Smooth and softly lit places come out without the seams that shift maps leave there; lines come out less sharp.
"""

import threading

import numpy as np
from patchmatch import patch_match

from imgdiff.images import RGB
from services.editing.limits import MOST_MATCHED_PIXELS
from services.imaging.arrays import Flags
from services.imaging.boxes import grow, window
from services.imaging.masks import bounds

_REACH = 2.0, 48  # sizes of the hole around it and pixels from which patches may come; chosen, as for shift maps
_RADIUS = 3  # pixels of a patch; 5 and 7 take two and five times as long and pass no more places
_HOLE_COST = 10  # times as long for a pixel of the hole as for one around it; measured on holes of 4 to 25 %
_LOCK = threading.Lock()  # the library's random numbers have one state


def inpaint_with_patch_match(image: RGB, hole: Flags, avoid: Flags) -> RGB | None:
    """The image with its hole (H x W) filled; None where that would take too long or nothing is left to copy from.

    Pixels of `avoid` (H x W) are not copied; those outside the hole are untouched. The same input gives the same bytes.
    """
    share, pixels = _REACH
    around = window(grow(bounds(hole), pixels, image.shape, share=share))
    inside, apart = hole[around], avoid[around] & ~hole[around]
    if inside.size + _HOLE_COST * inside.sum() > MOST_MATCHED_PIXELS or (inside | apart).all():
        return None
    with _LOCK:
        filled = patch_match.inpaint(np.ascontiguousarray(image[around]), inside, global_mask=apart, patch_size=_RADIUS)
    result = image.copy()
    result[around] = np.where(inside[..., None], filled, image[around])
    return result
