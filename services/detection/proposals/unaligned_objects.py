"""Objects of a pair that no transform aligns: what one image shows and the other shows nowhere.

Every cell of one image is matched to the nearest cell of the other by tokens and colour; segments whose cells find no
near match are proposed. All numbers were chosen on 22 COCO photos (see `limits`).
"""

from dataclasses import dataclass
from itertools import product

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from imgdiff.images import RGB
from imgdiff.records import Box
from services.detection.limits import LIKELY, SEGMENT_CELLS, SEGMENT_PRICE, UNSEEN
from services.detection.proposals.ward_tree import best_cut, build_tree
from services.imaging.arrays import Flags, Floats
from services.imaging.boxes import rescale
from services.imaging.vectors import normalize

_LIGHTNESS = 0.5  # of a chroma unit: light changes with the view, colour less so
_COLOUR = 0.03  # cosines a Lab unit: alone, tokens order 75 % of cells rightly, with colour 85 %
_GRAIN = 0.02  # cosines a Lab unit of the spread of colour inside a cell: 87 %
_GAINS = 0.6, 1.6  # bounds within which the contrast of a channel is matched
_NEAR = 2  # cells within which two matches still are neighbours
_FINE = 4  # samples a side of a cell
_BASIS = 24  # random directions of the tokens in which a segment's unity is measured
_UNITY = 20, 2  # divisor of colour and factor of cost beside these directions
# A logistic regression on the segments of the first 22 photos' pairs; see `_rate`.
_BIAS, _EXCESS, _BORDER, _TOGETHER, _CONTRAST = -1.36, 1.25, -4.03, -3.33, 11.25


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
class UnmatchedSegment:
    """A segment that the other image does not show; box and size in image1's pixels, confidence in 0..1."""

    box: Box
    pixels: int
    confidence: float


@dataclass(frozen=True)
class Unmatched:
    """All segments, likeliest first; the pixels of the likely ones; the median cost of matching a cell."""

    segments: list[UnmatchedSegment]
    changed: Flags
    cost: float


def find_unaligned(image1: RGB, image2: RGB, tokens1: Floats, tokens2: Floats) -> Unmatched:
    """Find what is gone from image1 and what is new in image2, at the same relative place in image1."""
    cells1 = make_cells(image1, tokens1)
    cells2 = match_light(cells1, make_cells(image2, tokens2))
    costs = measure_costs(cells1, cells2)
    median = float(np.median(costs.min(1)) + np.median(costs.min(0))) / 2
    height, width = image1.shape[:2]
    changed = np.zeros((height, width), bool)
    segments = []
    for own, other, cost in ((cells1, cells2, costs), (cells2, cells1, costs.T)):
        for inside, confidence in _find_segments(own, other, cost):
            box, pixels = _box_of(inside, width, height), max(1, round(float(inside.mean()) * width * height))
            segments.append(UnmatchedSegment(box, pixels, confidence))
            if confidence >= LIKELY:
                changed |= cv2.resize(inside.astype(np.uint8), (width, height), interpolation=cv2.INTER_NEAREST) > 0
    return Unmatched(sorted(segments, key=lambda segment: -segment.confidence), changed, median)


def make_cells(image: RGB, tokens: Floats) -> Cells:
    """Average the image's colours on the grid of its tokens."""
    rows, columns = tokens.shape[1:3]
    size = (columns * _FINE, rows * _FINE)
    small = cv2.resize(image, size, interpolation=cv2.INTER_AREA).astype(np.float32) / 255
    lab = cv2.cvtColor(small, cv2.COLOR_RGB2LAB) * np.array([_LIGHTNESS, 1, 1], np.float32)
    fine = lab.reshape(rows, _FINE, columns, _FINE, 3)
    return Cells(tokens, np.asarray(fine.mean((1, 3))), np.asarray(fine.std((1, 3))))


