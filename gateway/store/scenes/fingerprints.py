"""Fingerprints of images: 256 bits that copies of a picture share but for a few, whatever their size and format."""

from collections.abc import Iterator

import numpy as np
from PIL import Image

from imgdiff.images import Pixels, reduce_depth

SIDE = 16  # bits of a fingerprint in each direction; chosen: 64 bits do not keep a million scenes apart
ALIKE = 40  # differing bits up to which two images show one scene; measured with benchmarks.near_duplicates
_BITS = SIDE * SIDE
_HASHED = 4 * SIDE  # pixels a side that are hashed; as imagehash has it
_WAVES = np.cos(np.pi / _HASHED * np.outer(np.arange(SIDE), np.arange(_HASHED) + 0.5))  # rows of the DCT-II
_REDUCED = 256  # pixels a side at which an image is hashed; chosen, four times what the hash reads
_GAP = 3.0  # times _REDUCED to which large images are reduced by a fast filter; Pillow's own advice


def take_fingerprint(image: Pixels) -> str:
    """The DCT hash of an image's luma, as 64 hexadecimal digits: which of its lowest 16x16 frequencies exceed their
    median (Zauner, Implementation and Benchmarking of Perceptual Image Hash Functions, 2010).
    """
    luma = Image.fromarray(reduce_depth(image)).convert("L")
    reduced = luma.resize((_REDUCED, _REDUCED), Image.Resampling.LANCZOS, reducing_gap=_GAP)
    small = np.asarray(reduced.resize((_HASHED, _HASHED), Image.Resampling.LANCZOS), np.float64)
    frequencies = _WAVES @ small @ _WAVES.T
    bits = np.packbits(frequencies > np.median(frequencies))
    return bits.tobytes().hex()


def count_differing(one: str, other: str) -> int:
    """How many of the bits of two fingerprints differ, 0..256."""
    return (int(one, 16) ^ int(other, 16)).bit_count()


def band_keys(fingerprint: str) -> list[int]:
    """One number for each of 16 bands of 16 bits; each band has bits of all frequencies."""
    bits = bin(int(fingerprint, 16))[2:].zfill(_BITS)
    rows = [bits[start : start + SIDE] for start in range(0, _BITS, SIDE)]
    bands = ("".join(row[(band - number) % SIDE] for number, row in enumerate(rows)) for band in range(SIDE))
    return [(band << SIDE) + int(bits, 2) for band, bits in enumerate(bands)]


def near_keys(fingerprint: str) -> Iterator[int]:
    """The keys of the bands, and those that differ from one of them in one bit.

    Fingerprints that differ in fewer than 32 bits always share one of these; with `ALIKE` differing bits anywhere, 99 %
    do.
    """
    for key in band_keys(fingerprint):
        yield key
        yield from (key ^ (1 << bit) for bit in range(SIDE))
