"""All statements on a pair as a whole, and whether both images were seen whole."""

import math
from collections.abc import Iterator

import cv2
import numpy as np

from imgdiff.images import RGB
from imgdiff.stages import Content
from imgdiff.whole_pair import PairChange, PairChangeKind
from services.detection.evidence.view import View
from services.detection.limits import COMPARED_WHOLE, COPIED
from services.detection.whole_pair.exposure import describe_exposure
from services.detection.whole_pair.frames import Frames
from services.detection.whole_pair.geometry import describe_geometry
from services.detection.whole_pair.light import describe_light
from services.detection.whole_pair.statements import Statements
from services.detection.whole_pair.texture import describe_compression, describe_texture
from services.imaging.edges import find_edges

_SMOOTH, _COARSE = 2.0, 4  # sigma in pixels of a picture so many times smaller, over which noise averages out
_MOST = 0.8  # share of the pixels that a copy's differences stay below
_SHAPE = 0.03  # natural logarithm of the ratio of two images' proportions, up to which both have one shape; chosen
_SAME_PIXELS = 1.02  # largest scale at which detail is still compared
_ALIKE = 0.75  # ZNCC from which so much agrees that the frame of a page, and fine detail, are compared; chosen


def describe_pair(images: tuple[RGB, RGB], view: View, frames: Frames, score: float) -> Statements:
    """Of two registered images with that ZNCC; `images` are as sent, the view is on image1's grid."""
    drawn = view.content is not Content.PHOTO
    copied = drawn or view.exact or _is_copy(view)
    blank = not find_edges(view.image1).any()  # fits anywhere
    if blank and _differ_in_shape(images):
        return Statements((), 0.0)
    registered = (score >= _ALIKE or not drawn) and not blank
    changes = [*describe_geometry(frames, copied=copied)] if registered else []
    if drawn or view.exact:
        return Statements(tuple(changes))
    exposure = [*describe_exposure(view.image1, view.raw2, view.valid)]
    toned = any(change.kind is PairChangeKind.COLOURS for change in exposure)
    light = describe_light(view.image1, view.raw2, view.valid, by_colour=not toned)
    changes += [*exposure, *(() if light is None else (light,))]
    changes += _describe_detail(images, view, frames) if score >= _ALIKE else ()
    seen_whole = copied or min(frames.shared) >= COMPARED_WHOLE
    return Statements(tuple(changes), 1.0 if seen_whole else min(frames.shared))


def _differ_in_shape(images: tuple[RGB, RGB]) -> bool:
    (height1, width1), (height2, width2) = (image.shape[:2] for image in images)
    return abs(math.log(width1 * height2 / (width2 * height1))) > _SHAPE


def _describe_detail(images: tuple[RGB, RGB], view: View, frames: Frames) -> Iterator[PairChange]:
    """Only where image2 was not scaled, which changes its detail."""
    large, small = frames.scale
    if max(large, 1 / small) <= _SAME_PIXELS:
        yield from describe_texture(view.image1, view.raw2, view.valid)
        yield from describe_compression(*images)


def _is_copy(view: View) -> bool:
    """Whether the images differ by less than two captures of a camera do, apart from what changed."""
    height, width = view.valid.shape
    size = max(1, width // _COARSE), max(1, height // _COARSE)
    small1, small2 = (
        cv2.resize(image, size, interpolation=cv2.INTER_AREA).astype(np.float32) for image in (view.image1, view.raw2)
    )
    seen = cv2.resize(view.valid.astype(np.uint8), size, interpolation=cv2.INTER_NEAREST) > 0
    difference = np.abs(cv2.GaussianBlur(small1 - small2, (0, 0), _SMOOTH)).max(axis=2)[seen]
    return bool(difference.size) and float(np.quantile(difference, _MOST)) <= COPIED
