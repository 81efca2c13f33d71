"""Boxes and masks of whole images."""

import numpy as np

from services.editing.photo.boxes import bounds, cut_off, grown, rounded, widened


def test_boxes_stay_inside_and_masks_have_bounds(hole: np.ndarray) -> None:
    assert widened((44, 30, 70, 60), 0.5, 4, hole.shape) == (27, 11, 87, 79)
    assert widened((0, 0, 120, 96), 0.5, 4, hole.shape) == (0, 0, 120, 96)
    assert bounds(hole) == (44, 30, 70, 60)
    assert bounds(grown(hole, 3)) == (41, 27, 73, 63)
    corners = rounded((44, 30, 70, 60), hole.shape)
    assert corners[45, 57]
    assert not corners[30, 44]
    assert not cut_off((44, 30, 70, 60), hole.shape)
    assert cut_off((1, 30, 70, 60), hole.shape)
    assert cut_off((44, 30, 70, 96), hole.shape)
