"""A mask is taken in every form that COCO's tools write, and has to fit the image and the box."""

from typing import Any

import numpy as np
import pytest
from pycocotools import mask as coco
from pydantic import TypeAdapter, ValidationError

from imgdiff.errors import InvalidRequest
from imgdiff.objects.places import Box, Mask
from imgdiff.requests.places import GivenMask, check_place, mask_area, mask_bounds

GIVEN: TypeAdapter[Mask] = TypeAdapter(GivenMask)
PIXELS = np.zeros((30, 40), np.uint8)
PIXELS[10:20, 5:15] = 1
COMPRESSED = coco.encode(np.asfortranarray(PIXELS))
MASK = Mask(size=(30, 40), counts=COMPRESSED["counts"].decode())


@pytest.mark.parametrize(
    "counts",
    [MASK.counts, COMPRESSED["counts"], [5 * 30 + 10, *[10, 20] * 9, 10, 40 * 30 - (14 * 30 + 20)]],
    ids=["text", "bytes", "numbers"],
)
def test_every_form_of_run_lengths_gives_the_same_mask(counts: Any) -> None:
    mask = GIVEN.validate_python({"size": [30, 40], "counts": counts})

    assert mask == MASK
    assert (mask_area(mask), mask_bounds(mask)) == (100, (5, 10, 15, 20))


@pytest.mark.parametrize(
    ("value", "complaint"),
    [
        ({"size": [30, 40], "counts": [1200]}, "the mask is empty"),
        ({"size": [30, 40], "counts": [1200, 1]}, "do not cover 30x40"),
        ({"size": [2**16, 2**16], "counts": [0, 2**32]}, "less than 2147483648"),
        ({"size": [30, 40], "counts": "zz zz"}, "not in COCO's compressed form"),
        ({"size": [30, 40]}, "Field required"),
        ([[1, 2, 3, 4]], "valid dictionary"),
    ],
)
def test_a_mask_that_marks_nothing_or_is_none_is_refused(value: Any, complaint: str) -> None:
    with pytest.raises(ValidationError, match=complaint):
        GIVEN.validate_python(value)


@pytest.mark.parametrize("box", [None, (5, 10, 15, 20), (4, 9, 17, 20)])
def test_a_box_around_the_mask_is_the_same_place(box: Box | None) -> None:
    check_place(MASK, box, (40, 30), "/target_")


@pytest.mark.parametrize(
    ("mask", "box", "size", "pointer", "detail"),
    [
        (MASK, None, (30, 40), "/target_mask", "the mask is 40x30 pixels .* and the image 30x40"),
        (None, (0, 0, 41, 9), (40, 30), "/target_box", "outside the image of 40x30"),
        (MASK, (20, 0, 30, 9), (40, 30), "/target_box", r"bounds are \[5, 10, 15, 20\]"),
    ],
)
def test_a_place_that_does_not_fit_is_refused_with_what_does(
    mask: Mask | None, box: Box | None, size: tuple[int, int], pointer: str, detail: str
) -> None:
    with pytest.raises(InvalidRequest, match=detail) as refused:
        check_place(mask, box, size, "/target_")

    assert refused.value.errors[0].pointer == pointer
