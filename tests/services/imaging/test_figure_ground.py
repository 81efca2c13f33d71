"""Figure and ground on the pair of the README."""

from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from imgdiff.images import RGB
from services.imaging.figure_ground import crop_pair, is_recoloured, keeps_structure, score_figure

CUP = (150, 10, 430, 320)
SECOND_CUP = (440, 6, 596, 150)
EXAMPLES = Path(__file__).parents[3] / "examples"


@pytest.fixture(scope="module")
def before() -> RGB:
    return np.asarray(Image.open(EXAMPLES / "before.jpg"))


@pytest.fixture(scope="module")
def after() -> RGB:
    return np.asarray(Image.open(EXAMPLES / "after.jpg"))


def test_the_image_with_the_thing_scores_above_the_one_with_the_ground(before: RGB, after: RGB) -> None:
    came = score_figure(crop_pair(before, after, SECOND_CUP, None))
    went = score_figure(crop_pair(after, before, SECOND_CUP, None))

    assert came < -0.4
    assert went == pytest.approx(-came)


def test_equal_crops_favour_neither_image(before: RGB) -> None:
    assert score_figure(crop_pair(before, before, CUP, None)) == 0


def test_only_a_change_of_colour_with_the_structure_kept_is_a_recolouring(before: RGB, after: RGB) -> None:
    turned = before.copy()
    x1, y1, x2, y2 = CUP
    turned[y1:y2, x1:x2] = before[y1:y2, x1:x2, ::-1]
    brighter = np.clip(before.astype(int) + 20, 0, 255).astype(np.uint8)

    assert is_recoloured(crop_pair(before, turned, CUP, None))
    assert not is_recoloured(crop_pair(before, brighter, CUP, None))
    assert not is_recoloured(crop_pair(before, after, SECOND_CUP, None))


def test_a_thing_of_other_detail_in_the_same_light_is_not_recoloured() -> None:
    """Fruit that became sweets."""
    rng = np.random.default_rng(1)
    light = np.linspace(40, 200, 90)[None, :, None] * np.ones((90, 1, 3))
    fruit, sweets = (light + cv2.GaussianBlur(rng.normal(0, 60, (90, 90)), (0, 0), 2)[..., None] for _ in range(2))
    tints = np.array([[1.0, 0.9, 0.3], [0.4, 1.0, 0.6]])
    one, two, dyed = (
        np.clip(light * tints[tint], 0, 255).astype(np.uint8) for light, tint in ((fruit, 0), (sweets, 1), (fruit, 1))
    )
    box = (20, 20, 70, 70)

    assert is_recoloured(crop_pair(one, dyed, box, None))
    assert keeps_structure(crop_pair(one, two, box, None))
    assert not is_recoloured(crop_pair(one, two, box, None))


def test_a_shadow_takes_colour_with_light_and_recolours_nothing(before: RGB) -> None:
    shaded = before.copy()
    x1, y1, x2, y2 = CUP
    shaded[y1:y2, x1:x2] = before[y1:y2, x1:x2] // 2

    assert keeps_structure(crop_pair(before, shaded, CUP, None))
    assert not is_recoloured(crop_pair(before, shaded, CUP, None))
