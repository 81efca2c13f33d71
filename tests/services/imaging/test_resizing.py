"""An image at another size."""

import numpy as np

from services.imaging.resizing import fit_within, resize


def test_shrinking_averages() -> None:
    stripes = np.zeros((8, 8, 3), np.uint8)
    stripes[:, ::2] = 200
    assert (resize(stripes, 4, 4) == 100).all()


def test_an_image_of_that_size_is_returned_as_it_is() -> None:
    image = np.zeros((5, 7, 3), np.uint8)
    assert resize(image, 5, 7) is image


def test_the_longer_side_fits_and_nothing_is_enlarged() -> None:
    assert fit_within((300, 600, 3), 200) == (200, 100)
    assert fit_within((60, 20), 200) == (20, 60)
    assert fit_within((1, 4000), 200) == (200, 1)
