"""The transform is found by evidence and named as simply as the evidence allows."""

import cv2
import numpy as np
import pytest

from imgdiff.images import RGB
from services.detection.registration.alignment import align
from services.imaging.lens import bend
from services.imaging.warp import Matrix, corner_shift, scaling, transform_points
from tests.services.detection.lenses import distort

TURN = np.array([[0.9986, -0.0523, 14.0], [0.0523, 0.9986, -9.0], [0, 0, 1.0]])
SHIFT = np.array([[1, 0, 17.3], [0, 1, -8.6], [0, 0, 1.0]])
HALF_TURN = np.array([[-1, 0, 511], [0, -1, 511], [0, 0, 1.0]])
MIRROR = np.array([[-1, 0, 511], [0, 1, 0], [0, 0, 1.0]])
TILT = np.array([[1.02, 0.03, -6.0], [-0.02, 0.99, 8.0], [6e-5, -4e-5, 1.0]])


def _nothing() -> None:
    return None


def _moved(image: RGB, matrix: Matrix) -> RGB:
    out = cv2.warpPerspective(image, matrix, (512, 512), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(out, np.uint8)


def _in_other_light(image: RGB) -> RGB:
    """Darker to the right by a factor of three, and noisier."""
    lit = image * np.linspace(1.2, 0.4, image.shape[1])[None, :, None]
    return np.asarray((lit + np.random.default_rng(3).normal(0, 5, image.shape)).clip(0, 255), np.uint8)


@pytest.mark.parametrize("matrix", [SHIFT, TURN, TILT, HALF_TURN, MIRROR])
def test_a_known_warp_is_found_to_a_fraction_of_a_pixel(photo: RGB, matrix: Matrix) -> None:
    found = align(photo, _moved(photo, matrix), _nothing)

    assert corner_shift(found.matrix, matrix, 512, 512) < 0.2
    assert found.score > 0.9


@pytest.mark.parametrize("matrix", [SHIFT, TURN, TILT])
def test_other_light_noise_and_a_large_new_object_do_not_hide_the_warp(photo: RGB, cat: RGB, matrix: Matrix) -> None:
    changed = _in_other_light(_moved(photo, matrix))
    changed[200:450, 20:270] = cv2.resize(cat, (250, 250))

    found = align(photo, changed, _nothing)

    assert corner_shift(found.matrix, matrix, 512, 512) < 0.6
    assert found.trusted


@pytest.mark.parametrize("strength", [0.005, 0.05, -0.05, 0.12])
def test_the_lens_of_another_camera_is_found_to_a_fraction_of_a_pixel(photo: RGB, strength: float) -> None:
    found = align(photo, _in_other_light(distort(photo, strength)), _nothing)

    points = np.stack(np.meshgrid(np.linspace(30, 480, 10), np.linspace(30, 480, 10)), axis=-1).reshape(-1, 2)
    apart = points - 255.5
    shown = 255.5 + apart * (1 + strength * (apart**2).sum(axis=1, keepdims=True) / 256**2)
    inside = ((shown > 0) & (shown < 511)).all(axis=1)
    assert found.model == "lens"
    assert found.lens is not None
    assert np.hypot(*(bend(found.lens, transform_points(found.matrix, shown)) - points)[inside].T).max() < 1
    assert found.trusted


def test_soft_pictures_without_corners_are_aligned_by_their_large_shapes(photo: RGB) -> None:
    soft = cv2.GaussianBlur(photo, (0, 0), 5)

    found = align(soft, _in_other_light(_moved(soft, TURN)), _nothing)

    assert corner_shift(found.matrix, TURN, 512, 512) < 3
    assert found.trusted


def test_a_still_camera_stays_exactly_still_whatever_moves_before_it(photo: RGB) -> None:
    moved = _in_other_light(photo)
    for x, y in ((30, 40), (220, 180), (360, 330)):
        moved[y + 7 : y + 107, x + 6 : x + 106] = moved[y : y + 100, x : x + 100].copy()

    found = align(photo, moved, _nothing)

    assert found.model == "identity"
    assert np.array_equal(found.matrix, np.eye(3))


def test_a_part_of_the_picture_finds_its_place(photo: RGB) -> None:
    found = align(photo, np.ascontiguousarray(photo[90:430, 130:500]), _nothing)

    assert corner_shift(found.matrix, np.array([[1, 0, -130], [0, 1, -90], [0, 0, 1.0]]), 512, 512) < 0.3


def test_a_quarter_turn_of_an_oblong_photo_is_found(photo: RGB) -> None:
    oblong = np.ascontiguousarray(photo[:360])

    found = align(oblong, np.ascontiguousarray(np.rot90(oblong)), _nothing)

    assert corner_shift(found.matrix, np.array([[0, 1, 0], [-1, 0, 511], [0, 0, 1.0]]), 512, 360) < 0.3


def test_a_quarter_that_both_show_does_not_align_the_rest(photo: RGB) -> None:
    found = align(photo, np.ascontiguousarray(np.roll(photo, (256, 256), (0, 1))), _nothing)

    assert not found.trusted


def test_unrelated_photos_are_not_laid_over_each_other(photo: RGB, cat: RGB) -> None:
    found = align(photo, cv2.resize(cat, (512, 512)), _nothing)

    assert not found.trusted
    assert found.score < 0.2


@pytest.mark.parametrize("size", [(1, 1), (1, 4000), (16, 16), (50, 2000)])
def test_slivers_and_stamps_are_only_stretched(photo: RGB, size: tuple[int, int]) -> None:
    small = np.asarray(cv2.resize(photo, size), np.uint8)

    found = align(small, photo, _nothing)

    assert found.model in {"affine", "identity", "homography"}
    assert np.isfinite(found.matrix).all()


def test_another_resolution_is_a_scaling(photo: RGB) -> None:
    smaller = cv2.resize(photo, (256, 384), interpolation=cv2.INTER_AREA)
    found = align(photo, np.asarray(smaller, np.uint8), _nothing)
    assert corner_shift(found.matrix, scaling(0.5, 0.75), 512, 512) < 1
    assert found.model == "affine"
