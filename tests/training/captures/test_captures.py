"""A second capture changes light, weather, motion and codec, and keeps the scene."""

import cv2
import numpy as np
import pytest
from skimage import data

from imgdiff.images import RGB
from training.captures import KINDS, Nuisance, camera, capture_again, choose_kind, light, motion, weather

PHOTO: RGB = np.ascontiguousarray(cv2.resize(data.astronaut(), (320, 320), interpolation=cv2.INTER_AREA))
NUISANCES: list[Nuisance] = [
    *(camera.add_grain, camera.soften, camera.defocus, camera.sharpen, camera.rescale, camera.redraw),
    *(camera.vignette, camera.remove_colour, camera.reduce_palette, camera.encode),
    *(light.expose, light.expose_little, light.expose_much, light.dusk, light.relight, light.turn_sun),
    *(light.cast_shadows, light.cast_shadows_of_buildings, light.dapple),
    *(motion.shift, motion.bend, motion.distort, motion.rustle),
    *(weather.rain, weather.let_snow, weather.fog, weather.wet_ground, weather.cover_with_snow),
    *(weather.change_season, weather.drop_on_lens),
]


def _edges(image: RGB) -> np.ndarray:
    grey = cv2.GaussianBlur(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), (0, 0), 2).astype(np.float32)
    return np.hypot(cv2.Sobel(grey, -1, 1, 0), cv2.Sobel(grey, -1, 0, 1)).ravel()


@pytest.mark.parametrize("nuisance", NUISANCES, ids=lambda nuisance: nuisance.__name__)
def test_a_nuisance_alters_pixels_and_keeps_the_scene(nuisance: Nuisance) -> None:
    changed, alike = [], []
    for seed in range(4):
        again = nuisance(PHOTO, np.random.default_rng(seed))
        assert (again.shape, again.dtype) == (PHOTO.shape, np.uint8)
        changed.append(not np.array_equal(again, PHOTO))
        alike.append(np.corrcoef(_edges(PHOTO), _edges(again))[0, 1])

    assert any(changed)
    assert np.median(alike) > 0.3


@pytest.mark.parametrize("kind", KINDS)
def test_a_seed_makes_one_capture(kind: str) -> None:
    one, two = (capture_again(PHOTO, np.random.default_rng(5), kind) for _ in range(2))

    assert np.array_equal(one, two)


def test_the_first_kind_leaves_the_image_alone() -> None:
    assert np.array_equal(capture_again(PHOTO, np.random.default_rng(1), "none"), PHOTO)


def test_every_kind_is_drawn() -> None:
    rng = np.random.default_rng(0)

    assert {choose_kind(rng) for _ in range(200)} == set(KINDS)


def test_a_new_sky_leaves_the_ground_alone() -> None:
    scene = np.full((200, 300, 3), (150, 190, 230), np.uint8)
    scene[100:] = np.random.default_rng(0).integers(0, 120, (100, 300, 3))

    again = light.redraw_sky(scene, np.random.default_rng(2))

    assert light.find_sky(scene)[:90].mean() > 0.95
    assert cv2.absdiff(again[:90], scene[:90]).mean() > 3
    assert cv2.absdiff(again[115:], scene[115:]).mean() < 1


def test_a_shadow_only_darkens() -> None:
    for seed in range(4):
        shaded = light.cast_shadows(PHOTO, np.random.default_rng(seed))
        assert (shaded.astype(int) <= PHOTO.astype(int) + 1).all()
