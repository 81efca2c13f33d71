"""Free places for an object."""

import numpy as np

from services.editing.compositing.free_places import find_free_places


def test_places_are_free_and_on_like_ground() -> None:
    tokens = np.zeros((1, 10, 20, 4), np.float32)
    tokens[..., 0] = 1
    tokens[:, :, 12:] = (0, 1, 0, 0)  # other ground on the right
    taken = [(0, 40, 40, 80)]

    found = find_free_places((40, 30), (45, 40, 75, 80), taken, tokens, (100, 200))

    assert found
    for box in found:
        assert (box[1], box[3], box[2] - box[0]) == (40, 80, 30)
        assert box[0] >= 39
        assert box[2] <= 140
    assert find_free_places((120, 30), (45, 40, 75, 80), taken, tokens, (100, 200)) == []
