"""Labels are assigned so that their seams show least."""

import numpy as np

from services.editing.removal.alpha_expansion import IMPOSSIBLE, assign_labels


def test_each_pixel_takes_what_it_can_and_the_cut_goes_where_it_shows_least() -> None:
    region = np.ones((4, 12), np.bool_)
    data = np.zeros((2, 4, 12), np.float32)
    data[1, :, 0], data[0, :, -1] = IMPOSSIBLE, IMPOSSIBLE
    looks = np.full((2, 4, 12, 1), 5.0, np.float32)
    looks[1] = 9.0
    looks[:, :, 6:8] = 7.0  # only here do both look alike

    labels, cost = assign_labels(data, looks, region)

    assert (labels[:, :6] == 0).all()
    assert (labels[:, 8:] == 1).all()
    assert cost == 0
