"""Decoding image files to upright pixels, within limits that are checked first, marking and encoding them."""

import contextlib
import io
import math
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps, UnidentifiedImageError

from imgdiff.colour_profiles import convert_to_srgb
from imgdiff.errors import ImgdiffError, InvalidImage, PayloadTooLarge

RGB = NDArray[np.uint8]
"""(height, width, 3), red first."""
Pixels = NDArray[np.uint8] | NDArray[np.uint16]
"""RGB, or 16-bit grey as (height, width)."""
Pointers = tuple[str, str]
Read = TypeVar("Read")
FORMATS = ("PNG", "JPEG", "WEBP")
DEEPEST = 65535  # of 16-bit grey
CUTOUT_MARGIN = 0.05  # of the longer side, around a cut-out; chosen, not measured
NARROW = 0.5  # of the range: there 8 bits would keep fewer than 128 levels; chosen, not measured
LUMA = (0.299, 0.587, 0.114)  # of red, green and blue; ITU-R BT.601
OUTLIERS = 1e-4  # share of pixels at either end that may clip, such as hot ones; chosen, not measured
SAMPLED_PIXELS = 4_000_000  # of an image, for its range; chosen, not measured
_RED = (255, 0, 0)  # RGB; this and the next two: paper, section 15.3
_LINE = 3  # pixels of a mark's line
_BAR = 20  # pixels of black between two joined images
_BAND = 256  # rows that are converted at once; chosen, not measured
_END = b"\xff\xd9"  # JPEG's end marker
_NOISE = b"\x5a\x35\xc3\x16" * 16  # any bits that differ from the zeros that libjpeg reads after an end marker
_JUNK = _NOISE + b"".join(b"\xff" + bytes([0xD0 + number]) + _NOISE for number in range(8))  # with restart markers


@dataclass(frozen=True)
class ImageLimits:
    """The largest image that is accepted; the defaults are chosen, not measured."""

    max_bytes: int = 32 * 2**20
    max_pixels: int = 64_000_000
    max_side: int = 16_384  # pixels; WebP allows no more


class ImagePair(NamedTuple):
    """Two images to compare; `stretched` is the share of the 16-bit range that was stretched, null if none was."""

    image1: RGB
    image2: RGB
    stretched: float | None


class Cutout(NamedTuple):
    """An object on transparent ground: its own colours, white where it is fully transparent, and where it is opaque.

    Both have a margin around them, so that the object is not taken to be cut off at a border.
    """

    image: RGB
    opaque: NDArray[np.bool_]


def _too_large(pointer: str, size: str, limits: ImageLimits) -> InvalidImage:
    detail = f"the image is {size}; the limits are {limits.max_pixels} pixels and {limits.max_side} pixels a side"
    return InvalidImage.at(pointer, "image.too_many_pixels", detail)


def _check_size(size: tuple[int, int], pointer: str, limits: ImageLimits) -> None:
    width, height = size
    if width * height > limits.max_pixels or max(size) > limits.max_side:
        raise _too_large(pointer, f"{width}x{height} pixels", limits)


