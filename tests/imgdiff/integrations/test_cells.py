"""Every form in which a table holds an image becomes an image file."""

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from imgdiff.errors import InvalidImage
from imgdiff.integrations.cells import read_cell

PIXELS = np.arange(48, dtype=np.uint8).reshape(4, 4, 3)


def test_files_are_sent_as_they_are(tmp_path: Path) -> None:
    path = tmp_path / "a.jpg"
    path.write_bytes(b"a file")

    for cell in (
        str(path),
        path,
        b"a file",
        {"bytes": b"a file", "path": "elsewhere"},
        {"bytes": None, "path": str(path)},
    ):
        assert read_cell(cell, "image1") == b"a file"


def test_pixels_become_png_without_loss() -> None:
    for cell in (PIXELS, Image.fromarray(PIXELS)):
        assert np.array_equal(np.asarray(Image.open(io.BytesIO(read_cell(cell, "image1")))), PIXELS)


@pytest.mark.parametrize(
    ("cell", "message"),
    [
        (None, "/image2: the cell holds no image"),
        ({"bytes": None, "path": None}, "/image2: the cell holds no image"),
        ([[1, 2], [3, 4]], "/image2: no image, but of type list"),
        ("absent.png", "absent.png cannot be read"),
        (PIXELS.astype(float), "values of format 'd'"),
    ],
)
def test_what_is_no_image_is_named(cell: object, message: str) -> None:
    with pytest.raises(InvalidImage, match=message):
        read_cell(cell, "image2")
