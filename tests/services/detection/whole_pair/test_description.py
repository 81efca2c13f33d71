"""What differs as a whole is stated, each kind under its name, and a plain second capture differs by nothing."""

from collections.abc import Callable
from functools import partial

import cv2
import numpy as np
import pytest

from imgdiff.images import RGB
from imgdiff.stages import DetectionRequest
from imgdiff.whole_pair import PairChangeKind
from services.detection.pair import Pair
from services.detection.preparation import prepare
from services.detection.schema import PairWork
from tests.services.detection.lenses import distort

Jpeg = Callable[[RGB, int], RGB]


def _prepare(image1: RGB, image2: RGB) -> Pair:
    return prepare(PairWork(image1, np.ascontiguousarray(image2), DetectionRequest()), lambda: None)


def _scale(image: RGB, across: float, down: float) -> RGB:
    return np.asarray(cv2.resize(image, None, fx=across, fy=down, interpolation=cv2.INTER_AREA), np.uint8)


def _gain(image: RGB, *gains: float) -> RGB:
    return (image * np.array(gains)).clip(0, 255).astype(np.uint8)


def _add_noise(image: RGB, sigma: float) -> RGB:
    return (image + np.random.default_rng(1).normal(0, sigma, image.shape)).clip(0, 255).astype(np.uint8)


def _blur(image: RGB, sigma: float) -> RGB:
    return np.asarray(cv2.GaussianBlur(image, (0, 0), sigma), np.uint8)


def _sharpen(image: RGB) -> RGB:
    return (2.5 * image - 1.5 * _blur(image, 1.5).astype(float)).clip(0, 255).astype(np.uint8)


def _remove_colour(image: RGB) -> RGB:
    return np.asarray(cv2.cvtColor(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB), np.uint8)


@pytest.mark.parametrize(
    ("change", "kind", "harmless"),
    [
        (np.fliplr, PairChangeKind.MIRRORED, False),
        (np.flipud, PairChangeKind.MIRRORED, False),
        (np.rot90, PairChangeKind.ROTATED, False),
        (partial(np.rot90, k=2), PairChangeKind.ROTATED, False),
        (lambda image: image[40:400, 60:450], PairChangeKind.CROPPED, False),
        (lambda image: np.pad(image, ((40, 40), (40, 40), (0, 0))), PairChangeKind.EXTENDED, False),
        (partial(_scale, across=2, down=2), PairChangeKind.SCALED, True),
        (partial(_scale, across=0.5, down=0.5), PairChangeKind.SCALED, True),
        (partial(_scale, across=1.2, down=1), PairChangeKind.SCALED, False),
        (_remove_colour, PairChangeKind.GREYSCALE, False),
        (lambda image: _gain(image, 0.7), PairChangeKind.BRIGHTNESS, True),
        (lambda image: _gain(image, 1.1, 1, 0.8), PairChangeKind.COLOUR_CAST, True),
        (partial(_blur, sigma=3), PairChangeKind.BLURRED, True),
        (_sharpen, PairChangeKind.SHARPENED, True),
        (partial(_add_noise, sigma=10), PairChangeKind.NOISE, True),
    ],
)
def test_one_change_of_the_whole_photo_is_stated_alone(
    photo: RGB, change: Callable[[RGB], RGB], kind: PairChangeKind, harmless: bool
) -> None:
    (stated,) = _prepare(photo, change(photo)).statements.changes

    assert (stated.kind, stated.harmless) == (kind, harmless)


@pytest.mark.parametrize(
    ("gains", "named"),
    [
        ((1.2, 1.05, 0.75), "warmer"),
        ((0.75, 1.02, 1.1), "bluer and greener"),
        ((1.0, 0.8, 1.0), "more purple"),
        ((0.85, 0.85, 1.05), "bluer"),
        ((0.85, 1.05, 0.85), "greener"),
        ((1.2, 0.9, 0.9), "redder"),
    ],
)
def test_a_cast_is_named_by_its_hue(photo: RGB, gains: tuple[float, float, float], named: str) -> None:
    stated = _prepare(photo, _gain(photo, *gains)).statements.changes

    (text,) = (change.text for change in stated if change.kind is PairChangeKind.COLOUR_CAST)
    assert text == f"The colours of image 2 are {named}."