def match_light(cells1: Cells, cells2: Cells) -> Cells:
    """Give `cells2` the mean and, within bounds, the contrast of `cells1` in every channel."""
    flat1, flat2 = cells1.colour.reshape(-1, 3), cells2.colour.reshape(-1, 3)
    gain = np.clip(flat1.std(0) / np.maximum(flat2.std(0), 1), *_GAINS)
    return Cells(cells2.tokens, (cells2.colour - flat2.mean(0)) * gain + flat1.mean(0), cells2.grain * gain)


def measure_costs(cells1: Cells, cells2: Cells) -> Floats:
    """Cells of image1 x cells of image2: one minus the tokens' cosine about their mean, plus what colour adds."""
    cosines = np.mean([_cosines(one, two) for one, two in zip(cells1.tokens, cells2.tokens, strict=True)], axis=0)
    colour, grain = _distances(cells1.colour, cells2.colour), _distances(cells1.grain, cells2.grain)
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


def _find_segments(own: Cells, other: Cells, costs: Floats) -> list[tuple[Flags, float]]:
    """The segments of `own` that cost most to match in `other` (cells of own x cells of other), with confidences."""
    shape = own.shape
    cost = costs.min(1).reshape(shape)
    smooth = cv2.blur(cost, (3, 3))
    excess = np.asarray((cost + smooth) / 2 - (np.median(smooth) + UNSEEN), np.float32)
    together = _measure_togetherness(costs.argmin(1).reshape(shape), other.shape[1])
    tree = build_tree(_describe_cells(own, smooth))
    segments = [tree.cells(node).reshape(shape) for node in best_cut(tree, excess.ravel(), SEGMENT_PRICE)]
    return [(inside, _rate(inside, excess, smooth, together)) for inside in segments if inside.sum() >= SEGMENT_CELLS]


def _describe_cells(own: Cells, cost: Floats) -> Floats:
    """Features that a segment's cells share: tokens in a few random directions, colour and cost."""
    mean = own.tokens.mean(0)
    basis = np.random.default_rng(0).normal(size=(mean.shape[-1], _BASIS)).astype(np.float32) / _BASIS**0.5
    projected = normalize(mean - mean.mean((0, 1))) @ basis
    features = [projected, own.colour / _UNITY[0], _UNITY[1] * cost[..., None]]
    return np.asarray(np.concatenate(features, axis=-1), np.float32)


def _measure_togetherness(matches: NDArray[np.intp], columns: int) -> Floats:
    """Share of a cell's four neighbours whose matches are neighbours of its own match; low where they scatter."""
    places = np.stack(np.divmod(matches, columns), axis=-1)
    near, counted = np.zeros(matches.shape, np.float32), np.zeros(matches.shape, np.float32)
    for axis, step in product((0, 1), (-1, 1)):
        neighbour = np.roll(places, step, axis)
        inside = np.ones(matches.shape, bool)
        inside[(slice(None),) * axis + (0 if step == 1 else -1,)] = False  # rolled around the border
        near += (np.abs(places - neighbour).max(-1) <= _NEAR) & inside
        counted += inside
    return np.asarray(near / np.maximum(counted, 1), np.float32)


def _rate(inside: Flags, excess: Floats, cost: Floats, together: Floats) -> float:
    """Logistic in what supports a change and what opposes it: a thing at the border may only be out of the view."""
    border = np.ones(inside.shape, bool)
    border[1:-1, 1:-1] = False
    around = ndimage.binary_dilation(inside, iterations=2) & ~inside
    score = _BIAS
    score += _EXCESS * np.log(max(float(excess[inside].sum()), 1e-3))
    score += _BORDER * min(float((inside & border).sum() / np.sqrt(inside.sum())), 2.0)
    score += _TOGETHER * float(together[inside].mean())
    score += _CONTRAST * float(cost[inside].mean() - (cost[around].mean() if around.any() else np.median(cost)))
    return float(1 / (1 + np.exp(-score)))


def _box_of(inside: Flags, width: int, height: int) -> Box:
    """The box of flagged cells in pixels of width x height."""
    rows, columns = np.flatnonzero(inside.any(1)), np.flatnonzero(inside.any(0))
    across, down = width / inside.shape[1], height / inside.shape[0]
    box = int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1
    return rescale(box, across, down, width, height)
