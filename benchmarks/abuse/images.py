"""Damaged image files, the same for the same seed: cut, flipped, with garbage for metadata, of absurd sizes."""

import io
import random
import struct
import zlib
from collections.abc import Callable, Iterator
from functools import cache
from typing import NamedTuple

import numpy as np
from PIL import Image

_SIZE = (37, 23)  # width and height in pixels: odd, and small enough that a damage often hits what matters
_MOST_FLIPS = 12  # bits of a file at once
_GARBAGE_BYTES = 64  # of a garbage chunk at most
_PNG_CHUNKS = b"eXIf iCCP iTXt zTXt tEXt tRNS PLTE gAMA cHRM pHYs acTL fcTL".split()
_WEBP_CHUNKS = (b"EXIF", b"XMP ", b"ICCP", b"ANIM", b"ALPH", b"VP8X")
_JPEG_MARKERS = (0xE0, 0xE1, 0xE2, 0xED, 0xEE, 0xDB, 0xC4, 0xDA, 0xC0, 0xC2, 0xDD, 0xFE)
_SIGNATURES = {0xE0: b"JFIF\0", 0xE1: b"Exif\0\0", 0xE2: b"ICC_PROFILE\0\1\1", 0xED: b"Photoshop 3.0\0", 0xEE: b"Adobe"}
_BEGINNINGS = (b"", b"II*\0", b"II*\0\x08\0\0\0", b"MM\0*\0\0\0\x08", b"Exif\0\0II*\0")  # of TIFF, as EXIF has it
_SIDES = (0, 1, 2**14, 2**16 - 1, 2**24, 2**31 - 1, 2**32 - 1)  # pixels


class Damaged(NamedTuple):
    """A file, and what was done to it."""

    name: str
    data: bytes


def damage_images(count: int, seed: int = 0) -> Iterator[Damaged]:
    """That many damaged files, every kind of damage to every kind of file in turn."""
    kinds = [(name, data, damage) for damage in _DAMAGES for name, data in _whole_files().items()]
    for number in range(count):
        name, data, damage = kinds[number % len(kinds)]
        dice = random.Random(f"{seed} {number}")  # noqa: S311  the same files in every run
        yield Damaged(f"{number} {name} {damage.__name__.lstrip('_')}", damage(data, dice))


@cache
def _whole_files() -> dict[str, bytes]:
    grain = np.random.default_rng(1).integers(0, 256, (*_SIZE[::-1], 4), np.uint8)
    colour, clear = Image.fromarray(grain[..., :3]), Image.fromarray(grain)
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x010F] = "maker"
    return {
        "PNG": _encode(colour, "PNG", exif=exif),
        "clear PNG": _encode(clear, "PNG"),
        "palette PNG": _encode(colour.convert("P"), "PNG", transparency=3),
        "deep PNG": _encode(Image.fromarray(grain[..., 0].astype(np.uint16) * 257), "PNG"),
        "JPEG": _encode(colour, "JPEG", exif=exif),
        "progressive JPEG": _encode(colour, "JPEG", progressive=True),
        "CMYK JPEG": _encode(colour.convert("CMYK"), "JPEG"),
        "WebP": _encode(colour, "WEBP", exif=exif),
        "clear lossless WebP": _encode(clear, "WEBP", lossless=True),
    }


def _encode(image: Image.Image, form: str, **options: object) -> bytes:
    out = io.BytesIO()
    image.save(out, form, **options)
    return out.getvalue()


def _cut(data: bytes, dice: random.Random) -> bytes:
    return data[: dice.randrange(1, len(data))]


def _flip_bits(data: bytes, dice: random.Random) -> bytes:
    flipped = bytearray(data)
    for _ in range(dice.randint(1, _MOST_FLIPS)):
        flipped[dice.randrange(len(data))] ^= 1 << dice.randrange(8)
    return bytes(flipped)


def _flip_and_seal(data: bytes, dice: random.Random) -> bytes:
    """Flip bits and make the check sums of a PNG right, so that decoders get to see them."""
    return _seal_png(_flip_bits(data, dice)) if data.startswith(b"\x89PNG") else _flip_bits(data, dice)


def _leave_out(data: bytes, dice: random.Random) -> bytes:
    start = dice.randrange(len(data))
    return data[:start] + data[start + dice.randint(1, _GARBAGE_BYTES) :]


def _repeat(data: bytes, dice: random.Random) -> bytes:
    start, end = sorted(dice.sample(range(len(data)), 2))
    return data[:end] + data[start:]


def _add_garbage(data: bytes, dice: random.Random) -> bytes:
    """A chunk or segment of metadata that holds garbage, after the file's first one."""
    garbage = dice.choice(_BEGINNINGS) + dice.choice((b"", _noise(dice)))
    if data.startswith(b"\x89PNG"):
        return data[:33] + _png_chunk(dice.choice(_PNG_CHUNKS), garbage) + data[33:]
    if data.startswith(b"RIFF"):
        name = dice.choice(_WEBP_CHUNKS)
        chunk = name + struct.pack("<I", len(garbage)) + garbage + b"\0" * (len(garbage) % 2)
        return b"RIFF" + struct.pack("<I", len(data) - 8 + len(chunk)) + data[8:] + chunk
    marker = dice.choice(_JPEG_MARKERS)
    body = _SIGNATURES.get(marker, b"") + garbage
    return data[:2] + bytes([0xFF, marker]) + struct.pack(">H", len(body) + 2) + body + data[2:]


def _claim_size(data: bytes, dice: random.Random) -> bytes:
    """Another size in the header than that of the pixels."""
    width, height = dice.choice(_SIDES), dice.choice(_SIDES)
    if data.startswith(b"\x89PNG"):
        return _seal_png(data[:16] + struct.pack(">II", width, height) + data[24:])
    if data.startswith(b"RIFF"):
        return data[:24] + struct.pack("<II", width, height) + data[32:]
    at = max(data.find(marker) for marker in (b"\xff\xc0", b"\xff\xc2"))
    return data[: at + 5] + struct.pack(">HH", height & 0xFFFF, width & 0xFFFF) + data[at + 9 :]


def _exchange_start(data: bytes, dice: random.Random) -> bytes:
    """The start of one format before the rest of another."""
    other = dice.choice(list(_whole_files().values()))
    return other[: dice.randrange(4, 64)] + data[dice.randrange(4, 64) :]


_DAMAGES: tuple[Callable[[bytes, random.Random], bytes], ...] = (
    _cut,
    _flip_bits,
    _flip_and_seal,
    _leave_out,
    _repeat,
    _add_garbage,
    _claim_size,
    _exchange_start,
)


def _noise(dice: random.Random) -> bytes:
    return dice.randbytes(dice.randrange(_GARBAGE_BYTES))


def _png_chunk(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))


def _seal_png(data: bytes) -> bytes:
    """The file with a right check sum of each of its chunks, as far as their lengths lead."""
    sealed, at = bytearray(data), 8
    while at + 12 <= len(sealed):
        (length,) = struct.unpack(">I", sealed[at : at + 4])
        end = at + 8 + length
        if end + 4 > len(sealed):
            break
        sealed[end : end + 4] = struct.pack(">I", zlib.crc32(sealed[at + 4 : end]))
        at = end + 4
    return bytes(sealed)
