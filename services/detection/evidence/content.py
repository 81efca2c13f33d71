"""What kind of images a pair is: one capture that was edited, two of a scene; binary, drawn or photographed.

A drawing that was never compressed repeats few exact colours. Compression and scanning spread them, but a median filter
gathers them again, and thin strokes stay; a photo keeps its gradients.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from imgdiff.images import RGB
from imgdiff.stages import Content
from services.detection.limits import (
    BINARY,
    CLASSIFIED_PIXELS,
    COMPRESSED_COLOURS,
    COMPRESSED_FLAT,
    COMPRESSED_GATHERED,
    CROWDED_CALM,
    CROWDED_COLOURS,
    CROWDED_FLAT,
    GRAINY_FLAT,
    LOSSLESS_CALM,
    LOSSLESS_COLOURS,
    LOSSLESS_FLAT,
    SAME_CAPTURE,
    SCANNED_GATHERED,
    SCANNED_STROKES,
)
from services.imaging.channels import take_worst
from services.imaging.edges import find_edges

# Chosen on the test pairs, none measured apart.
_EQUAL = 2  # grey levels within which a pixel is equal
_FEW_EDGES = 0.002  # share of pixels below which edges prove nothing
_SMALLEST = 64  # pixels a side below which an image is treated as drawn
_DARK, _BRIGHT = 24, 232  # grey levels
_INK = 0.01  # share of dark pixels that a binary image has at least
_BAND = 64  # rows that are classified together where an image is too large
_EXACT, _COARSE = 64, 12  # commonest exact colours, and colours of 8 levels a channel, that are counted together
_MEDIAN = 5  # pixels a side of the filter that removes what compression adds
_CONTRAST, _LEAST_CONTRAST = 60, 0.005  # grey levels within 7 pixels, and the share of pixels that a drawing has there
_STROKE, _DETAIL = 40, 6  # grey levels that the median filter takes from a thin stroke, and from anything that counts
_BLANK = 0.97  # share of flat pixels of an empty page


@dataclass(frozen=True)
class _Texture:
    """Shares, 0..1: flat pixels, pixels in the commonest colours as they are and after a median filter, contrast, and
    thin strokes among all that the filter removes."""

    flat: float
    colours: float
    gathered: float
    contrast: float
    strokes: float


def is_same_capture(image1: RGB, image2: RGB) -> bool:
    """Whether most pixels are equal without any warp, those on edges too."""
    if image1.shape != image2.shape:
        return False
    equal = take_worst(cv2.absdiff(image1, image2)) <= _EQUAL
    if equal.mean() <= SAME_CAPTURE:
        return False
    edges = find_edges(image1)
    return bool(edges.mean() < _FEW_EDGES or equal[edges].mean() > SAME_CAPTURE)


def classify_content(image1: RGB, image2: RGB) -> Content:
    """Two levels only, drawn, or a photo; a pair is drawn where both images are."""
    if min(*image1.shape[:2], *image2.shape[:2]) < _SMALLEST:
        return Content.DRAWN
    levels = np.zeros(256)
    for image in (image1, image2):
        levels += np.bincount(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY).ravel()[::7], minlength=256)
    levels /= levels.sum()
    dark, bright = levels[:_DARK].sum(), levels[_BRIGHT:].sum()
    if dark + bright > BINARY and dark > _INK:
        return Content.BINARY
    return Content.DRAWN if is_drawn(image1) and is_drawn(image2) else Content.PHOTO


def is_drawn(image: RGB) -> bool:
    """Whether an image of height x width x 3 was drawn: as it left its program, compressed, or scanned."""
    texture = _measure_texture(_take_bands(image))
    if _is_lossless(texture):
        return True
    if texture.contrast < _LEAST_CONTRAST:
        return False
    compressed = (
        texture.flat >= COMPRESSED_FLAT
        and texture.colours >= COMPRESSED_COLOURS
        and texture.gathered >= COMPRESSED_GATHERED
    )
    scanned = texture.gathered >= SCANNED_GATHERED and texture.strokes >= SCANNED_STROKES
    return compressed or scanned


def is_rendering(image: RGB) -> bool:
    """Whether an image of height x width x 3 was drawn and never compressed: it is flat right beside its edges."""
    bands = _take_bands(image)
    texture = _measure_texture(bands)
    if not _is_lossless(texture):
        return False
    crowded = texture.flat < CROWDED_FLAT and texture.colours >= CROWDED_COLOURS  # a map has edges everywhere
    return _share_calm(bands) >= (CROWDED_CALM if crowded else LOSSLESS_CALM)


def has_grain(image: RGB) -> bool:
    """Whether a drawing of height x width x 3 went through a scanner or camera: hardly a pixel equals those around."""
    return float((_measure_range(_take_bands(image), 3) == 0).mean()) < GRAINY_FLAT


def measure_calm(image: RGB) -> float:
    """Share of an image's pixels around edges that are flat, 0..1: nearly all as drawn, few once compressed."""
    return _share_calm(_take_bands(image))


def _share_calm(image: RGB) -> float:
    """Share of flat pixels around edges, outside their anti-aliasing: compression leaves ringing there."""
    edges = find_edges(image).astype(np.uint8)
    near, edge = (cv2.dilate(edges, np.ones((side, side), np.uint8)) > 0 for side in (7, 3))
    around = near & ~edge
    return float((_measure_range(image, 3)[around] == 0).mean()) if around.any() else 1.0


def _is_lossless(texture: _Texture) -> bool:
    if texture.flat > _BLANK:
        return True
    repeated = texture.flat >= LOSSLESS_FLAT and texture.colours >= LOSSLESS_COLOURS
    return repeated and texture.contrast >= _LEAST_CONTRAST


def _measure_texture(image: RGB) -> _Texture:
    median = np.asarray(cv2.medianBlur(image, _MEDIAN), np.uint8)
    removed = take_worst(cv2.absdiff(image, median))
    return _Texture(
        flat=float((_measure_range(image, 3) == 0).mean()),
        colours=_share_of_commonest(_name_colours(image[::2, ::2], 8), _EXACT),
        gathered=_share_of_commonest(_name_colours(median[::2, ::2], 5), _COARSE),
        contrast=float((_measure_range(image, 7) > _CONTRAST).mean()),
        strokes=float((removed > _STROKE).sum() / max(1, (removed > _DETAIL).sum())),
    )


def _take_bands(image: RGB) -> RGB:
    """Evenly spaced bands of rows of a large image, so that its pixels keep their neighbours."""
    height, width = image.shape[:2]
    every = -(-height * width // CLASSIFIED_PIXELS)
    if every < 2 or height < 2 * _BAND:
        return image
    return np.concatenate([image[y : y + _BAND] for y in range(0, height - _BAND + 1, _BAND * every)])


def _measure_range(image: RGB, side: int) -> NDArray[np.uint8]:
    return take_worst(cv2.morphologyEx(image, cv2.MORPH_GRADIENT, np.ones((side, side), np.uint8)))


def _name_colours(image: RGB, bits: int) -> NDArray[np.int32]:
    """One number a pixel for its colour at that many bits a channel."""
    cut = (image >> (8 - bits)).reshape(-1, 3).astype(np.int32)
    return np.asarray((cut[:, 0] << (2 * bits)) | (cut[:, 1] << bits) | cut[:, 2], np.int32)


def _share_of_commonest(names: NDArray[np.int32], number: int) -> float:
    counts = np.unique(names, return_counts=True)[1]
    return float(np.sort(counts)[::-1][:number].sum() / max(1, names.size))
