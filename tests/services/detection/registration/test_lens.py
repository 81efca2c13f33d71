"""A lens is found where points prove it, and nowhere else."""

import numpy as np
import pytest

from imgdiff.whole_pair import Lens
from services.detection.registration.lens import fit_lens
from services.imaging.lens import Points, bend
from services.imaging.warp import Matrix, transform_points

SIZES = (640, 480), (640, 480)
TURN = np.array([[0.999, -0.03, 9.0], [0.03, 0.999, -14.0], [1e-5, -2e-5, 1.0]])
BARREL = Lens(centre=(319.5, 239.5), radius=400.0, terms=(-0.05, 0.01))


def _points() -> Points:
    """A corner in every cell of 32 pixels."""
    drawn = np.random.default_rng(5)
    cells = np.stack(np.meshgrid(np.arange(0, 640, 32), np.arange(0, 480, 32)), axis=-1).reshape(-1, 2)
    return cells + drawn.uniform(0, 32, cells.shape)


def _scatter(points: Points, moved: float = 0.0) -> Points:
    """A tenth of a pixel of noise; a share of them moved away."""
    drawn = np.random.default_rng(6)
    away = drawn.random(len(points)) < moved
    return points + drawn.normal(0, 0.1, points.shape) + away[:, None] * drawn.uniform(-20, 20, points.shape)


@pytest.mark.parametrize("matrix", [np.eye(3), TURN])
@pytest.mark.parametrize("terms", [(-0.05, 0.01), (0.04, 0.0), (-0.006, 0.0)])
def test_a_lens_is_found_behind_a_matrix_although_a_quarter_of_the_points_moved(
    matrix: Matrix, terms: tuple[float, float]
) -> None:
    lens, points = BARREL.model_copy(update={"terms": terms}), _points()
    there = bend(lens, transform_points(matrix, points))

    found = fit_lens(points, _scatter(there, moved=0.25), np.eye(3), matrix, SIZES)

    assert found is not None
    assert np.hypot(*(bend(found.lens, transform_points(found.matrix, points)) - there).T).max() < 0.3
    assert 0.6 < found.agreed < 0.9


def test_before_a_lens_a_still_camera_stays_still() -> None:
    points = _points()

    found = fit_lens(points, _scatter(bend(BARREL, points)), np.eye(3), np.eye(3), SIZES)

    assert found is not None
    assert np.array_equal(found.matrix, np.eye(3))


def test_the_lens_of_a_crop_has_its_centre_where_the_middle_of_the_whole_is() -> None:
    whole = BARREL.model_copy(update={"centre": (119.5, 239.5)})
    crop = np.array([[1, 0, -200], [0, 1, 0], [0, 0, 1.0]])
    points = _points()
    there = bend(whole, transform_points(crop, points))
    inside = there[:, 0] > 0

    found = fit_lens(points[inside], _scatter(there[inside]), np.eye(3), crop, (SIZES[0], (440, 480)))

    assert found is not None
    assert np.hypot(*(bend(found.lens, transform_points(found.matrix, points)) - there)[inside].T).max() < 0.6


@pytest.mark.parametrize("moved", [0.0, 0.5])
def test_points_under_a_matrix_prove_no_lens(moved: float) -> None:
    points = _points()
    assert fit_lens(points, _scatter(transform_points(TURN, points), moved), np.eye(3), TURN, SIZES) is None


def test_a_near_thing_that_moved_against_the_rest_is_no_lens() -> None:
    points = _points()
    near = (np.abs(points - (400, 260)) < (150, 120)).all(axis=1)

    assert fit_lens(points, _scatter(points + near[:, None] * (4.0, 1.0)), np.eye(3), np.eye(3), SIZES) is None


def test_a_handful_of_points_proves_nothing() -> None:
    points = _points()[::8]
    assert fit_lens(points, bend(BARREL, points), np.eye(3), np.eye(3), SIZES) is None
