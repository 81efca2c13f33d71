"""Masks and boxes as clients send them: any form of COCO's run lengths is taken, and places have to fit the image."""

from collections.abc import Mapping
from typing import Annotated

from pydantic import BeforeValidator, Field

from imgdiff.boxes import iou
from imgdiff.errors import InvalidRequest
from imgdiff.objects import run_lengths
from imgdiff.objects.places import Box, Mask
from imgdiff.requests.sent import Sent

SAME_PLACE = 0.5  # IoU of a box and the bounds of a mask that mean one object; chosen, not measured


_TOO_LONG = 2**31  # pixels; COCO's text has 35 bits for the difference of two runs
_Side = Annotated[int, Field(ge=1, lt=_TOO_LONG)]
_Run = Annotated[int, Field(ge=0, lt=_TOO_LONG)]


class RunLengths(Sent):
    """A mask in either form of COCO's run lengths."""

    size: tuple[_Side, _Side] = Field(description="[height, width] in pixels.")
    counts: str | list[_Run] = Field(description="Run lengths, column-major: COCO's compressed text, or numbers.")


def _settle(value: object) -> object:
    """The mask with compressed run lengths; raises ValueError unless they cover its size and mark a pixel."""
    if value is None or isinstance(value, Mask):
        return value
    if isinstance(value, Mapping) and isinstance(value.get("counts"), bytes):  # as pycocotools writes it
        value = {**value, "counts": value["counts"].decode("ascii", "replace")}
    given = RunLengths.model_validate(value)
    runs = run_lengths.expand(given.counts) if isinstance(given.counts, str) else given.counts
    run_lengths.check(runs, given.size)
    if run_lengths.area(runs) == 0:
        raise ValueError("the mask is empty; mark the pixels of the object")
    return Mask(size=given.size, counts=run_lengths.compress(runs))


GivenMask = Annotated[Mask, BeforeValidator(_settle, json_schema_input_type=RunLengths)]
"""A mask that is not empty, sent in either form of COCO's run lengths."""


def mask_bounds(mask: Mask) -> Box:
    """The smallest box around a mask; raises ValueError for an empty one."""
    bounds = run_lengths.bounds(run_lengths.expand(mask.counts), mask.size[0])
    if bounds is None:
        raise ValueError("the mask is empty")
    return bounds


def mask_area(mask: Mask) -> int:
    """Pixels inside a mask."""
    return run_lengths.area(run_lengths.expand(mask.counts))


def check_place(mask: Mask | None, box: Box | None, size: tuple[int, int], pointer: str) -> None:
    """Raise InvalidRequest unless mask and box are the place of one object in an image of `size` (width, height).

    `pointer` is what comes before `mask` and `box` in the names of both fields.
    """
    width, height = size
    if mask is not None and mask.size != (height, width):
        detail = (
            f"the mask is {mask.size[1]}x{mask.size[0]} pixels (width x height) and the image {width}x{height}; "
            "send a mask of the image upright, as EXIF orients it"
        )
        raise InvalidRequest.at(f"{pointer}mask", "mask.size", detail)
    if box is not None and (box[2] > width or box[3] > height):
        detail = f"the box {list(box)} reaches outside the image of {width}x{height} pixels"
        raise InvalidRequest.at(f"{pointer}box", "box.outside", detail)
    if mask is None or box is None:
        return
    bounds = mask_bounds(mask)
    if iou(bounds, box) < SAME_PLACE:
        detail = (
            f"the box {list(box)} and the mask, whose bounds are {list(bounds)}, are different places "
            f"(IoU {iou(bounds, box):.2f}; at least {SAME_PLACE}); send one of them, or both of one object"
        )
        raise InvalidRequest.at(f"{pointer}box", "box.not_of_mask", detail)
