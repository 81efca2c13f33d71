"""Source pictures and cut-outs of training pairs, drawn from lists of image files."""

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from imgdiff.images import RGB

Alpha = NDArray[np.float32]
_SIZES = ((512, 384), (640, 480), (640, 480), (640, 640), (800, 600))  # width and height of a made image


def read(path: Path) -> RGB:
    """Read a file as RGB, (height, width, 3) uint8; transparent pixels become white."""
    image = Image.open(path).convert("RGBA")
    ground = Image.new("RGBA", image.size, "white")
    return np.asarray(Image.alpha_composite(ground, image).convert("RGB"))


class Pictures:
    """Draws views and cut-outs; each file is read when it is drawn."""

    def __init__(self, pictures: Sequence[Path], cutouts: Sequence[Path]) -> None:
        self._pictures = list(pictures)
        self._cutouts = list(cutouts)

    def view(self, rng: np.random.Generator, margin: int = 0) -> RGB:
        """A part of a picture, scaled to one of the sizes plus `margin` on every side, mirrored half the time."""
        picture = read(self._pictures[int(rng.integers(len(self._pictures)))])
        width, height = (side + 2 * margin for side in _SIZES[int(rng.integers(len(_SIZES)))])
        least = max(width / picture.shape[1], height / picture.shape[0])
        scale = least * float(rng.uniform(1.0, max(1.0, min(2.5, 1.3 / least))))
        size = max(width, round(picture.shape[1] * scale)), max(height, round(picture.shape[0] * scale))
        way = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
        scaled = cv2.resize(picture, size, interpolation=way)
        left, top = int(rng.integers(size[0] - width + 1)), int(rng.integers(size[1] - height + 1))
        part = scaled[top : top + height, left : left + width]
        return np.ascontiguousarray(part[:, ::-1] if rng.random() < 0.5 else part)

    def cutout(self, rng: np.random.Generator, side: int) -> tuple[RGB, Alpha]:
        """An object whose longer side is `side` pixels, as RGB, and its opacity 0..1."""
        while True:
            image = Image.open(self._cutouts[int(rng.integers(len(self._cutouts)))]).convert("RGBA")
            image.thumbnail((4 * side, 4 * side))
            bounds = image.getchannel("A").point(lambda value: 255 * (value > 30)).getbbox()
            if bounds is None:
                continue
            image = image.crop(bounds)
            scale = side / max(image.size)
            size = max(4, round(image.width * scale)), max(4, round(image.height * scale))
            pixels = np.asarray(image.resize(size, Image.Resampling.LANCZOS))
            opacity = pixels[..., 3].astype(np.float32) / 255
            if opacity.mean() > 0.15 and opacity.mean() < 0.98:
                return np.ascontiguousarray(pixels[..., :3]), opacity
