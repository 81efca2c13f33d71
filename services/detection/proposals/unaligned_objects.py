"""Objects of a pair that no transform lays together: what one image shows and the other shows nowhere."""

from dataclasses import dataclass
from itertools import product

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from imgdiff.images import RGB
from imgdiff.records import Box
from services.detection.proposals.ward_tree import best_cut, ward
from services.imaging.arrays import Flags, Floats
from services.imaging.boxes import rescale
from services.imaging.vectors import normalize

# All numbers were chosen on 22 COCO photos with pasted objects that were moved, removed and added between two views
# (15-40 degrees, zoom, tilt, other light); 22 other photos and canteen trays were only looked at.
_LIGHTNESS = 0.5  # of a chroma unit: light changes with the view, colour less so
_COLOUR = 0.03  # cosines a Lab unit: alone, tokens order 75 % of cells rightly, with colour 85 %
_GRAIN = 0.02  # the same for the spread of colour inside a cell: 87 %
_GAINS = 0.6, 1.6  # how far the contrast of a channel is matched
_NEAR = 2  # cells within which two matches are neighbours still
_UNSEEN = 0.15  # above the pair's median cost, from where a cell speaks for a change
_PRICE = 1.0  # cells' excess that a segment must be worth
_LEAST = 3  # cells
_FINE = 4  # samples a side of a cell
_BASIS = 24  # random directions of the tokens in which a segment's unity is measured
_LIKELY = 0.5
# A logistic regression on what the tree cuts out of the first 22 photos' pairs; see `_confidence`.
_BIAS, _EXCESS, _EDGE, _TOGETHER, _STANDS_OUT = -1.36, 1.25, -4.03, -3.33, 11.25


@dataclass(frozen=True)
class Cells:
    """One image as a grid of rows x columns: tokens (blocks x rows x columns x D), mean and spread of Lab colour."""

    tokens: Floats
    colour: Floats
    grain: Floats

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        return self.colour.shape[0], self.colour.shape[1]


@dataclass(frozen=True)
class Sighting:
    """A segment that the other image does not show; box and size in image1's pixels, confidence in 0..1."""

    box: Box
    pixels: int
    confidence: float


@dataclass(frozen=True)
class Sightings:
    """All segments, likeliest first; the pixels of the likely ones; what finding the median cell again costs."""

    found: list[Sighting]
    changed: Flags
    cost: float


def look_for(image1: RGB, image2: RGB, tokens1: Floats, tokens2: Floats) -> Sightings:
    """What is gone from image1 and what is new in image2; a new thing gets the same relative place in image1."""
    one = cells_of(image1, tokens1)
    two = in_light_of(one, cells_of(image2, tokens2))
    costs = matching_costs(one, two)
    usual = float(np.median(costs.min(1)) + np.median(costs.min(0))) / 2
    height, width = image1.shape[:2]
    changed = np.zeros((height, width), bool)
    found = []
    for own, other, cost in ((one, two, costs), (two, one, costs.T)):
        for inside, confidence in _segments(own, other, cost):
            found.append(Sighting(_box(inside, width, height), _pixels(inside, width, height), confidence))
            if confidence >= _LIKELY:
                changed |= cv2.resize(inside.astype(np.uint8), (width, height), interpolation=cv2.INTER_NEAREST) > 0
    return Sightings(sorted(found, key=lambda one: -one.confidence), changed, usual)


def cells_of(image: RGB, tokens: Floats) -> Cells:
    """The image's colours on the grid of its tokens."""
    rows, columns = tokens.shape[1:3]
    size = (columns * _FINE, rows * _FINE)
    small = cv2.resize(image, size, interpolation=cv2.INTER_AREA).astype(np.float32) / 255
    lab = cv2.cvtColor(small, cv2.COLOR_RGB2LAB) * np.array([_LIGHTNESS, 1, 1], np.float32)
    fine = lab.reshape(rows, _FINE, columns, _FINE, 3)
    return Cells(tokens, np.asarray(fine.mean((1, 3))), np.asarray(fine.std((1, 3))))


def in_light_of(one: Cells, two: Cells) -> Cells:
    """`two` with the mean and, within bounds, the contrast of `one` in every channel."""
    flat1, flat2 = one.colour.reshape(-1, 3), two.colour.reshape(-1, 3)
    gain = np.clip(flat1.std(0) / np.maximum(flat2.std(0), 1), *_GAINS)
    return Cells(two.tokens, (two.colour - flat2.mean(0)) * gain + flat1.mean(0), two.grain * gain)


