"""Free places for an object."""

import numpy as np

from services.editing.compositing.free_places import find_free_places, find_ground


def test_places_are_free_and_on_like_ground() -> None:
    tokens = np.zeros((1, 10, 20, 4), np.float32)
    tokens[..., 0] = 1
    tokens[:, :, 12:] = (0, 1, 0, 0)  # other ground on the right
    taken = [(0, 40, 40, 80)]

    ground = find_ground(tokens, (45, 40, 75, 80), (100, 200))
    found = find_free_places((40, 30), 80, ground, taken, tokens, (100, 200))

    assert found
    assert found[0][3] == 80
    for box in found:
        assert (box[2] - box[0], box[3] - box[1]) == (30, 40)
        assert abs(box[3] - 80) <= 6
        assert box[0] >= 39
        assert box[2] <= 140
    assert find_free_places((120, 30), 80, ground, taken, tokens, (100, 200)) == []
