"""Image bytes at the border: right pixels or a clear refusal, never a crash."""

import io
import struct
import zlib

import numpy as np
import pytest
from PIL import Image

from benchmarks.abuse.images import damage_images
from imgdiff.errors import InvalidImage, PayloadTooLarge
from imgdiff.images import ImageLimits, decode, decode_cutout, decode_pair, decode_pixels, encode_png, measure_lightness

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


def _png_with(name: bytes, content: bytes) -> bytes:
    """A PNG with one more chunk after its header."""
    data = _encoded(_checker(), "PNG")
    chunk = struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))
    return data[:33] + chunk + data[33:]


@pytest.mark.parametrize("exif", [b"II*\0", b"MM\0*\0\0\0\x08", b"II*\0\x08\0\0\0\xff\xff", b"garbage", b""])
def test_garbage_in_place_of_exif_is_ignored(exif: bytes) -> None:
    assert (decode(_png_with(b"eXIf", exif), "/image1", LIMITS) == np.asarray(_checker())).all()


def test_damaged_files_give_pixels_or_a_refusal_and_nothing_else() -> None:
    codes = []
    for name, data in damage_images(400):
        for read in (decode_pixels, decode_cutout):
            try:
                read(data, "/image", LIMITS)
            except InvalidImage as refused:
                codes.append((name, [item.code for item in refused.errors]))

    known = {"image.broken", "image.unknown_format", "image.too_many_pixels", "image.animated"}
    assert [refused for refused in codes if not {*refused[1]} <= known] == []
    assert 100 < len(codes) < 800  # both happen


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


JPEGS = {
    "baseline": {},
    "progressive": {"progressive": True},
    "colour at full resolution": {"subsampling": 0},
    "restart markers": {"restart_marker_blocks": 5},
}


def _jpeg(**options: object) -> bytes:
    return _encoded(Image.effect_noise((200, 150), 50).convert("RGB"), "JPEG", **options)


@pytest.mark.parametrize("options", JPEGS.values(), ids=JPEGS)
def test_a_jpeg_that_lacks_only_its_end_marker_is_read(options: dict[str, object]) -> None:
    data = _jpeg(**options)

    for missing in (1, 2):
        assert np.array_equal(decode(data[:-missing], "/image1", LIMITS), decode(data, "/image1", LIMITS))


@pytest.mark.parametrize("options", JPEGS.values(), ids=JPEGS)
@pytest.mark.parametrize("missing", [40, 400, 4000])
def test_a_jpeg_that_lacks_rows_is_refused(options: dict[str, object], missing: int) -> None:
    with pytest.raises(InvalidImage, match="truncated"):
        decode(_jpeg(**options)[:-missing], "/image1", LIMITS)


def _depth(near: int) -> bytes:
    """16-bit grey: a plane from 2000 to 2600, a box at `near`, and a place that was not measured."""
    plane = np.tile(np.linspace(2000, 2600, 80).astype(np.uint16), (60, 1))
    plane[20:40, 20:40] = near
    plane[:5, :5] = 0
    return _encoded(Image.fromarray(plane), "PNG")


def test_sixteen_bit_grey_keeps_every_value_when_it_is_stored() -> None:
    pixels = decode_pixels(_depth(1500), "/image1", LIMITS)

    assert (pixels.dtype, pixels.min(), pixels.max()) == (np.uint16, 0, 2600)
    assert np.array_equal(decode_pixels(encode_png(pixels), "/image1", LIMITS), pixels)


def test_narrow_sixteen_bit_grey_of_a_pair_is_stretched_by_one_range() -> None:
    pair = decode_pair(_depth(1500), _depth(1100), LIMITS)

    assert pair.stretched is not None
    assert pair.stretched == pytest.approx((2600 - 1100) / 65535, abs=1e-3)
    assert int(pair.image1[30, 30, 0]) - int(pair.image2[30, 30, 0]) == pytest.approx(400 / 1500 * 253, abs=2)
    assert np.array_equal(pair.image1[:, 60:], pair.image2[:, 60:])
    assert pair.image1[0, 0, 0] == pair.image2[0, 0, 0] == 0


