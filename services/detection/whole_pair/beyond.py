"""What only one image extends to: the parts of a drawn page that lie outside the other's frame, where it holds ink."""

from dataclasses import dataclass

import numpy as np

from imgdiff.boxes import project
from imgdiff.images import RGB
from imgdiff.records import Box
from services.detection.limits import SAME_SCALE
from services.detection.whole_pair.frames import Frames
from services.imaging.arrays import Flags
from services.imaging.boxes import window
from services.imaging.colours import count_colours
from services.imaging.warp import Matrix

_LEAST = 3  # pixels of a strip: less is a rounded size; chosen, not measured
_INK = 24  # grey levels by which content differs from the page; chosen, not measured
_LEAST_INK = 12  # pixels of content; chosen, not measured


@dataclass(frozen=True)
class Beyond:
    """A place that only image `image` extends to, in its own pixels, and the changed pixels it holds."""

    image: int
    box: Box
    pixels: int


def find_beyond(image1: RGB, image2: RGB, frames: Frames) -> list[Beyond]:
    """Content of either image outside the other's frame, where both lie straight and at one scale."""
    if np.abs(frames.linear - np.eye(2)).max() > SAME_SCALE or min(frames.shared) >= 1:
        return []
    found = []
    for number, image, other in ((1, image1, image2), (2, image2, image1)):
        frame = _project_frame(other, image, frames.backwards if number == 1 else frames.matrix)
        page = find_page_colour(image)
        strips = [] if frame is None else _strips(frame, image)
        found += [Beyond(number, *inked) for strip in strips if (inked := _ink(image, strip, page))]
    return found


def _project_frame(other: RGB, image: RGB, matrix: Matrix) -> Box | None:
    rows = tuple(tuple(float(value) for value in row) for row in matrix)
    sizes = other.shape[1], other.shape[0], image.shape[1], image.shape[0]
    return project((0, 0, *sizes[:2]), rows, *sizes[2:])  # type: ignore[arg-type]


def find_page_colour(image: RGB) -> RGB:
    """The commonest colour, (3,) uint8."""
    colours, counts = count_colours(image[::4, ::4].reshape(-1, 3))
    return np.asarray(colours[counts.argmax()], np.uint8)


def _strips(frame: Box, image: RGB) -> list[Box]:
    """What is above, below, left and right of the other's frame."""
    height, width = image.shape[:2]
    left, top, right, bottom = frame
    strips = (0, 0, width, top), (0, bottom, width, height), (0, top, left, bottom), (right, top, width, bottom)
    return [box for box in strips if min(box[2] - box[0], box[3] - box[1]) >= _LEAST]


def _ink(image: RGB, strip: Box, page: RGB) -> tuple[Box, int] | None:
    """The box around what is not page inside the strip, and its pixels; null for a blank strip."""
    part = image[window(strip)].astype(np.int16)
    inked: Flags = np.abs(part - page).max(axis=2) > _INK
    if inked.sum() < _LEAST_INK:
        return None
    rows, columns = np.flatnonzero(inked.any(1)), np.flatnonzero(inked.any(0))
    x, y = strip[:2]
    box = x + int(columns[0]), y + int(rows[0]), x + int(columns[-1]) + 1, y + int(rows[-1]) + 1
    return box, int(inked.sum())
