"""The change map knows an edit from a second capture, on the whole picture and in tiles."""

from collections.abc import Callable

import cv2
import numpy as np
import pytest

from imgdiff.images import RGB
from imgdiff.stages import Content
from services.detection.backends.embedded import EmbeddedExtractor
from services.detection.backends.pixels import PixelExtractor
from services.detection.evidence import change_map
from services.detection.evidence.view import View
from services.detection.feature_extractor import FeatureExtractor


@pytest.fixture(scope="module", params=[EmbeddedExtractor, PixelExtractor], ids=lambda kind: kind.name)
def extractor(request: pytest.FixtureRequest) -> FeatureExtractor:
    return request.param(1)


def _view(image1: RGB, image2: RGB) -> View:
    everywhere = np.ones(image1.shape[:2], bool)
    return View(image1, image2, image2, image2, everywhere, Content.PHOTO, exact=False)


def _seen(view: View, extractor: FeatureExtractor) -> np.ndarray:
    """With networks where the backend has them."""
    looked = change_map.map_without_networks(view, extractor.head)
    whole = change_map.map_with_networks(view, extractor, looked)
    assert (whole is None) is (extractor.name == "pixels")
    return looked.probability if whole is None else whole.probability


def test_layers_that_are_known_are_not_computed_again_and_change_nothing(photo: RGB, pasted: RGB) -> None:
    extractor = EmbeddedExtractor(1)
    view = _view(photo, pasted)
    known = change_map.map_without_networks(view, extractor.head)
    anew, reused = (change_map.map_with_networks(view, extractor, plain) for plain in (None, known))

    assert known.layers is not None
    assert anew is not None
    assert reused is not None
    # The networks' last digits are not always the same.
    assert np.abs(anew.probability - reused.probability).max() < 1e-5


def test_a_pasted_thing_is_probable_and_its_surroundings_are_not(
    extractor: FeatureExtractor, photo: RGB, pasted: RGB, jpeg: Callable[[RGB, int], RGB]
) -> None:
    probability = _seen(_view(photo, jpeg(pasted, 85)), extractor)

    assert probability.shape == (128, 128)
    assert probability[78:96, 14:31].mean() > 0.7
    assert np.quantile(probability[:64], 0.98) < 0.5


def test_a_second_capture_is_probable_nowhere(
    extractor: FeatureExtractor, photo: RGB, jpeg: Callable[[RGB, int], RGB]
) -> None:
    assert _seen(_view(photo, jpeg(photo, 70)), extractor).max() < 0.5


def test_equal_images_give_the_same_map_every_time(extractor: FeatureExtractor, photo: RGB) -> None:
    one, two = (_seen(_view(photo, photo.copy()), extractor) for _ in range(2))

    assert np.array_equal(one, two)
    assert one.max() < 0.2


def test_twenty_pixels_of_a_large_picture_are_seen_in_tiles(extractor: FeatureExtractor, photo: RGB) -> None:
    large = np.asarray(cv2.resize(photo, (1700, 1300), interpolation=cv2.INTER_CUBIC), np.uint8)
    edited = large.copy()
    cv2.circle(edited, (1000, 700), 10, (200, 30, 40), -1)
    found = change_map.map_without_networks(_view(large, edited), extractor.head).probability

    assert found.shape == (325, 425)
    assert found[173:177, 248:252].max() > 0.9
    assert (found > 0.5).sum() < 100


@pytest.mark.parametrize("size", [(801, 64), (1600, 900), (2400, 801), (801, 1)])
def test_tiles_cover_every_cell(extractor: FeatureExtractor, size: tuple[int, int]) -> None:
    width, height = size
    starts = list(change_map.split_tiles(height, width))
    seen = np.zeros((height, width), bool)
    for y, x in starts:
        seen[y : y + 800, x : x + 800] = True

    assert seen.all()
