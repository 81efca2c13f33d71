"""Where an object is: its image, and a box or a mask in the pixels of that image."""

from enum import StrEnum
from typing import Annotated

from pydantic import AfterValidator, Field

from imgdiff.frozen import Frozen

AssetId = Annotated[str, Field(pattern=r"^sha256:[0-9a-f]{64}$", description="SHA-256 of the normalised image bytes.")]


def _check_order(box: tuple[int, int, int, int]) -> tuple[int, int, int, int]:
    x1, y1, x2, y2 = box
    if not (0 <= x1 < x2 and 0 <= y1 < y2):
        raise ValueError("a box is [x1, y1, x2, y2] with 0 <= x1 < x2 and 0 <= y1 < y2")
    return box


_TOO_FAR = 2**31  # pixels; no image is as wide, and numbers of 32 bits hold all others
_Start = Annotated[int, Field(ge=0, lt=_TOO_FAR)]
_End = Annotated[int, Field(ge=1, lt=_TOO_FAR)]
Box = Annotated[
    tuple[_Start, _Start, _End, _End],
    AfterValidator(_check_order),
    Field(description="[x1, y1, x2, y2] in pixels, half-open: x2 and y2 are the first column and row outside."),
]


class Mask(Frozen):
    """A binary mask of a whole image as COCO run-length encoding."""

    size: tuple[int, int] = Field(description="[height, width] in pixels.")
    counts: str = Field(description="COCO compressed run lengths, column-major.")


class LocatedBy(StrEnum):
    """What an edit's boxes rest on."""

    EDIT = "edit"
    ATTENTION = "attention"
    OBJECTS = "objects"
    PIXELS = "pixels"
    REGIONS = "regions"
