"""What a filled place scores."""

import numpy as np

from imgdiff.images import RGB
from services.editing.limits import LARGEST_JUDGED_HOLE, UNJUDGED
from services.editing.photo.vision import PhotoVision


def _hole(image: RGB, share: float) -> np.ndarray:
    """A hole in the middle that covers that share of the image."""
    hole = np.zeros(image.shape[:2], np.bool_)
    high, wide = (round(side * share**0.5) for side in hole.shape)
    top, left = (hole.shape[0] - high) // 2, (hole.shape[1] - wide) // 2
    hole[top : top + high, left : left + wide] = True
    return hole


def test_a_place_that_goes_on_as_around_it_scores_less_than_one_that_does_not(vision: PhotoVision, wall: RGB) -> None:
    hole = _hole(wall, 0.06)
    painted = wall.copy()
    painted[hole] = (30, 160, 40)

    assert vision.anomaly_score(wall, hole) < 0.04 < vision.anomaly_score(painted, hole)


def test_a_hole_that_leaves_too_little_around_it_passes_nowhere(vision: PhotoVision, wall: RGB) -> None:
    assert vision.anomaly_score(wall, _hole(wall, 0.95 * LARGEST_JUDGED_HOLE)) < 0.04
    assert vision.anomaly_score(wall, _hole(wall, 1.1 * LARGEST_JUDGED_HOLE)) == UNJUDGED
    assert vision.anomaly_score(wall, _hole(wall, 1.0)) == UNJUDGED
