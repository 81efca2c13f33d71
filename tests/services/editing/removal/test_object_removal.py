"""An object's place is covered in other ways until one looks as well as the request wants it."""

import numpy as np
import pytest

from imgdiff.images import RGB
from imgdiff.records import Box
from services.editing.photo.scene import Scene
from services.editing.removal.object_removal import STRANGEST
from services.imaging.arrays import Flags
from services.networks.detector import DetectedObject

GRADE = 0.02


class Grading:
    """What a scene sees with: one object, and the same grade for every way of covering it; the ways are counted."""

    def __init__(self, hole: Flags) -> None:
        self._hole = hole
        self.graded = 0

    def objects(self, image: RGB) -> list[DetectedObject]:
        return [DetectedObject("cup", 0.9, (44, 30, 70, 60))]

    def mask(self, image: RGB, box: Box) -> Flags:
        return self._hole

    def strangeness(self, image: RGB, hole: Flags) -> float:
        self.graded += 1
        return GRADE


@pytest.mark.parametrize(("wanted", "ways"), [(GRADE / 2, 4), (GRADE, 2), (STRANGEST, 2), (2.0, 2)])
def test_a_stricter_request_is_not_content_with_the_first_ways(
    stripes: RGB, hole: np.ndarray, wanted: float, ways: int
) -> None:
    sight = Grading(hole)
    found = Scene(stripes, sight, {"edit.strange": wanted}).fillings(0)

    assert sight.graded == ways
    assert [one.strangeness for one in found] == [GRADE] * 2


def test_a_laxer_request_gets_no_worse_a_cover(stripes: RGB, hole: np.ndarray, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(f"{__name__}.GRADE", STRANGEST * 2)
    sight = Grading(hole)
    Scene(stripes, sight, {"edit.strange": 2.0}).fillings(0)

    assert sight.graded == 4
