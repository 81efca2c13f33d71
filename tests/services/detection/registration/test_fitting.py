"""The simplest model that explains matched points is fitted, whatever moved among them."""

import numpy as np
import pytest

from services.detection.registration.fitting import fit_matrix
from services.imaging.lens import Points
from services.imaging.warp import Matrix, corner_shift, transform_points

TURN = np.array([[0.9986, -0.0523, 14.0], [0.0523, 0.9986, -9.0], [0, 0, 1.0]])
TILT = np.array([[1.02, 0.03, -6.0], [-0.02, 0.99, 8.0], [6e-5, -4e-5, 1.0]])
SHIFT = np.array([[1, 0, 17.3], [0, 1, -8.6], [0, 0, 1.0]])


def _points(count: int) -> Points:
    return np.random.default_rng(4).uniform(0, 500, (count, 2))


def _scatter(points: Points) -> Points:
    return points + np.random.default_rng(5).normal(0, 0.1, points.shape)


@pytest.mark.parametrize("matrix", [np.eye(3), SHIFT, TURN, TILT])
def test_a_matrix_is_found_though_a_quarter_of_the_points_moved_on_their_own(matrix: Matrix) -> None:
    source = _points(200)
    target = _scatter(transform_points(matrix, source))
    target[::4] += (40, -25)

    fit = fit_matrix(source, target, np.eye(3))

    assert fit is not None
    assert corner_shift(fit.matrix, matrix, 500, 500) < 0.5
    assert not fit.agreeing[::4].any()
    assert fit.agreeing.mean() > 0.7


def test_points_that_stay_give_the_start_itself() -> None:
    source = _points(100)
    fit = fit_matrix(source, _scatter(transform_points(TURN, source)), TURN)

    assert fit is not None
    assert np.array_equal(fit.matrix, TURN)


def test_too_few_points_or_points_without_a_model_fit_nothing() -> None:
    source = _points(100)
    assert fit_matrix(source[:8], source[:8], np.eye(3)) is None
    assert fit_matrix(source, source[::-1].copy() + 1000 * _points(100), np.eye(3)) is None
