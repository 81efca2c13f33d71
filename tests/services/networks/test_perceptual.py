"""LPIPS is zero for equal pictures and grows with what a person would see."""

import numpy as np
import pytest

from services.networks.perceptual import Lpips


@pytest.fixture(scope="module")
def lpips():
    return Lpips(threads=1)


def test_a_picture_does_not_differ_from_itself(lpips, photo):
    result = lpips(photo("coffee.png"), photo("coffee.png"))

    assert result.score == 0
    assert result.map.shape == (400, 600)
    assert np.abs(result.map).max() == 0


def test_another_picture_differs_more_than_noise(lpips, photo):
    coffee, cat = photo("coffee.png")[:256, :256], photo("chelsea.png")[:256, :256]
    noise = np.random.default_rng(3).integers(-6, 7, coffee.shape)
    noisy = np.clip(coffee + noise, 0, 255).astype(np.uint8)

    assert lpips(coffee, noisy).score < 0.3
    assert lpips(coffee, cat).score > 0.5


def test_the_map_is_highest_where_something_changed(lpips, photo):
    before = photo("coffee.png")
    after = before.copy()
    after[60:140, 420:520] = photo("chelsea.png")[100:180, 150:250]

    spatial = lpips(before, after).map

    row, column = np.unravel_index(spatial.argmax(), spatial.shape)
    assert 40 < row < 160
    assert 400 < column < 540


@pytest.mark.parametrize("shapes", [((64, 64, 3), (64, 65, 3)), ((63, 80, 3), (63, 80, 3))])
def test_unequal_or_tiny_pictures_are_refused(lpips, shapes):
    with pytest.raises(ValueError, match="images of one size"):
        lpips(*(np.zeros(shape, np.uint8) for shape in shapes))
