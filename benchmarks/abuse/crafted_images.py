"""Image files made to hurt: bombs, absurd shapes, rare kinds of pixels, animations, garbage for metadata, polyglots."""

import io
import struct
import zlib
from collections.abc import Callable, Iterator
from functools import cache

import numpy as np
from PIL import Image

_SIZE = (37, 23)  # width and height in pixels
_BOMB_BYTES = 50_000_000  # of zeros in a compressed chunk of metadata
_GARBAGE = bytes(range(256)) * 4


def craft_images() -> Iterator[tuple[str, bytes]]:
    """Each with its name."""
    for craft in _CRAFTS:
        for name, data in craft().items():
            yield f"{craft.__name__.lstrip('_').replace('_', ' ')}: {name}", data


@cache
def _grain(channels: int = 3) -> np.ndarray:
    return np.random.default_rng(1).integers(0, 256, (*_SIZE[::-1], channels), np.uint8)


def _encode(image: Image.Image, form: str, **options: object) -> bytes:
    out = io.BytesIO()
    image.save(out, form, **options)
    return out.getvalue()


def _chunk(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))


def _png(width: int, height: int, bits: int, colour: int, rows: bytes, *more: bytes, interlaced: int = 0) -> bytes:
    """A PNG of the given header, whatever its rows are."""
    header = struct.pack(">IIBBBBB", width, height, bits, colour, 0, 0, interlaced)
    end = _chunk(b"IDAT", zlib.compress(rows, 9)) + _chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header) + b"".join(more) + end


