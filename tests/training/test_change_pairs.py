"""Training pairs have an exact truth, and a seed gives the same pair."""

from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image
from skimage import data

from training.captures import capture_again
from training.change_pairs import ChangePair, make_pair
from training.pictures import Pictures


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Pictures:
    folder: Path = tmp_path_factory.mktemp("pictures")
    names = []
    for name in ("astronaut", "coffee", "chelsea"):
        names.append(folder / f"{name}.png")
        Image.fromarray(getattr(data, name)()).save(names[-1])
    thing = np.zeros((120, 160, 4), np.uint8)
    cv2.ellipse(thing, (80, 60), (70, 50), 0, 0, 360, (200, 40, 60, 255), -1)
    Image.fromarray(thing).save(folder / "thing.png")
    return Pictures(names, [folder / "thing.png"])


@pytest.fixture(scope="module")
def pairs(pictures: Pictures) -> list[ChangePair]:
    return [make_pair(pictures, np.random.default_rng(seed)) for seed in range(24)]


def test_a_seed_makes_one_pair(pictures: Pictures) -> None:
    one, two = (make_pair(pictures, np.random.default_rng(3)) for _ in range(2))

    assert np.array_equal(one.image1, two.image1)
    assert np.array_equal(one.image2, two.image2)
    assert np.array_equal(one.changed, two.changed)


def test_most_pairs_are_changed_and_some_are_not(pairs: list[ChangePair]) -> None:
    changed = [pair.changed.any() for pair in pairs]

    assert 12 <= sum(changed) < 24


def test_what_is_called_changed_differs_more_than_the_rest(pairs: list[ChangePair]) -> None:
    inside, outside = [], []
    for pair in pairs:
        difference = cv2.absdiff(pair.image1, pair.image2).max(2)
        if (pair.changed > 0).any():
            inside.append(np.median(difference[(pair.changed > 0) & pair.sure]))
            outside.append(np.median(difference[(pair.changed == 0) & pair.sure]))

    assert np.median(inside) > 2 * np.median(outside)


def test_a_second_capture_keeps_size_and_type(pictures: Pictures) -> None:
    image = pictures.view(np.random.default_rng(1))
    for seed in range(12):
        again = capture_again(image, np.random.default_rng(seed), "capture")
        assert (again.shape, again.dtype) == (image.shape, np.uint8)
