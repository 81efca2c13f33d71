"""Real photographs that scikit-image carries, and every network loaded once."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import skimage
from PIL import Image

from imgdiff.images import RGB
from services.networks.classifier import Classifier

Photo = Callable[[str], RGB]


@pytest.fixture(scope="session")
def photo() -> Photo:
    """A photograph by its file name, RGB."""
    folder = Path(skimage.__file__).parent / "data"

    def load(name: str) -> RGB:
        with Image.open(folder / name) as image:
            return np.asarray(image.convert("RGB"))

    return load


@pytest.fixture(scope="session")
def classifier() -> Classifier:
    """The classifier, loaded once."""
    return Classifier(threads=1)
