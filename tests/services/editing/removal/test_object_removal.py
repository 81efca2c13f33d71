"""An object's place is filled in other ways until one filling is as inconspicuous as the request wants it."""

from collections.abc import Sequence

import numpy as np
import pytest

from imgdiff.images import RGB
from services.editing.limits import FILLINGS, GOOD_ANOMALY
from services.editing.removal.filling import Filling
from services.editing.removal.object_removal import ObjectRemover
from services.imaging.arrays import Flags
from services.imaging.masks import grow_mask

ALL_WAYS = 6  # with one alternative hole


class Grades:
    """An anomaly score for each filling in turn, the last one for all that follow."""

    def __init__(self, *grades: float) -> None:
        self._grades = grades
        self.given: list[float] = []

    def __call__(self, image: RGB, hole: Flags) -> float:
        self.given.append(self._grades[min(len(self.given), len(self._grades) - 1)])
        return self.given[-1]


def _fill(grades: Grades, photo: RGB, hole: Flags, accepted: float) -> Sequence[Filling]:
    return ObjectRemover(grades)(photo, [hole, grow_mask(hole, 4)], np.zeros_like(hole), accepted)


@pytest.mark.parametrize(("accepted", "ways"), [(0.01, ALL_WAYS), (0.02, FILLINGS), (GOOD_ANOMALY, FILLINGS)])
def test_a_stricter_request_is_not_content_with_the_first_fillings(
    stripes: RGB, hole: Flags, accepted: float, ways: int
) -> None:
    grades = Grades(0.02)
    fillings = _fill(grades, stripes, hole, accepted)

    assert len(grades.given) == ways
    assert [filling.anomaly for filling in fillings] == [0.02] * FILLINGS


@pytest.mark.parametrize("accepted", [GOOD_ANOMALY, 2.0])
def test_a_laxer_request_is_searched_as_long_for_a_good_filling(stripes: RGB, hole: Flags, accepted: float) -> None:
    grades = Grades(GOOD_ANOMALY * 2)
    _fill(grades, stripes, hole, accepted)

    assert len(grades.given) == ALL_WAYS


def test_the_least_conspicuous_fillings_come_first(stripes: RGB, hole: Flags) -> None:
    fillings = _fill(Grades(0.5, 0.3, 0.1, 0.4), stripes, hole, 0.04)

    assert [filling.anomaly for filling in fillings] == [0.1, 0.3]
    assert all(np.array_equal(filling.image[~filling.hole], stripes[~filling.hole]) for filling in fillings)


def test_a_hole_without_surroundings_is_smeared_and_conspicuous(stripes: RGB) -> None:
    everywhere = np.ones(stripes.shape[:2], np.bool_)
    (filling,) = ObjectRemover(Grades(0.0))(stripes, [everywhere], ~everywhere, 0.04)

    assert filling.anomaly == 1
