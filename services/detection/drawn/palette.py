"""The palette of a drawn pair: what became of each common colour of image1.

Where nearly all colours of a page became others (it was dimmed, or got another theme), what follows that mapping is no
change of a place. Where one colour that covers much of the page did, that area is one change, and what lies on it
is compared apart from it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from imgdiff.images import RGB
from services.detection.limits import (
    AREA_SHARE,
    FAINT_FLAT,
    PALETTE_COLOURS,
    PALETTE_LEAST,
    PALETTE_PIXELS,
    PALETTE_PURITY,
    TONE_AGREES,
    TONE_REST,
    TONE_SHARE,
    TONE_STRAIGHT,
)

Codes = NDArray[np.int32]
_BITS = 24  # of a colour
_ONE_SLOPE, _LEAST_RIGHT = 1.1, 0.5  # ratio of the channels' slopes, and share of the colours on them; chosen
_REFITS, _KEPT = 4, 0.6  # fits of a line, each but the first without the colours that miss it most; chosen


@dataclass(frozen=True)
class Mapped:
    """A common colour of image1, its share of the page, the colour that most of its pixels have in image2."""

    code: int
    target: int
    share: float

    @property
    def shift(self) -> int:
        """Grey levels between the two colours, the worst channel."""
        return int(np.abs(decode(self.code) - decode(self.target)).max())


@dataclass(frozen=True)
class Palette:
    """The mapped colours that explain a pair; `is_tone` where they are nearly all colours of the page."""

    colours: tuple[Mapped, ...]
    is_tone: bool

    @cached_property
    def line(self) -> NDArray[np.uint8] | None:
        """A table of 256 levels by channel that maps every colour, as dimming does; null where the tone is no line."""
        return _fit_line(self.colours) if self.is_tone else None


def encode(image: RGB) -> Codes:
    """One number a pixel, height x width, for its exact colour."""
    wide = image.astype(np.int32)
    return np.asarray((wide[..., 0] << 16) | (wide[..., 1] << 8) | wide[..., 2], np.int32)


def decode(code: int) -> NDArray[np.int32]:
    """Red, green and blue, 0..255."""
    return np.array([code >> 16, (code >> 8) & 255, code & 255], np.int32)


def fit_palette(codes1: Codes, codes2: Codes) -> Palette:
    """The colours that became others, if they are nearly all of them or cover much of the page; else none."""
    mapped = list(_map_common(codes1, codes2))
    moved = [colour for colour in mapped if colour.shift >= FAINT_FLAT]
    if not moved:
        return Palette((), is_tone=False)
    rest = sorted(mapped, key=lambda colour: -colour.share)[1:]
    moved_rest = sum(colour.share for colour in rest if colour.shift >= FAINT_FLAT)
    share = sum(colour.share for colour in moved)
    if share > TONE_SHARE and len(moved) > 2 and moved_rest > TONE_REST * sum(colour.share for colour in rest):
        return Palette(tuple(mapped), is_tone=True)
    return Palette(tuple(colour for colour in moved if colour.share > AREA_SHARE), is_tone=False)


def _fit_line(colours: Sequence[Mapped]) -> NDArray[np.uint8] | None:
    before = np.array([decode(colour.code) for colour in colours], float)
    after = np.array([decode(colour.target) for colour in colours], float)
    shares = np.array([colour.share for colour in colours])
    near = np.ones(len(shares), bool)
    for _ in range(_REFITS):  # without what covers part of the page, as a dialog over a dimmed one
        lines = [np.polyfit(before[near, k], after[near, k], 1, w=np.sqrt(shares[near])) for k in range(3)]
        missed = np.stack([np.abs(np.polyval(line, before[:, k]) - after[:, k]) for k, line in enumerate(lines)])
        near = missed.max(axis=0) <= max(TONE_STRAIGHT, float(np.quantile(missed.max(axis=0), _KEPT)))
    right, slopes = missed.max(axis=0) <= TONE_STRAIGHT, np.array(lines)[:, 0]
    if slopes.min() <= 0 or slopes.max() > _ONE_SLOPE * slopes.min() or right.mean() < _LEAST_RIGHT:
        return None  # another theme, of which two colours that cover most of the page make a line by chance
    if shares[right].sum() < TONE_AGREES * shares.sum():
        return None
    table = np.stack([np.round(np.polyval(line, np.arange(256))) for line in lines], axis=1)
    return np.asarray(table.clip(0, 255), np.uint8)


def _map_common(codes1: Codes, codes2: Codes) -> list[Mapped]:
    step = max(1, codes1.size // PALETTE_PIXELS)
    both = (codes1.ravel()[::step].astype(np.int64) << _BITS) | codes2.ravel()[::step]
    pairs, votes = np.unique(both, return_counts=True)
    colours, first = np.unique(pairs >> _BITS, return_index=True)
    counts = np.add.reduceat(votes, first)
    best = np.maximum.reduceat(votes, first)
    pure = np.nonzero((counts >= PALETTE_LEAST) & (best >= PALETTE_PURITY * counts))[0]
    ends = np.append(first, len(pairs))
    mapped = []
    for index in pure[np.argsort(-counts[pure])][:PALETTE_COLOURS]:
        winner = first[index] + int(votes[first[index] : ends[index + 1]].argmax())
        target = int(pairs[winner] & ((1 << _BITS) - 1))
        mapped.append(Mapped(int(colours[index]), target, float(counts[index] / both.size)))
    return mapped
