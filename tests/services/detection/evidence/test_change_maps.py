"""A region must convince both maps."""

import numpy as np

from services.detection.evidence.change_maps import ChangeMaps


def test_a_cell_changed_only_as_far_as_both_maps_say_so() -> None:
    by_pixels, by_networks = np.array([[0.9, 0.2]], np.float32), np.array([[0.6, 0.9]], np.float32)
    both, alone = ChangeMaps(by_pixels, by_networks), ChangeMaps(by_pixels, None)

    assert both.probability.tolist() == np.minimum(by_pixels, by_networks).tolist()
    assert alone.probability is by_pixels
    assert (both.share, alone.share) == (0.5, 0.5)
