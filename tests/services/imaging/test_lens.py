"""A lens bends points about its centre, and can be undone."""

import numpy as np
import pytest

from imgdiff.whole_pair import Lens
from services.imaging.lens import bend, rescale, straighten

BARREL = Lens(centre=(319.5, 239.5), radius=400.0, terms=(-0.08, 0.01))


@pytest.mark.parametrize("terms", [(-0.15, 0.02), (0.1, 0.05), (0.0, 0.0)])
def test_straightening_undoes_a_lens_everywhere_in_the_image(terms: tuple[float, float]) -> None:
    lens = BARREL.model_copy(update={"terms": terms})
    points = np.stack(np.meshgrid(np.linspace(0, 639, 20), np.linspace(0, 479, 20)), axis=-1).reshape(-1, 2)

    assert np.abs(straighten(lens, bend(lens, points)) - points).max() < 0.01


def test_a_barrel_pulls_the_corners_in_and_leaves_the_centre() -> None:
    corner, centre = bend(BARREL, np.array([[639.5, 479.5], [319.5, 239.5]]))

    assert corner == pytest.approx((319.5 + 320 * 0.93, 239.5 + 240 * 0.93))
    assert centre == pytest.approx((319.5, 239.5))


def test_a_lens_over_a_finer_grid_bends_the_same_places() -> None:
    fine = rescale(BARREL, 2, 2)
    point = np.array([[600.0, 50.0]])

    assert bend(fine, point * 2 + 0.5) == pytest.approx(bend(BARREL, point) * 2 + 0.5)