def _load(data: bytes, pointer: str, limits: ImageLimits) -> Image.Image:
    """The file's pixels; raises InvalidImage, or Pillow's errors for a file that it cannot read."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Pillow's own limit; ours is checked before any pixel is decoded
        image = Image.open(io.BytesIO(data), formats=FORMATS)
    _check_size(image.size, pointer, limits)
    if image.format != "MPO" and getattr(image, "n_frames", 1) > 1:  # a still JPEG of a phone may hold two
        raise InvalidImage.at(pointer, "image.animated", "the image is animated; send one still frame")
    try:
        image.load()
    except OSError:
        completed = _complete_jpeg(data) if image.format in {"JPEG", "MPO"} else None
        if completed is None:
            raise
        return completed
    return image


def _turn_upright(image: Image.Image) -> Image.Image:
    """The image, turned as its EXIF says; as it is where that cannot be read, which is no reason to refuse it."""
    with contextlib.suppress(Exception):  # Pillow documents none of the errors of its parsers
        ImageOps.exif_transpose(image, in_place=True)
    return image


def _complete_jpeg(data: bytes) -> Image.Image | None:
    """The pixels of a JPEG that lacks only its end marker; None where it lacks more.

    Decoded twice, with other bytes between its end and an end marker: they change pixels unless all pixels are there.
    """
    body = data.removesuffix(b"\xff")
    images = [Image.open(io.BytesIO(body + tail + _END), formats=("JPEG",)) for tail in (b"", _JUNK)]
    try:
        for image in images:
            image.load()
    except OSError:
        return None
    return images[0] if images[0].tobytes() == images[1].tobytes() else None


def _to_rgb(image: Image.Image) -> RGB:
    """8 bits of any mode, with transparency on white; in bands, since whole copies of a large image take gigabytes."""
    pixels = np.empty((image.height, image.width, 3), np.uint8)
    for top in range(0, image.height, _BAND):
        below = min(image.height, top + _BAND)
        pixels[top:below] = np.asarray(_compose(image.crop((0, top, image.width, below))))
    return pixels


def _compose(image: Image.Image) -> Image.Image:
    """The image as RGB, on white."""
    colours = convert_to_srgb(image)
    if image.mode in {"RGBA", "LA", "PA"} or "transparency" in image.info:
        colours.putalpha(image.convert("RGBA").getchannel("A"))
        colours = Image.alpha_composite(Image.new("RGBA", colours.size, "white"), colours).convert("RGB")
    return colours


def _to_eight_bits(image: Pixels) -> RGB:
    if image.dtype == np.uint16:
        return _repeat_grey((image // 257).astype(np.uint8))
    return image.astype(np.uint8, copy=False)


def _repeat_grey(grey: NDArray[np.uint8]) -> RGB:
    return np.repeat(grey[..., None], 3, axis=2)


def _to_pixels(image: Image.Image) -> Pixels:
    if image.mode.startswith("I"):
        return np.asarray(image).clip(0, DEEPEST).astype(np.uint16)
    return _to_rgb(image)


def _to_cutout(image: Image.Image) -> Cutout | None:
    alpha = np.asarray(image.convert("RGBA").getchannel("A"))
    if alpha.min() == 255:
        return None
    colours = np.where(alpha[..., None] == 0, 255, np.asarray(convert_to_srgb(image))).astype(np.uint8)
    sides = (math.ceil(CUTOUT_MARGIN * max(alpha.shape)) + 1,) * 2
    return Cutout(np.pad(colours, (sides, sides, (0, 0)), constant_values=255), np.pad(alpha >= 128, sides))


def decode_pixels(data: bytes, pointer: str, limits: ImageLimits) -> Pixels:
    """The image in `data`, with its EXIF orientation applied and transparency on white; 16-bit grey stays 16-bit.

    Raises PayloadTooLarge or InvalidImage, naming `pointer` and the limit.
    """
    return _decode(data, pointer, limits, _to_pixels)


def decode_cutout(data: bytes, pointer: str, limits: ImageLimits) -> Cutout | None:
    """The image in `data` as a cut-out; None where it has no transparency. Raises as `decode_pixels`."""
    return _decode(data, pointer, limits, _to_cutout)


def _decode(data: bytes, pointer: str, limits: ImageLimits, read: Callable[[Image.Image], Read]) -> Read:
    if len(data) > limits.max_bytes:
        detail = f"the file has {len(data)} bytes; the limit is {limits.max_bytes}"
        raise PayloadTooLarge.at(pointer, "image.too_many_bytes", detail)
    if not data:
        raise InvalidImage.at(pointer, "image.empty", "the file is empty")
    try:
        return read(_turn_upright(_load(data, pointer, limits)))
    except ImgdiffError:
        raise
    except UnidentifiedImageError as error:
        raise InvalidImage.at(
            pointer, "image.unknown_format", f"not an image in one of {', '.join(FORMATS)}"
        ) from error
    except Image.DecompressionBombError as error:
        raise _too_large(pointer, "far too large to open", limits) from error
    except Exception as error:  # Pillow documents none of the errors of its decoders; struct.error was one of them
        raise InvalidImage.at(pointer, "image.broken", f"the image cannot be decoded: {error}") from error


def decode(data: bytes, pointer: str, limits: ImageLimits) -> RGB:
    """The image in `data` at 8 bits a channel; raises PayloadTooLarge or InvalidImage."""
    return _to_eight_bits(decode_pixels(data, pointer, limits))


def decode_pair(
    data1: bytes, data2: bytes, limits: ImageLimits, pointers: Pointers = ("/image1", "/image2")
) -> ImagePair:
    """Both images at 8 bits a channel; narrow 16-bit grey of both is stretched by one range.

    Raises PayloadTooLarge or InvalidImage.
    """
    image1, image2 = decode_pixels(data1, pointers[0], limits), decode_pixels(data2, pointers[1], limits)
    (reduced1, reduced2), stretched = _reduce_depth(image1, image2)
    return ImagePair(reduced1, reduced2, stretched)


def reduce_depth(image: Pixels) -> RGB:
    """An image at 8 bits a channel; narrow 16-bit grey is stretched, as `decode_pair` does with two."""
    (reduced,), _ = _reduce_depth(image)
    return reduced


def _reduce_depth(*images: Pixels) -> tuple[list[RGB], float | None]:
    if all(image.dtype == np.uint16 for image in images):
        low, high = _common_range(*images)
        if high - low < NARROW * DEEPEST:
            return [_stretch(image, low, high) for image in images], (high - low) / DEEPEST
    return [_to_eight_bits(image) for image in images], None


def _common_range(*images: Pixels) -> tuple[int, int]:
    """The values that both images use but for a few outliers; at least 256 of them, one for each level."""
    counts = np.zeros(DEEPEST + 1, np.int64)
    for image in images:
        step = max(1, int((image.size / SAMPLED_PIXELS) ** 0.5))
        counts += np.bincount(image[::step, ::step].ravel(), minlength=DEEPEST + 1)
    counts[[0, DEEPEST]] = 0  # mostly "not measured" and "saturated"
    if not counts.any():
        return 0, DEEPEST
    shares = np.cumsum(counts) / counts.sum()
    low, high = np.searchsorted(shares, (OUTLIERS, 1 - OUTLIERS))
    return int(low), int(max(high, low + 255))


def _stretch(image: Pixels, low: int, high: int) -> RGB:
    """Spread low..high over 1..254; 0 stays black and 65535 white."""
    levels = 1 + np.clip((np.arange(DEEPEST + 1) - low) / (high - low), 0, 1) * 253
    levels[[0, DEEPEST]] = 0, 255
    return _repeat_grey(levels.round().astype(np.uint8)[image])


def encode_png(image: Pixels) -> bytes:
    """The pixels as PNG without metadata; the same pixels always give the same bytes."""
    out = io.BytesIO()
    Image.fromarray(image).save(out, "PNG", compress_level=1)
    return out.getvalue()


def mark_box(image: RGB, box: tuple[int, int, int, int]) -> RGB:
    """A copy with a box [x1, y1, x2, y2] drawn in red, its line inwards from the edge."""
    drawn = image.copy()
    frame = drawn[box[1] : box[3], box[0] : box[2]]
    frame[:_LINE] = frame[-_LINE:] = _RED
    frame[:, :_LINE] = frame[:, -_LINE:] = _RED
    return drawn


def join_images(left: RGB, right: RGB) -> RGB:
    """Both images on one canvas with a black bar between, aligned at the top; black below the lower one."""
    height = max(left.shape[0], right.shape[0])
    start = left.shape[1] + _BAR
    canvas = np.zeros((height, start + right.shape[1], 3), np.uint8)
    canvas[: left.shape[0], : left.shape[1]] = left
    canvas[: right.shape[0], start:] = right
    return canvas


def measure_lightness(image: Pixels) -> float:
    """Mean luma of an image, 0..100, of about 4 million of its pixels at most."""
    step = max(1, int((image.shape[0] * image.shape[1] / SAMPLED_PIXELS) ** 0.5))
    sample = _to_eight_bits(image[::step, ::step])
    return float((sample.reshape(-1, 3).mean(axis=0) @ LUMA) / 255 * 100)
