"""Pillow images and arrays become PNG files with the same pixels, or are refused with what would be taken."""

import io

import numpy as np
import pytest
from PIL import Image

from imgdiff.client.inputs import ImageFile, read_image
from imgdiff.errors import InvalidImage


def _pixels(image: object) -> Image.Image:
    file = read_image(image, "image1")
    assert isinstance(file, ImageFile)
    return Image.open(io.BytesIO(file.content))


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "I;16"])
def test_pillow_images_are_sent_without_loss(mode: str) -> None:
    image = Image.effect_noise((31, 17), 60).convert("I" if mode == "I;16" else mode).convert(mode)
    sent = _pixels(image)

    assert (sent.format, sent.mode, sent.tobytes()) == ("PNG", mode, image.tobytes())


def test_a_pillow_image_keeps_orientation_and_profile_and_other_modes_become_rgb() -> None:
    photo = Image.new("RGB", (4, 2), "red")
    photo.getexif()[0x0112] = 6
    photo.info["icc_profile"] = b"profile"
    sent = _pixels(photo)

    assert sent.getexif()[0x0112] == 6
    assert sent.info["icc_profile"] == b"profile"
    assert _pixels(Image.new("CMYK", (4, 2))).mode == "RGB"


@pytest.mark.parametrize(
    ("shape", "dtype", "mode"),
    [
        ((5, 7), "uint8", "L"),
        ((5, 7, 1), "uint8", "L"),
        ((5, 7, 2), "uint8", "LA"),
        ((5, 7, 3), "uint8", "RGB"),
        ((5, 7, 4), "uint8", "RGBA"),
        ((5, 7), "uint16", "I;16"),
        ((5, 7), ">u2", "I;16"),
    ],
)
def test_arrays_are_sent_without_loss(shape: tuple[int, ...], dtype: str, mode: str) -> None:
    array = np.random.default_rng(1).integers(0, 65536, shape).astype(dtype)
    sent = _pixels(array)

    assert sent.mode == mode
    assert np.array_equal(np.asarray(sent).reshape(shape), array)


def test_views_and_flags_are_arrays_too() -> None:
    array = np.arange(60, dtype=np.uint8).reshape(4, 5, 3)
    flags = array[..., 0] % 2 == 0

    assert np.array_equal(np.asarray(_pixels(array[::-1, ::2])), array[::-1, ::2])
    assert np.array_equal(np.asarray(_pixels(memoryview(array))), array)
    assert np.array_equal(np.asarray(_pixels(flags)), flags * np.uint8(255))


@pytest.mark.parametrize(
    ("array", "words"),
    [
        (np.zeros((5, 7, 3), np.float32), "uint8, bool, or uint16"),
        (np.zeros((5, 7, 3), np.uint16), "uint8, bool, or uint16"),
        (np.zeros((5, 7, 5), np.uint8), "shape"),
        (np.zeros((0, 7), np.uint8), "shape"),
        (np.zeros(7, np.uint8), "shape"),
        (io.StringIO("text"), "binary mode"),
    ],
)
def test_what_is_no_image_is_refused_with_what_would_be(array: object, words: str) -> None:
    with pytest.raises(InvalidImage, match=words):
        read_image(array, "image1")
