"""Pillow images and arrays as PNG files, recognised by what they offer: the client needs neither Pillow nor NumPy."""

import io
import struct
import zlib
from typing import Protocol, runtime_checkable

_COLOUR_TYPES = {1: 0, 2: 4, 3: 2, 4: 6}  # of PNG, by channels: grey, grey and alpha, RGB, RGBA
_DEPTHS = {"B": 8, "?": 1, "H": 16}  # bits, by the format of the buffer
_PNG_MODES = frozenset({"1", "L", "LA", "I;16", "P", "RGB", "RGBA"})  # that PNG holds without loss
_EFFORT = 1  # of zlib; higher ones take several times as long for a few per cent; chosen, not measured


@runtime_checkable
class PillowImage(Protocol):
    """What is used of `PIL.Image.Image`."""

    mode: str
    info: dict[str | tuple[int, int], object]

    def convert(self, mode: str) -> "PillowImage":
        """The image in another mode."""

    def getexif(self) -> object:
        """The EXIF data, with the orientation."""

    def save(self, fp: io.BytesIO, format: str, **params: object) -> None:  # noqa: A002  Pillow's name
        """Write the image as a file."""


@runtime_checkable
class Array(Protocol):
    """What is used of a NumPy array, or of a tensor that converts to one."""

    def __array__(self) -> object:
        """The array itself, with a buffer."""


def pillow_to_png(image: PillowImage) -> bytes:
    """The image as PNG, with its colour profile and orientation; modes that PNG lacks become RGB."""
    exif = image.getexif()
    profile = image.info.get("icc_profile") if image.mode in _PNG_MODES else None
    kept = image if image.mode in _PNG_MODES else image.convert("RGB")
    out = io.BytesIO()
    kept.save(out, "PNG", icc_profile=profile, compress_level=_EFFORT, **({"exif": exif} if exif else {}))
    return out.getvalue()


def array_to_png(array: Array | memoryview) -> bytes:
    """An array of height x width (x 1..4 channels: grey, grey and alpha, RGB, RGBA; red first) as PNG.

    Its values are uint8, uint16 (grey only) or bool. Raises ValueError for any other array.
    """
    pixels = array if isinstance(array, memoryview) else memoryview(array.__array__())  # type: ignore[arg-type]
    shape = pixels.shape or ()
    channels = shape[2] if len(shape) == 3 else 1
    depth = _DEPTHS.get(pixels.format.lstrip("@=<>"))
    if len(shape) not in {2, 3} or channels not in _COLOUR_TYPES or 0 in shape:
        raise ValueError(f"an array of shape {tuple(shape)} is no image; height x width (x 1..4 channels) is taken")
    if depth is None or (depth == 16 and channels > 1):
        detail = f"values of format {pixels.format!r}, {channels} channels; uint8, bool, or uint16 for grey is taken"
        raise ValueError(detail)
    return _write_png(_big_endian(pixels, depth), (shape[1], shape[0]), channels, max(depth, 8))


def _big_endian(pixels: memoryview, depth: int) -> bytes:
    """The samples row by row as PNG stores them; bools become black and white."""
    data = pixels.tobytes()
    if depth == 1:
        return data.translate(bytes([0]) + bytes([255]) * 255)
    if depth == 8 or pixels.format.startswith(">"):
        return data
    swapped = bytearray(len(data))
    swapped[::2], swapped[1::2] = data[1::2], data[::2]
    return bytes(swapped)


def _write_png(data: bytes, size: tuple[int, int], channels: int, depth: int) -> bytes:
    width, height = size
    row = width * channels * depth // 8
    rows = b"".join(b"\0" + data[at : at + row] for at in range(0, len(data), row))  # filter 0 before each
    header = struct.pack(">IIBBBBB", width, height, depth, _COLOUR_TYPES[channels], 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(rows, _EFFORT)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(name, content) for name, content in chunks)


def _chunk(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))
