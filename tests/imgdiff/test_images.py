"""Image bytes at the border: right pixels or a clear refusal, never a crash."""

import io
import struct
import zlib

import numpy as np
import pytest
from PIL import Image

from imgdiff.errors import InvalidImage, PayloadTooLarge
from imgdiff.images import ImageLimits, decode, encode_png

LIMITS = ImageLimits(max_bytes=200_000, max_pixels=1_000_000, max_side=2000)


def _encoded(image: Image.Image, form: str, **options: object) -> bytes:
    out = io.BytesIO()
    image.save(out, form, **options)
    return out.getvalue()


def _checker(mode: str = "RGB") -> Image.Image:
    pixels = np.zeros((6, 8, 3), np.uint8)
    pixels[:3, :4] = (250, 140, 140)
    return Image.fromarray(pixels).convert(mode)


def _png_header(width: int, height: int) -> bytes:
    """A PNG that claims a size and holds no pixels."""
    header = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunk = struct.pack(">I", 13) + header + struct.pack(">I", zlib.crc32(header))
    return b"\x89PNG\r\n\x1a\n" + chunk + b"\x00\x00\x00\x00IDAT\x35\xaf\x06\x1e"


def test_png_pixels_come_through_unchanged() -> None:
    image = decode(_encoded(_checker(), "PNG"), "/image1", LIMITS)

    assert image.shape == (6, 8, 3)
    assert image.dtype == np.uint8
    assert np.array_equal(image, np.asarray(_checker()))


def test_the_same_pixels_give_the_same_png_bytes() -> None:
    image = decode(_encoded(_checker(), "PNG", compress_level=9), "/image1", LIMITS)
    again = decode(encode_png(image), "/image1", LIMITS)

    assert encode_png(image) == encode_png(again)


def test_exif_orientation_is_applied_and_then_gone() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # rotate 90 degrees clockwise to view
    image = decode(_encoded(_checker(), "JPEG", exif=exif, quality=95), "/image1", LIMITS)

    assert image.shape == (8, 6, 3)
    assert image[0, 5, 0] > 200
    assert image[0, 0, 0] < 60
    assert Image.open(io.BytesIO(encode_png(image))).getexif() == {}


def test_transparency_is_laid_on_white() -> None:
    image = decode(_encoded(Image.new("RGBA", (4, 4), (255, 0, 0, 0)), "PNG"), "/image1", LIMITS)

    assert image.min() == 255


def test_sixteen_bit_grey_is_scaled_not_clipped() -> None:
    deep = Image.fromarray(np.full((4, 4), 0x8000, np.uint16))
    image = decode(_encoded(deep, "PNG"), "/image1", LIMITS)

    assert set(np.unique(image)) == {127}


@pytest.mark.parametrize("mode", ["L", "1", "P", "CMYK", "LA", "RGBA"])
def test_every_mode_becomes_rgb(mode: str) -> None:
    form = "JPEG" if mode == "CMYK" else "PNG"
    image = decode(_encoded(_checker(mode), form), "/image1", LIMITS)

    assert image.shape == (6, 8, 3)
    assert image[0, 0].mean() > image[5, 7].mean()


def test_one_pixel_is_an_image() -> None:
    assert decode(_encoded(Image.new("RGB", (1, 1)), "PNG"), "/image1", LIMITS).shape == (1, 1, 3)


def test_a_broken_colour_profile_does_not_matter() -> None:
    data = _encoded(_checker(), "PNG", icc_profile=b"not a profile")

    assert decode(data, "/image1", LIMITS).shape == (6, 8, 3)


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "image.empty"),
        (b"hello, this is no image", "image.unknown_format"),
        (_encoded(_checker(), "GIF"), "image.unknown_format"),
        (_encoded(_checker(), "PNG")[:60], "image.broken"),
        (_encoded(Image.effect_noise((200, 200), 50), "JPEG")[:900], "image.broken"),
        (_png_header(30_000, 30_000), "image.too_many_pixels"),
        (_png_header(30_000, 2), "image.too_many_pixels"),
        (_encoded(_checker(), "PNG", save_all=True, append_images=[Image.new("RGB", (8, 6), "red")]), "image.animated"),
        (
            _encoded(_checker(), "WEBP", save_all=True, append_images=[Image.new("RGB", (8, 6), "red")]),
            "image.animated",
        ),
    ],
)
def test_what_cannot_be_taken_is_refused_by_name(data: bytes, code: str) -> None:
    with pytest.raises(InvalidImage) as caught:
        decode(data, "/image2", LIMITS)

    assert [(item.pointer, item.code) for item in caught.value.errors] == [("/image2", code)]


def test_the_refusal_of_a_large_image_names_both_limits() -> None:
    with pytest.raises(InvalidImage, match="the limits are 1000000 pixels and 2000 pixels a side"):
        decode(_png_header(30_000, 30_000), "/image1", LIMITS)


def test_too_many_bytes_are_refused_before_decoding() -> None:
    with pytest.raises(PayloadTooLarge, match="200001 bytes; the limit is 200000"):
        decode(b"\x89PNG" + b"0" * 199_997, "/image1", LIMITS)
