"""The outline of a new donor: the mask or polygons that a client sent, or what is opaque of a cut-out."""

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from pycocotools import mask as coco

from imgdiff.datasets import MOST_POLYGONS
from imgdiff.errors import InvalidImage, InvalidRequest
from imgdiff.objects.pixels import decode_mask, encode_mask
from imgdiff.objects.places import Mask

_CORNERS = 3  # of the smallest polygon
# An outline takes COCO 40 bytes and some 1.5 us a pixel of its length: 1,500 edges across 4000x4000 pixels took 8.6 s.
_LONGEST = 50  # of an outline, in widths and heights of its image; chosen, not measured
_SIDE = 64  # pixels of the longer side at which parts are counted, so that thin seams close; chosen, not measured
_SPECK = 0.05  # of the largest part's pixels; chosen, not measured


def trace_opaque(opaque: NDArray[np.bool_], pointer: str) -> Mask:
    """The mask of a cut-out (H x W); raises InvalidImage where nothing is opaque."""
    if not opaque.any():
        raise InvalidImage.at(pointer, "image.transparent", "the picture is transparent everywhere; it shows no object")
    return encode_mask(opaque)


def fill_polygons(polygons: list[list[float]], width: int, height: int, pointer: str) -> Mask:
    """The mask of COCO's polygons, filled as COCO does; raises InvalidRequest where they enclose nothing.

    Also for outlines of a length that no object has, which would keep a processor and memory busy.
    """
    long = (
        f"an outline has at most {MOST_POLYGONS} polygons, and {_LONGEST} times the image's width and height in length"
    )
    if len(polygons) > MOST_POLYGONS:
        raise InvalidRequest.at(pointer, "polygon.long", f"{long}; send a mask")
    for index, polygon in enumerate(polygons):
        if len(polygon) < 2 * _CORNERS or len(polygon) % 2 or not np.isfinite(polygon).all():
            detail = "a polygon is [x1, y1, x2, y2, ...] of at least three corners"
            raise InvalidRequest.at(f"{pointer}/{index}", "polygon", detail)
    inside = [np.clip(np.reshape(polygon, (-1, 2)), 0, (width, height)) for polygon in polygons]
    if sum(map(_length, inside)) > _LONGEST * (width + height):
        raise InvalidRequest.at(pointer, "polygon.long", f"{long}; send a mask")
    merged = coco.merge(coco.frPyObjects([one.ravel().tolist() for one in inside], height, width)) if inside else None
    if merged is None or not coco.area(merged):
        raise InvalidRequest.at(pointer, "polygon.empty", "the polygons enclose no pixel of the image")
    return Mask(size=(height, width), counts=merged["counts"].decode())


def _length(corners: NDArray[np.float64]) -> float:
    """Pixels along a closed polygon (N x 2), and one for each corner."""
    return float(np.abs(corners - np.roll(corners, 1, axis=0)).max(axis=1).sum()) + len(corners)


def count_parts(mask: Mask) -> int:
    """Parts of a mask that are apart by more than a seam, without specks."""
    sizes = _sizes_of_parts(_shrink(decode_mask(mask)))
    return sum(size >= _SPECK * max(sizes) for size in sizes)


def _shrink(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """The mask at a small size, where seams close."""
    rows, columns = np.nonzero(mask)
    crop = mask[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]
    scale = min(1.0, _SIDE / max(crop.shape))
    size = max(1, round(crop.shape[1] * scale)), max(1, round(crop.shape[0] * scale))
    return np.asarray(Image.fromarray(crop.astype(np.uint8) * 255).resize(size, Image.Resampling.BOX)) > 0


def _sizes_of_parts(mask: NDArray[np.bool_]) -> list[int]:
    """Pixels of each part, neighbours at corners included."""
    left, sizes = {(int(y), int(x)) for y, x in np.argwhere(mask)}, []
    while left:
        ahead, size = [left.pop()], 0
        while ahead:
            y, x = ahead.pop()
            size += 1
            near = {(y + dy, x + dx) for dy in (-1, 0, 1) for dx in (-1, 0, 1)} & left
            left -= near
            ahead.extend(near)
        sizes.append(size)
    return sizes
