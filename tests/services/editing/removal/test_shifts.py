"""Shifts continue the pattern around a hole."""

import numpy as np

from imgdiff.images import RGB
from services.editing.removal.shifts import find_shifts
from services.imaging.colours import to_lab


def test_shifts_that_continue_a_pattern_come_first(stripes: RGB, hole: np.ndarray) -> None:
    found = find_shifts(to_lab(stripes), hole, hole)

    assert found
    assert found[0][0] % 16 == 0
    assert len(found) == len(set(found))
