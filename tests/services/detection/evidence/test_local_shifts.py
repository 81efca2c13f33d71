"""A difference that a small shift explains is misregistration."""

import numpy as np
import pytest

from imgdiff.images import RGB
from services.detection.evidence.local_shifts import is_shifted
from services.detection.evidence.view import PixelEvidence

BOX = (200, 200, 240, 240)


@pytest.fixture
def evidence(photo: RGB) -> PixelEvidence:
    return PixelEvidence(np.zeros(photo.shape[:2], np.float32), 18.0, 1)


@pytest.mark.parametrize("pixels", [2, 4])
def test_what_moved_by_a_few_pixels_is_shifted(photo: RGB, evidence: PixelEvidence, pixels: int) -> None:
    assert is_shifted(photo, np.roll(photo, pixels, axis=1), BOX, evidence)


def test_what_did_not_move_or_moved_farther_is_not(photo: RGB, evidence: PixelEvidence) -> None:
    assert not is_shifted(photo, photo, BOX, evidence)
    assert not is_shifted(photo, np.roll(photo, 25, axis=1), BOX, evidence)


def test_another_thing_in_the_box_is_no_shift(photo: RGB, cat: RGB, evidence: PixelEvidence) -> None:
    edited = photo.copy()
    edited[200:240, 200:240] = cat[20:60, 20:60]
    assert not is_shifted(photo, edited, BOX, evidence)


def test_a_box_at_the_border_or_of_the_whole_image_is_not_searched(photo: RGB, evidence: PixelEvidence) -> None:
    moved = np.roll(photo, 2, axis=1)
    assert not is_shifted(photo, moved, (0, 0, 512, 512), evidence)
    assert not is_shifted(photo[:12], moved[:12], (0, 0, 40, 12), evidence)
