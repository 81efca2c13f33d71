"""Run lengths are read and written as pycocotools does, for any mask."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from pycocotools import mask as coco

from imgdiff.objects import run_lengths

MASKS = arrays(np.uint8, array_shapes(min_dims=2, max_dims=2, max_side=40), elements=st.integers(0, 1))


@given(MASKS)
def test_any_mask_is_compressed_as_coco_does(mask: np.ndarray) -> None:
    counts = coco.encode(np.asfortranarray(mask))["counts"].decode()
    runs = run_lengths.measure(mask.tobytes(order="F"))

    assert run_lengths.compress(runs) == counts
    assert run_lengths.expand(counts) == runs


@given(MASKS)
def test_area_and_bounds_are_those_of_the_pixels(mask: np.ndarray) -> None:
    runs = run_lengths.measure(mask.tobytes(order="F"))
    rows, columns = np.nonzero(mask)
    box = (columns.min(), rows.min(), columns.max() + 1, rows.max() + 1) if len(rows) else None

    assert run_lengths.area(runs) == mask.sum()
    assert run_lengths.bounds(runs, mask.shape[0]) == box


@pytest.mark.parametrize("runs", [[], [3, 4], [13], [13, -1], [12, 1]])
def test_runs_that_do_not_cover_the_image_are_refused(runs: list[int]) -> None:
    with pytest.raises(ValueError, match="do not cover 3x4 pixels"):
        run_lengths.check(runs, (3, 4))


@pytest.mark.parametrize("counts", ["zz zz", "\u00e9", "oooooooooooo"])
def test_text_that_is_not_cocos_is_refused(counts: str) -> None:
    with pytest.raises(ValueError, match="not in COCO's compressed form"):
        run_lengths.expand(counts)
