"""Views and cut-outs are drawn from image files by a seed."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from skimage import data

from training.pictures import Pictures, read


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Pictures:
    folder = tmp_path_factory.mktemp("pictures")
    Image.fromarray(data.coffee()).save(folder / "coffee.png")
    cutout = np.zeros((100, 200, 4), np.uint8)
    cutout[20:80, 30:170] = (200, 40, 60, 255)
    cutout[20:40, 30:60] = 0
    Image.fromarray(cutout).save(folder / "cutout.png")
    return Pictures([folder / "coffee.png"], [folder / "cutout.png"])


def test_transparent_pixels_become_white(tmp_path: Path) -> None:
    Image.new("RGBA", (4, 3), (0, 0, 0, 0)).save(tmp_path / "clear.png")

    assert np.array_equal(read(tmp_path / "clear.png"), np.full((3, 4, 3), 255, np.uint8))


def test_a_view_has_one_of_the_sizes_and_its_margin(pictures: Pictures) -> None:
    plain, wider = (pictures.view(np.random.default_rng(5), margin=margin) for margin in (0, 10))

    assert (wider.shape[0] - plain.shape[0], wider.shape[1] - plain.shape[1]) == (20, 20)
    assert np.array_equal(plain, pictures.view(np.random.default_rng(5)))


def test_a_cutout_is_cropped_to_its_object(pictures: Pictures) -> None:
    rgb, opacity = pictures.cutout(np.random.default_rng(1), side=70)

    assert max(opacity.shape) == 70
    assert rgb.shape == (*opacity.shape, 3)
    assert 0.0 <= opacity.min() <= opacity.max() <= 1.0