@pytest.mark.parametrize(("share", "named"), [(0.5, "duller"), (1.6, "stronger")])
def test_colours_nearer_to_grey_or_farther_from_it_are_no_cast(photo: RGB, share: float, named: str) -> None:
    grey = _remove_colour(photo).astype(float)
    toned = (grey + share * (photo - grey)).clip(0, 255).astype(np.uint8)
    stated = {change.kind: change.text for change in _prepare(photo, toned).statements.changes}

    assert stated[PairChangeKind.COLOURS] == f"The colours of image 2 are {named}."
    assert PairChangeKind.COLOUR_CAST not in stated


def test_sepia_is_a_version_in_one_tone(photo: RGB) -> None:
    matrix = np.array([[0.393, 0.769, 0.189], [0.349, 0.686, 0.168], [0.272, 0.534, 0.131]])
    sepia = (photo @ matrix.T).clip(0, 255).astype(np.uint8)
    stated = _prepare(photo, sepia).statements.changes

    assert stated[0].text == "Image 2 is a version of image 1 in a single tone."
    assert {change.kind for change in stated} <= {PairChangeKind.GREYSCALE, PairChangeKind.BRIGHTNESS}


def test_a_photo_of_few_hues_in_rain_has_lost_none(photo: RGB) -> None:
    beige = (_remove_colour(photo) * np.array([1.0, 0.9, 0.75])).astype(np.uint8)
    beige[200:240, 200:240] = (200, 60, 60)
    duller = (beige * 0.8 + 30).astype(np.uint8)

    kinds = [change.kind for change in _prepare(duller, beige).statements.changes]
    assert PairChangeKind.GREYSCALE not in kinds


def test_sharpening_is_not_called_noise(photo: RGB) -> None:
    sharpened = (2.2 * photo - 1.2 * _blur(photo, 1.5).astype(float)).clip(0, 255).astype(np.uint8)
    kinds = [change.kind for change in _prepare(photo, sharpened).statements.changes]

    assert kinds == [PairChangeKind.SHARPENED]


def test_a_shadow_does_not_take_noise_away(photo: RGB) -> None:
    noisy = _add_noise(photo, 8)
    shaded = noisy.astype(float)
    shaded[:, : photo.shape[1] * 2 // 3] *= 0.45
    kinds = [change.kind for change in _prepare(noisy, shaded.astype(np.uint8)).statements.changes]

    assert PairChangeKind.NOISE not in kinds


@pytest.mark.parametrize(("strength", "shape"), [(0.06, "barrel"), (-0.06, "pincushion")])
def test_the_distortion_of_a_lens_is_stated(photo: RGB, strength: float, shape: str) -> None:
    (stated, *others) = _prepare(photo, distort(photo, strength)).statements.changes

    assert (stated.kind, stated.harmless) == (PairChangeKind.DISTORTED, False)
    assert shape in stated.text
    assert {change.kind for change in others} <= {PairChangeKind.EXTENDED, PairChangeKind.CROPPED}


def test_a_harder_compression_is_stated(photo: RGB, jpeg: Jpeg) -> None:
    (stated,) = _prepare(photo, jpeg(photo, 20)).statements.changes

    assert (stated.kind, stated.harmless) == (PairChangeKind.RECOMPRESSED, True)


@pytest.mark.parametrize("quality", [95, 80, 70])
def test_a_second_capture_differs_by_nothing_as_a_whole(photo: RGB, jpeg: Jpeg, quality: int) -> None:
    shifted = np.roll(_add_noise(_gain(photo, 0.97), 2), 1, axis=1)

    assert _prepare(photo, jpeg(photo, quality)).statements.changes == ()
    assert _prepare(photo, jpeg(shifted, quality)).statements.changes == ()


def test_a_thing_added_to_a_photo_says_nothing_about_the_whole(photo: RGB, pasted: RGB, jpeg: Jpeg) -> None:
    assert _prepare(photo, jpeg(pasted, 85)).statements.changes == ()


def test_a_camera_that_moved_leaves_the_pair_seen_in_part(photo: RGB, jpeg: Jpeg) -> None:
    one = _add_noise(photo[:, :440], 3)
    two = _add_noise(jpeg(np.ascontiguousarray(photo[20:, 70:]), 80), 3)
    seen = _prepare(np.ascontiguousarray(_gain(one, 0.9)), two).statements

    assert 0.6 < seen.shared < 0.95
    assert [change.harmless for change in seen.changes if change.kind is PairChangeKind.CROPPED] == [True]
