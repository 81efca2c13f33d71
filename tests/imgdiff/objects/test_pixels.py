"""Masks become arrays and back, and run lengths that cover too little are refused."""

import numpy as np
import pytest

from imgdiff.objects.pixels import decode_mask, encode_mask
from imgdiff.objects.places import Mask


def test_pixels_survive_the_way_to_a_mask_and_back() -> None:
    pixels = np.random.default_rng(2).random((30, 41)) < 0.5

    assert np.array_equal(decode_mask(encode_mask(pixels)), pixels)


def test_run_lengths_that_leave_pixels_out_are_refused() -> None:
    with pytest.raises(ValueError, match="do not cover 5x5"):
        decode_mask(Mask(size=(5, 5), counts="01"))