def matching_costs(one: Cells, two: Cells) -> Floats:
    """Cells of one x cells of two: one minus the tokens' cosine, what all share removed, plus what colour adds."""
    cosines = np.mean([_cosines(a, b) for a, b in zip(one.tokens, two.tokens, strict=True)], axis=0)
    colour, grain = _distances(one.colour, two.colour), _distances(one.grain, two.grain)
    return np.asarray(1 - cosines + _COLOUR * colour + _GRAIN * grain, np.float32)


def _cosines(tokens1: Floats, tokens2: Floats) -> Floats:
    flat1, flat2 = (tokens.reshape(-1, tokens.shape[-1]) for tokens in (tokens1, tokens2))
    shared = np.concatenate([flat1, flat2]).mean(0)
    return np.asarray(normalize(flat1 - shared) @ normalize(flat2 - shared).T)


def _distances(one: Floats, two: Floats) -> Floats:
    """Euclidean, every cell of `one` to every cell of `two`."""
    flat1, flat2 = one.reshape(-1, one.shape[-1]), two.reshape(-1, two.shape[-1])
    squares = (flat1**2).sum(1)[:, None] + (flat2**2).sum(1) - 2 * flat1 @ flat2.T
    return np.asarray(np.sqrt(np.maximum(squares, 0)))


def _segments(own: Cells, other: Cells, costs: Floats) -> list[tuple[Flags, float]]:
    """The segments of `own` that cost most to find in `other` (cells of own x cells of other), with confidences."""
    shape = own.shape
    cost = costs.min(1).reshape(shape)
    smooth = cv2.blur(cost, (3, 3))
    excess = np.asarray((cost + smooth) / 2 - (np.median(smooth) + _UNSEEN), np.float32)
    together = _together(costs.argmin(1).reshape(shape), other.shape[1])
    tree = ward(_looks(own, smooth))
    segments = [tree.cells(node).reshape(shape) for node in best_cut(tree, excess.ravel(), _PRICE)]
    return [(inside, _confidence(inside, excess, smooth, together)) for inside in segments if inside.sum() >= _LEAST]


def _looks(own: Cells, cost: Floats) -> Floats:
    """What a segment has in common: its tokens in a few random directions, its colour, and its cost."""
    mean = own.tokens.mean(0)
    basis = np.random.default_rng(0).normal(size=(mean.shape[-1], _BASIS)).astype(np.float32) / _BASIS**0.5
    seen = normalize(mean - mean.mean((0, 1))) @ basis
    return np.asarray(np.concatenate([seen, own.colour / 20, 2 * cost[..., None]], axis=-1), np.float32)


def _together(matches: NDArray[np.intp], columns: int) -> Floats:
    """Share of a cell's four neighbours whose matches are neighbours of its own match; low where they scatter."""
    places = np.stack(np.divmod(matches, columns), axis=-1)
    near, all_ = np.zeros(matches.shape, np.float32), np.zeros(matches.shape, np.float32)
    for axis, step in product((0, 1), (-1, 1)):
        there = np.roll(places, step, axis)
        inside = np.ones(matches.shape, bool)
        inside[(slice(None),) * axis + (0 if step == 1 else -1,)] = False  # rolled around the border
        near += (np.abs(places - there).max(-1) <= _NEAR) & inside
        all_ += inside
    return np.asarray(near / np.maximum(all_, 1), np.float32)


def _confidence(inside: Flags, excess: Floats, cost: Floats, together: Floats) -> float:
    """Logistic in what speaks for a change and against: a thing cut by the border may only be out of the view."""
    edge = np.ones(inside.shape, bool)
    edge[1:-1, 1:-1] = False
    around = ndimage.binary_dilation(inside, iterations=2) & ~inside
    speaks = _BIAS
    speaks += _EXCESS * np.log(max(float(excess[inside].sum()), 1e-3))
    speaks += _EDGE * min(float((inside & edge).sum() / np.sqrt(inside.sum())), 2.0)
    speaks += _TOGETHER * float(together[inside].mean())
    speaks += _STANDS_OUT * float(cost[inside].mean() - (cost[around].mean() if around.any() else np.median(cost)))
    return float(1 / (1 + np.exp(-speaks)))


def _pixels(inside: Flags, width: int, height: int) -> int:
    return max(1, round(float(inside.mean()) * width * height))


def _box(inside: Flags, width: int, height: int) -> Box:
    """The box of flagged cells in pixels of width x height."""
    rows, columns = np.flatnonzero(inside.any(1)), np.flatnonzero(inside.any(0))
    across, down = width / inside.shape[1], height / inside.shape[0]
    box = int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1
    return rescale(box, across, down, width, height)