def _blank(width: int, height: int) -> bytes:
    """White, a bit a pixel."""
    return _png(width, height, 1, 0, (b"\0" + b"\xff" * ((width + 7) // 8)) * height)


def _with_chunk(chunk: bytes) -> bytes:
    whole = _encode(Image.fromarray(_grain()), "PNG")
    return whole[:33] + chunk + whole[33:]


def _shapes() -> dict[str, bytes]:
    sides = ((1, 1), (16384, 1), (1, 16384), (16385, 1), (2, 16384), (8000, 8000), (8001, 8000), (2, 2), (16384, 3900))
    return {f"{width}x{height}": _blank(width, height) for width, height in sides}


def _declared_sizes() -> dict[str, bytes]:
    sides = ((0, 0), (0, 5), (5, 0), (2**31 - 1, 1), (2**31, 2**31), (2**32 - 1, 2**32 - 1), (100_000, 100_000))
    return {f"{width}x{height}": _png(width, height, 8, 2, b"\0" * 100) for width, height in sides}


def _headers() -> dict[str, bytes]:
    rows = b"\0" * 4000
    kinds = ((3, 0), (16, 3), (8, 5), (0, 0), (255, 255), (1, 2), (8, 3))  # the last one has no palette
    return {f"{bits} bits of colour {colour}": _png(9, 9, bits, colour, rows) for bits, colour in kinds} | {
        "interlaced by nothing": _png(9, 9, 8, 2, rows, interlaced=7),
        "no rows": _png(9, 9, 8, 2, b""),
        "more rows": _png(9, 9, 8, 2, rows * 5000),
    }


def _depths() -> dict[str, bytes]:
    grey = _grain()[..., 0].astype(np.uint16) * 257
    deep = (np.concatenate([np.zeros((_SIZE[1], 1, 6), np.uint8), _grain().repeat(2, axis=2)], axis=1)).reshape(
        _SIZE[1], -1
    )
    colour, clear = Image.fromarray(_grain()), Image.fromarray(_grain(4))
    return {
        "16 bits of grey": _encode(Image.fromarray(grey), "PNG"),
        "16 bits a channel": _png(_SIZE[0], _SIZE[1], 16, 2, b"".join(b"\0" + row.tobytes()[6:] for row in deep)),
        "CMYK": _encode(colour.convert("CMYK"), "JPEG"),
        "one bit": _encode(colour.convert("1"), "PNG"),
        "palette of 2": _encode(colour.quantize(2), "PNG", bits=1),
        "palette of 16, clear": _encode(colour.quantize(16), "PNG", transparency=3),
        "grey with alpha": _encode(clear.convert("LA"), "PNG"),
        "YCbCr 4:2:0 of one pixel": _encode(colour.resize((1, 1)), "JPEG", subsampling=2),
        "all clear": _encode(Image.new("RGBA", _SIZE), "PNG"),
        "interlaced": _png(*_SIZE, 8, 2, _interlace(_grain()), interlaced=1),
        "interlaced, half of it": _png(*_SIZE, 8, 2, _interlace(_grain())[:900], interlaced=1),
    }


def _interlace(pixels: np.ndarray) -> bytes:
    """The rows of Adam7's seven passes."""
    starts = ((0, 0, 8, 8), (0, 4, 8, 8), (4, 0, 8, 4), (0, 2, 4, 4), (2, 0, 4, 2), (0, 1, 2, 2), (1, 0, 2, 1))
    passes = (pixels[y::down, x::right] for y, x, down, right in starts)
    return b"".join(b"\0" + row.tobytes() for one in passes for row in one if row.size)


def _animations() -> dict[str, bytes]:
    frames = [Image.fromarray(np.roll(_grain(), shift, axis=0)) for shift in range(20)]
    options = {"save_all": True, "append_images": frames[1:], "duration": 10, "loop": 0}
    return {
        name: _encode(frames[0], form, **options) for name, form in (("APNG", "PNG"), ("WebP", "WEBP"), ("GIF", "GIF"))
    }


def _metadata() -> dict[str, bytes]:
    colour, bomb = Image.fromarray(_grain()), zlib.compress(b"\0" * _BOMB_BYTES, 9)
    exif = b"Exif\0\0MM\0*\0\0\0\x08" + b"\xff\xff" + _GARBAGE
    loop = b"MM\0*\0\0\0\x08\0\x01\x87\x69\0\x04\0\0\0\x01\0\0\0\x08\0\0\0\x08"  # a directory that holds itself
    return {
        "garbage for EXIF in PNG": _with_chunk(_chunk(b"eXIf", _GARBAGE)),
        "garbage for EXIF in JPEG": _encode(colour, "JPEG", exif=exif),
        "EXIF that holds itself": _with_chunk(_chunk(b"eXIf", loop)),
        "garbage for a profile in PNG": _encode(colour, "PNG", icc_profile=_GARBAGE),
        "garbage for a profile in JPEG": _encode(colour, "JPEG", icc_profile=_GARBAGE),
        "garbage for a profile in WebP": _encode(colour, "WEBP", icc_profile=_GARBAGE),
        "a bomb for a profile": _with_chunk(_chunk(b"iCCP", b"x\0\0" + bomb)),
        "a bomb for a text": _with_chunk(_chunk(b"zTXt", b"x\0\0" + bomb)),
        "a bomb for an international text": _with_chunk(_chunk(b"iTXt", b"x\0\1\0\0\0" + bomb)),
        "50,000 chunks": _with_chunk(_chunk(b"tEXt", b"a\0b") * 50_000),
        "a chunk of 4 GB": _with_chunk(struct.pack(">I", 2**32 - 1) + b"tEXt" + b"x" * 99),
        "two headers": _with_chunk(_chunk(b"IHDR", struct.pack(">IIBBBBB", 9, 9, 8, 2, 0, 0, 0))),
        "a palette of nothing": _with_chunk(_chunk(b"PLTE", b"")),
    }


def _scans() -> dict[str, bytes]:
    """JPEGs that make a decoder work: its scans again and again."""
    whole = _encode(Image.fromarray(_grain()).resize((256, 256)), "JPEG", progressive=True)
    scan = whole.index(b"\xff\xda")
    last = whole.rindex(b"\xff\xda")
    return {
        "the last scan 500 times": whole[:-2] + whole[last:-2] * 500 + whole[-2:],
        "no scan": whole[:scan] + whole[-2:],
        "restarts everywhere": whole[:scan] + b"\xff\xdd\0\4\0\1" + whole[scan:-2] + b"\xff\xd0" * 5000 + whole[-2:],
        "nothing but starts": b"\xff\xd8" * 5000,
    }


def _other_formats() -> dict[str, bytes]:
    colour = Image.fromarray(_grain())
    saved = {
        form: _encode(colour, form)
        for form in ("BMP", "TIFF", "PPM", "TGA", "PCX", "ICO", "PDF", "EPS", "JPEG2000", "AVIF")
    }
    svg = b'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><image href="file:///etc/passwd"/></svg>'
    texts = {
        "SVG": svg,
        "HTML": b"<html><script>1</script>",
        "MVG": b"push graphic-context\nviewbox 0 0 9 9\n",
        "nothing": b"",
        "one byte": b"\x89",
    }
    return (
        saved
        | texts
        | {"HEIC": b"\0\0\0\x18ftypheic" + b"\0" * 64, "PSD": b"8BPS\0\1" + b"\0" * 64, "FLIF": b"FLIF" + b"\0" * 64}
    )


def _polyglots() -> dict[str, bytes]:
    png, jpeg = (_encode(Image.fromarray(_grain()), form) for form in ("PNG", "JPEG"))
    return {
        "PNG and ZIP": png + b"PK\x05\x06" + b"\0" * 18,
        "PNG and HTML": png + b"<script>1</script>",
        "JPEG in PNG": png[:33] + _chunk(b"teXt", jpeg) + png[33:],
        "PNG after JPEG": jpeg + png,
        "JPEG after two of its starts": jpeg[:2] * 2 + jpeg,
        "RIFF of PNG": b"RIFF" + struct.pack("<I", len(png) + 4) + b"WEBP" + png,
        "GIF and JPEG": b"GIF89a" + jpeg,
    }


_CRAFTS: tuple[Callable[[], dict[str, bytes]], ...] = (
    _shapes,
    _declared_sizes,
    _headers,
    _depths,
    _animations,
    _metadata,
    _scans,
    _other_formats,
    _polyglots,
)
