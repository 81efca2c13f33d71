"""Where an image has edges."""

import numpy as np

from services.imaging.edges import find_edges


def test_a_step_is_an_edge_on_both_its_sides_and_a_slope_is_none() -> None:
    image = np.zeros((5, 12, 3), np.uint8)
    image[:, 6:] = 200
    slope = np.repeat(np.arange(0, 240, 20, np.uint8)[None, :, None], 5, 0).repeat(3, 2)

    assert np.flatnonzero(find_edges(image)[2]).tolist() == [5, 6]
    assert not find_edges(slope // 2).any()
