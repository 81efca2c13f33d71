"""Other light is stated where no camera's tone curve explains it, and not where one does."""

import numpy as np

from imgdiff.images import RGB
from services.detection.whole_pair.light import describe_light

EVERYWHERE = np.ones((512, 512), bool)


def test_another_exposure_is_a_tone_curve(photo: RGB) -> None:
    darker = (255 * (photo / 255.0) ** 1.6).astype(np.uint8)

    assert describe_light(photo, darker, EVERYWHERE) is None
    assert describe_light(photo, photo, EVERYWHERE) is None


def test_a_shadow_over_half_the_picture_is_not(photo: RGB) -> None:
    shaded = photo.copy()
    shaded[:, 200:] = shaded[:, 200:] // 4

    assert describe_light(photo, shaded, EVERYWHERE) is not None


def test_white_ground_that_turned_green_is_not(photo: RGB) -> None:
    snow, grass = (
        np.where(photo > 110, np.array(ground), photo).astype(np.uint8) for ground in ((235,) * 3, (70, 110, 50))
    )

    assert describe_light(snow, grass, EVERYWHERE) is not None
