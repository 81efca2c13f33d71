"""Scenes of named shapes, drawn the same way every time, so that one edited shape changes exactly its own pixels."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Literal

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from imgdiff.images import RGB
from imgdiff.records import Box

_EDGE = 3  # pixels that a shape may draw beyond its corners: line width and smoothing

Form = Literal["rectangle", "ellipse", "line", "polygon", "text"]
Points = tuple[tuple[float, float], ...]


@dataclass(frozen=True)
class Shape:
    """One shape. A text is drawn with its upper left corner at the first point, `size` pixels high."""

    name: str
    form: Form
    points: Points
    fill: str | None = None
    outline: str | None = None
    width: int = 1
    text: str = ""
    size: int = 15

    def draw(self, pen: ImageDraw.ImageDraw, scale: int) -> None:
        """Draw it `scale` times as large."""
        points = [(x * scale, y * scale) for x, y in self.points]
        width = self.width * scale
        match self.form:
            case "rectangle":
                pen.rectangle(points, self.fill, self.outline, width)
            case "ellipse":
                pen.ellipse(points, self.fill, self.outline, width)
            case "polygon":
                pen.polygon(points, self.fill, self.outline, width)
            case "line":
                pen.line(points, self.fill, width, "curve")
            case "text":
                pen.text(points[0], self.text, self.fill, _font(self.size * scale))

    def extent(self) -> Box:
        """A box that holds all its pixels at scale 1."""
        across, down = zip(*self.points, strict=True)
        right, bottom = max(across), max(down)
        if self.form == "text":
            _, _, wide, high = _font(self.size).getbbox(self.text)
            right, bottom = right + wide, bottom + high
        edge = _EDGE + (self.width if self.form == "line" else 0)
        return int(min(across)) - edge, int(min(down)) - edge, int(right) + edge + 1, int(bottom) + edge + 1


@dataclass(frozen=True)
class Scene:
    """Shapes on paper, the first one lowest. Smooth scenes are drawn at twice the size and averaged."""

    width: int
    height: int
    paper: str
    shapes: tuple[Shape, ...]
    smooth: bool = False

    def draw(self, scale: int = 1) -> RGB:
        """The picture, `scale` times as large."""
        finer = 2 * scale if self.smooth else scale
        image = Image.new("RGB", (self.width * finer, self.height * finer), self.paper)
        pen = ImageDraw.Draw(image)
        for shape in self.shapes:
            shape.draw(pen, finer)
        return np.asarray(image.reduce(2) if self.smooth else image)

    def named(self, name: str) -> tuple[Shape, ...]:
        """The shapes of a name, or of parts of it: `dialog` has `dialog/title`."""
        return tuple(shape for shape in self.shapes if _belongs(shape, name))

    def without(self, name: str) -> "Scene":
        """The scene without the shapes of a name."""
        return replace(self, shapes=tuple(shape for shape in self.shapes if not _belongs(shape, name)))

    def over(self, shapes: Sequence[Shape]) -> "Scene":
        """The scene with more shapes on top."""
        return replace(self, shapes=(*self.shapes, *shapes))

    def edit(self, name: str, change: Callable[[Shape], Shape]) -> "Scene":
        """The scene with the shapes of a name changed."""
        return replace(self, shapes=tuple(change(shape) if _belongs(shape, name) else shape for shape in self.shapes))

    def shift(self, name: str, across: float, down: float) -> "Scene":
        """The scene with the shapes of a name moved."""

        def move(shape: Shape) -> Shape:
            return replace(shape, points=tuple((x + across, y + down) for x, y in shape.points))

        return self.edit(name, move)


def _belongs(shape: Shape, name: str) -> bool:
    return shape.name == name or shape.name.startswith(f"{name}/")


@cache
def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size)
