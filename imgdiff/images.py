"""Decoding image files to upright RGB pixels, within limits that are checked first, and encoding them as PNG."""

import io
import warnings
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageCms, ImageOps, UnidentifiedImageError

from imgdiff.errors import InvalidImage, PayloadTooLarge

RGB = NDArray[np.uint8]
"""(height, width, 3), red first."""
FORMATS = ("PNG", "JPEG", "WEBP")


@dataclass(frozen=True)
class ImageLimits:
    """The largest image that is accepted; the defaults are chosen, not measured."""

    max_bytes: int = 32 * 2**20
    max_pixels: int = 64_000_000
    max_side: int = 16_384  # pixels; WebP allows no more


def _too_large(pointer: str, size: str, limits: ImageLimits) -> InvalidImage:
    detail = f"the image is {size}; the limits are {limits.max_pixels} pixels and {limits.max_side} pixels a side"
    return InvalidImage.at(pointer, "image.too_many_pixels", detail)


def _check_size(size: tuple[int, int], pointer: str, limits: ImageLimits) -> None:
    width, height = size
    if width * height > limits.max_pixels or max(size) > limits.max_side:
        raise _too_large(pointer, f"{width}x{height} pixels", limits)


def _to_srgb(image: Image.Image) -> Image.Image:
    profile = image.info.get("icc_profile")
    if not profile or image.mode not in {"RGB", "CMYK"}:
        return image
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        converted = ImageCms.profileToProfile(image, source, ImageCms.createProfile("sRGB"), outputMode="RGB")
    except (ImageCms.PyCMSError, OSError, ValueError):
        return image  # a broken profile is no reason to refuse the pixels
    return converted or image


def _to_rgb(image: Image.Image) -> Image.Image:
    """Any mode to RGB, with 16-bit grey scaled to 8 bits and transparency on white."""
    if image.mode.startswith(("I", "F")):
        deep = np.asarray(image, dtype=np.float64)
        scale = 257.0 if image.mode.startswith("I") else 1.0  # 65535 / 255
        return Image.fromarray((deep / scale).clip(0, 255).astype(np.uint8)).convert("RGB")
    if image.mode in {"RGBA", "LA", "PA"} or "transparency" in image.info:
        over = image.convert("RGBA")
        return Image.alpha_composite(Image.new("RGBA", over.size, "white"), over).convert("RGB")
    return _to_srgb(image).convert("RGB")


def decode(data: bytes, pointer: str, limits: ImageLimits) -> RGB:
    """The image in `data`, with its EXIF orientation applied and transparency on white.

    Raises PayloadTooLarge or InvalidImage, naming `pointer` and the limit.
    """
    if len(data) > limits.max_bytes:
        detail = f"the file has {len(data)} bytes; the limit is {limits.max_bytes}"
        raise PayloadTooLarge.at(pointer, "image.too_many_bytes", detail)
    if not data:
        raise InvalidImage.at(pointer, "image.empty", "the file is empty")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Pillow's own limit; ours is checked before any pixel is decoded
            image = Image.open(io.BytesIO(data), formats=FORMATS)
        _check_size(image.size, pointer, limits)
        if image.format != "MPO" and getattr(image, "n_frames", 1) > 1:  # a still JPEG of a phone may hold two
            raise InvalidImage.at(pointer, "image.animated", "the image is animated; send one still frame")
        image.load()
        return np.asarray(_to_rgb(ImageOps.exif_transpose(image)))
    except UnidentifiedImageError as error:
        raise InvalidImage.at(
            pointer, "image.unknown_format", f"not an image in one of {', '.join(FORMATS)}"
        ) from error
    except Image.DecompressionBombError as error:
        raise _too_large(pointer, "far too large to open", limits) from error
    except (OSError, ValueError, SyntaxError, EOFError, IndexError, KeyError, TypeError) as error:
        raise InvalidImage.at(pointer, "image.broken", f"the image cannot be decoded: {error}") from error


def encode_png(image: RGB) -> bytes:
    """The pixels as PNG without metadata; the same pixels always give the same bytes."""
    out = io.BytesIO()
    Image.fromarray(image).save(out, "PNG", compress_level=1)
    return out.getvalue()
