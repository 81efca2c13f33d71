"""Other tools behind one signature: two images in, the boxes in which they differ out."""

import io

import blazediff_interpret
import cv2
import numpy as np
from PIL import Image
from pixelmatch.core import pixelmatch

from imgdiff.images import RGB
from imgdiff.records import Box

_LOUD = 30  # grey levels of difference; chosen, not measured
_SPECK = 30  # pixels below which a component is dropped; chosen, not measured


def plain(image1: RGB, image2: RGB) -> list[Box]:
    """Pixels that differ by more than 30 grey levels, joined within 5 pixels."""
    return _boxes(cv2.absdiff(image1, _resize_to(image1, image2)).max(axis=2) > _LOUD)


def pixelmatch_boxes(image1: RGB, image2: RGB) -> list[Box]:
    """pixelmatch with its defaults, its pixels joined as for `plain`."""
    height, width = image1.shape[:2]
    opaque = np.full((height, width), 255, np.uint8)
    flat = [np.dstack([image, opaque]).ravel().tolist() for image in (image1, _resize_to(image1, image2))]
    out = bytearray(height * width * 4)
    pixelmatch(flat[0], flat[1], width, height, out, diff_mask=True)
    drawn = np.frombuffer(out, np.uint8).reshape(height, width, 4)
    return _boxes((drawn[..., 3] > 0) & (drawn[..., 1] == 0))


def blazediff(image1: RGB, image2: RGB) -> list[Box]:
    """blazediff-interpret with its defaults."""
    answer = blazediff_interpret.interpret_buffers(_png(image1), _png(_resize_to(image1, image2)))
    boxes = (region["bbox"] for region in answer["regions"])
    return [(box["x"], box["y"], box["x"] + box["width"], box["y"] + box["height"]) for box in boxes]


def _resize_to(image1: RGB, image2: RGB) -> RGB:
    """image2 in the size of image1, since these tools compare equal sizes only."""
    if image1.shape == image2.shape:
        return image2
    return np.asarray(cv2.resize(image2, image1.shape[1::-1], interpolation=cv2.INTER_AREA))


def _boxes(changed: np.ndarray) -> list[Box]:
    joined = cv2.dilate(changed.astype(np.uint8), np.ones((5, 5), np.uint8))
    count, _, stats, _ = cv2.connectedComponentsWithStats(joined)
    return [
        (int(x), int(y), int(x + width), int(y + height))
        for x, y, width, height, size in stats[1:count]
        if size >= _SPECK
    ]


def _png(image: RGB) -> bytes:
    out = io.BytesIO()
    Image.fromarray(image).save(out, "PNG", compress_level=1)
    return out.getvalue()
