"""Pages of text and shapes, drawn with the font that Pillow carries."""

from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from imgdiff.images import RGB
from imgdiff.records import Box
from services.imaging.masks import bounds

Colour = tuple[int, int, int]
BLACK, WHITE = (0, 0, 0), (255, 255, 255)


@dataclass
class Page:
    """A page under construction."""

    size: tuple[int, int] = (480, 160)
    ground: Colour = WHITE

    def __post_init__(self) -> None:
        self._image = Image.new("RGB", self.size, self.ground)
        self._draw = ImageDraw.Draw(self._image)

    def write(self, text: str, at: tuple[int, int], *, colour: Colour = BLACK, size: int = 16) -> "Page":
        self._draw.text(at, text, fill=colour, font=ImageFont.load_default(size))
        return self

    def fill(self, box: Box, colour: Colour) -> "Page":
        self._draw.rectangle((box[0], box[1], box[2] - 1, box[3] - 1), fill=colour)
        return self

    @property
    def pixels(self) -> RGB:
        return np.array(self._image)


def changed_box(image1: RGB, image2: RGB) -> Box:
    """The box around all pixels that differ."""
    return bounds((image1 != image2).any(axis=2))