def test_the_range_ignores_a_few_hot_pixels() -> None:
    hot = np.asarray(Image.open(io.BytesIO(_depth(1500)))).copy()
    hot = np.tile(hot, (4, 4))
    hot[100, 100] = 50_000
    pair = decode_pair(_encoded(Image.fromarray(hot), "PNG"), _depth(1500), LIMITS)

    assert pair.stretched == pytest.approx(1100 / 65535, abs=1e-3)
    assert pair.image1[100, 100, 0] == 254


def test_nothing_is_stretched_beyond_one_level_a_value() -> None:
    flat, other = (_encoded(Image.fromarray(np.full((9, 9), value, np.uint16)), "PNG") for value in (4000, 4001))
    pair = decode_pair(flat, other, LIMITS)

    assert int(pair.image2[0, 0, 0]) - int(pair.image1[0, 0, 0]) == 1


def test_wide_sixteen_bit_grey_and_mixed_pairs_are_not_stretched() -> None:
    wide = _encoded(Image.fromarray(np.arange(6000, 60_000, 100, dtype=np.uint16).reshape(20, 27)), "PNG")
    colour = _encoded(Image.new("RGB", (80, 60), "red"), "PNG")

    for other in (wide, colour):
        pair = decode_pair(wide, other, LIMITS)
        assert pair.stretched is None
        assert np.array_equal(pair.image1, decode(wide, "/image1", LIMITS))
    assert decode_pair(_depth(1500), colour, LIMITS).stretched is None


def test_an_image_of_a_pair_is_refused_by_its_name() -> None:
    with pytest.raises(InvalidImage, match=r"^/image2"):
        decode_pair(_depth(1500), b"no image", LIMITS)


def test_a_cutout_keeps_its_colours_under_transparency_and_gets_a_margin() -> None:
    picture = Image.new("RGBA", (40, 20), (9, 9, 9, 0))
    picture.paste((200, 30, 30, 128), (0, 0, 10, 20))
    cutout = decode_cutout(_encoded(picture, "PNG"), "/image", ImageLimits())

    assert cutout is not None
    assert cutout.image.shape == (26, 46, 3)
    assert cutout.opaque.sum() == 200
    assert set(map(tuple, cutout.image[cutout.opaque])) == {(200, 30, 30)}
    assert set(map(tuple, cutout.image[~cutout.opaque])) == {(255, 255, 255)}
    for opaque in (picture.convert("RGB"), Image.new("RGBA", (4, 4), "red")):
        assert decode_cutout(_encoded(opaque, "PNG"), "/image", ImageLimits()) is None


def test_lightness_runs_from_black_to_white_at_any_depth() -> None:
    pictures = (np.zeros((9, 9, 3), np.uint8), np.full((9, 9, 3), 255, np.uint8), np.full((9, 9), 65535, np.uint16))

    assert [round(measure_lightness(picture)) for picture in pictures] == [0, 100, 100]
    assert measure_lightness(np.full((9, 9, 3), (0, 255, 0), np.uint8)) == pytest.approx(58.7)


@pytest.mark.parametrize("mode", ["RGBA", "LA", "P", "L"])
def test_tall_images_of_any_mode_have_the_pixels_of_their_parts(mode: str) -> None:
    """They are converted in bands of 256 rows."""
    shades = np.random.default_rng(0).integers(0, 256, (600, 5, 4), np.uint8)
    tall = Image.fromarray(shades).convert(mode) if mode in {"RGBA", "LA"} else Image.fromarray(shades[..., :3])
    tall = tall.convert(mode)
    whole = decode(_encoded(tall, "PNG"), "/image", ImageLimits())

    assert whole.shape == (600, 5, 3)
    for row in (0, 255, 256, 599):
        part = decode(_encoded(tall.crop((0, row, 5, row + 1)), "PNG"), "/image", ImageLimits())
        assert (whole[row] == part[0]).all()
