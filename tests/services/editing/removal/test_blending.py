"""Light is blended into the rim of a region."""

import numpy as np

from services.editing.removal.blending import solve_correction


def test_light_is_bent_to_the_rim_and_structure_stays() -> None:
    region = np.zeros((20, 20), np.bool_)
    region[4:16, 4:16] = True
    texture = np.tile(np.array([[0.0, 10.0], [10.0, 0.0]], np.float32), (10, 10))[..., None].repeat(3, axis=2)

    step = solve_correction(texture + 30, texture, np.zeros((20, 20), np.int64), region, ~region)

    assert np.allclose(step[region], 30, atol=0.5)
    assert not step[~region].any()
