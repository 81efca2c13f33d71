"""A region counts as changed by the share of its mask, or of its box, that changed."""

import numpy as np
import pytest

from benchmarks.calibration import share_changed, true_boxes
from imgdiff.stages import DetectedRegion
from services.imaging.masks import encode_mask
from training.change_pairs import ChangePair


@pytest.fixture
def pair() -> ChangePair:
    """Two images of 60 x 80 pixels that differ in a box with a one-pixel hole, and in a speck."""
    changed = np.zeros((60, 80), np.float32)
    changed[10:30, 20:40] = 1
    changed[20, 30] = 0
    changed[50:53, 5:8] = 1
    image = np.zeros((60, 80, 3), np.uint8)
    return ChangePair(image, image, changed, np.ones((60, 80), bool), "none")


def test_holes_are_closed_and_specks_left_out(pair: ChangePair) -> None:
    assert true_boxes(pair) == [(20, 10, 40, 30)]


def test_a_box_without_a_mask_counts_as_a_whole(pair: ChangePair) -> None:
    region = DetectedRegion(box=(20, 10, 60, 30), difference=1.0, kept=True)

    assert share_changed(region, pair) == pytest.approx(399 / 800)


def test_a_mask_counts_by_its_own_pixels(pair: ChangePair) -> None:
    mask = np.zeros((60, 80), bool)
    mask[10:20, 20:30] = True
    region = DetectedRegion(box=(20, 10, 60, 30), mask=encode_mask(mask), difference=1.0, kept=True)

    assert share_changed(region, pair) == 1.0
