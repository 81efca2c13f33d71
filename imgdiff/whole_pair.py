"""A pair as a whole: how image2 lies on image1, and what differs everywhere: size, light, sharpness and the like."""

from enum import StrEnum
from typing import Literal

from pydantic import Field

from imgdiff.frozen import Frozen

Matrix = tuple[tuple[float, float, float], tuple[float, float, float], tuple[float, float, float]]


class PairChangeKind(StrEnum):
    """What differs between two images as a whole."""

    MIRRORED = "mirrored"
    ROTATED = "rotated"
    CROPPED = "cropped"
    EXTENDED = "extended"
    SCALED = "scaled"
    DISTORTED = "distorted"
    GREYSCALE = "greyscale"
    BRIGHTNESS = "brightness"
    COLOUR_CAST = "colour_cast"
    COLOURS = "colours"
    BLURRED = "blurred"
    SHARPENED = "sharpened"
    NOISE = "noise"
    RECOMPRESSED = "recompressed"
    WEATHER = "weather"


class PairChange(Frozen):
    """One thing in which image2 differs from image1 as a whole."""

    kind: PairChangeKind = Field(description="What differs.")
    value: float | None = Field(default=None, description="Its measure; null where there is none.")
    harmless: bool = Field(
        description="Whether the pair is not `different` for this alone, as after a new compression. Weather is "
        "harmless, but may hide changes: with none found the verdict is `undetermined`, never `same`."
    )
    text: str = Field(description="One sentence that states it; part of the record's caption.")


class Lens(Frozen):
    """Radial distortion of image2 against image1.

    What the matrix leads to q lies at centre + (q - centre) * (1 + k1 r² + k2 r⁴), r being the distance of q from the
    centre over `radius`.
    """

    centre: tuple[float, float] = Field(description="x and y of its centre in pixels of image2.")
    radius: float = Field(gt=0, description="Pixels of image2 to the unit of r: half of its diagonal.")
    terms: tuple[float, float] = Field(description="k1 and k2; negative for a barrel, positive for a pincushion.")


class Alignment(Frozen):
    """The transform that registers image2 to image1 before the comparison."""

    applied: bool = Field(description="Whether image2 was warped with `matrix` before the comparison.")
    model: Literal["identity", "translation", "euclidean", "affine", "homography", "lens"] = Field(
        description="Simplest motion model that fits; `lens` is a homography with radial distortion."
    )
    matrix: Matrix = Field(description="3x3, row-major; maps homogeneous pixels of image1 to pixels of image2.")
    lens: Lens | None = Field(default=None, description="What follows the matrix under `lens`; null else.")
    score: float = Field(ge=-1.0, le=1.0, description="Mean local correlation (ZNCC) after alignment; 1 is perfect.")
