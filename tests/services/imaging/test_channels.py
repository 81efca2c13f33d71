"""Arithmetic over channels."""

import numpy as np

from services.imaging.channels import take_worst


def test_the_worst_channel_is_the_largest_one_at_every_pixel() -> None:
    image = np.array([[[1, 2, 3], [9, 8, 7]]], np.uint8)

    assert take_worst(image).tolist() == [[3, 9]]
