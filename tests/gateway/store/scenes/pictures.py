"""Drawn photos: different from each other in every part, smooth as photos are."""

import io

import numpy as np
from PIL import Image

from imgdiff.images import RGB


def draw_photo(seed: int, width: int = 320, height: int = 240) -> RGB:
    """Soft patches of colour; another seed gives another picture."""
    patches = np.random.default_rng(seed).integers(0, 256, (9, 12, 3), np.uint8)
    return np.asarray(Image.fromarray(patches).resize((width, height), Image.Resampling.BICUBIC))


def copy_as_jpeg(image: RGB, quality: int = 40, share: float = 1.0) -> RGB:
    """The picture as it comes back from a JPEG of a share of its size."""
    size = round(image.shape[1] * share), round(image.shape[0] * share)
    out = io.BytesIO()
    Image.fromarray(image).resize(size, Image.Resampling.LANCZOS).save(out, "JPEG", quality=quality)
    return np.asarray(Image.open(out).convert("RGB"))


def crop(image: RGB, share: float) -> RGB:
    """The picture without this share of its width and height at each border."""
    top, left = round(image.shape[0] * share), round(image.shape[1] * share)
    return np.ascontiguousarray(image[top : image.shape[0] - top, left : image.shape[1] - left])


def cover(image: RGB, box: tuple[int, int, int, int]) -> RGB:
    """An edit: a red box [x1, y1, x2, y2]."""
    edited = image.copy()
    edited[box[1] : box[3], box[0] : box[2]] = (200, 20, 20)
    return edited
