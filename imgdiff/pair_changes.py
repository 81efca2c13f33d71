"""What differs between two images as a whole: size, light, sharpness and the like."""

from enum import StrEnum

from pydantic import Field

from imgdiff.frozen import Frozen


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
