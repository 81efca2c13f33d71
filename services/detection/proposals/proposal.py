"""Proposals: boxes around changed pixels or groups of cells, with what supports them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from imgdiff.boxes import area, enclosing
from imgdiff.records import Box, Change
from imgdiff.stages import Content
from imgdiff.whole_pair import PairChange
from services.detection.evidence.view import PixelEvidence
from services.detection.limits import (
    BORDER_FILL,
    BORDER_PIXELS,
    MOSTLY_CHANGED,
    PIXELS_CONFIDENCE,
    PROPOSALS,
    SPECK_CONFIDENCE,
    SPECKS,
)
from services.detection.proposals.grouping import Group
from services.imaging.arrays import Flags
from services.imaging.boxes import gap, grow, longest_side, rescale, window

# Chosen on the test pairs, none measured apart.
_LEAST_PIXELS = {Content.BINARY: 14, Content.DRAWN: 1, Content.PHOTO: 14}  # of a proposal, after joining
_LEAST_PIECE = {Content.BINARY: 4, Content.PHOTO: 14}  # pixels of a piece that is joined
_ONE_PIXEL = 240.0  # grey levels in all that a piece of a drawing has at least: one pixel from black to white
_REACH = {Content.BINARY: 0.35, Content.DRAWN: 0.5, Content.PHOTO: 0.5}  # of their size, within which pieces join
_NEAREST = {Content.BINARY: 4.0, Content.DRAWN: 10.0, Content.PHOTO: 4.0}  # pixels within which all pieces join
_FARTHEST = 0.03  # of the image's longer side, beyond which no pieces join
_PADDING = {Content.BINARY: 9, Content.DRAWN: 0, Content.PHOTO: 1}  # pixels around a box
_OUTLIERS = 0.01  # share of changed pixels on each side that may be outside the box


@dataclass(frozen=True)
class Proposal:
    """A box of changed pixels; `mass` sums their excess in grey levels, `pixels` counts them.

    `confidence` is the probability that something changed there; `change` and `moved_to` state what, where known.
    """

    box: Box
    pixels: int
    mass: float
    confidence: float = PIXELS_CONFIDENCE
    change: Change | None = None
    moved_to: Box | None = None

    def join(self, other: "Proposal") -> "Proposal":
        """Both as one."""
        return Proposal(
            enclosing((self.box, other.box)),
            self.pixels + other.pixels,
            self.mass + other.mass,
            max(self.confidence, other.confidence),
        )


@dataclass(frozen=True)
class Proposals:
    """The proposals on a view and its changed pixels.

    `changes` differ as a whole. `light` in grey levels is what no model explained; null where pixels alone decide.
    `matching_cost` is what finding the median cell again costs, where no transform was found; null elsewhere.
    """

    items: list[Proposal]
    changed: Flags
    matching_cost: float | None = None
    changes: tuple[PairChange, ...] = ()
    light: float | None = None


def propose_pixels(evidence: PixelEvidence, content: Content) -> list[Proposal]:
    """Connected changed pixels, near ones joined; the strongest of those that are too few come along, doubted."""
    changed = evidence.changed
    height, width = changed.shape
    if changed.mean() > MOSTLY_CHANGED:
        return [Proposal((0, 0, width, height), int(changed.sum()), float(evidence.excess[changed].sum()))]
    closed = cv2.morphologyEx(changed.astype(np.uint8), cv2.MORPH_CLOSE, np.ones((5, 5), np.uint8))
    labels, count = ndimage.label(closed, np.ones((3, 3)))
    pieces = sorted(_measure_pieces(labels, count, evidence), key=lambda piece: -piece.mass)
    strong = [piece for piece in pieces if _is_strong(piece, content)][:PROPOSALS]
    least = _LEAST_PIXELS[content]
    joined = join_near(strong, _REACH[content], max(height, width), _NEAREST[content])
    specks = [
        proposal for proposal in (*joined, *pieces) if proposal.pixels < least or not _is_strong(proposal, content)
    ][:SPECKS]
    tolerance = evidence.radius if content is not Content.PHOTO else 0  # that much of every border was not seen
    pad = tolerance + _PADDING[content]
    return [
        *(
            replace(proposal, box=grow(proposal.box, pad, changed.shape))
            for proposal in joined
            if proposal.pixels >= least
        ),
        *(replace(proposal, confidence=SPECK_CONFIDENCE) for proposal in specks),
    ]


def propose_groups(
    groups: Sequence[tuple[Group, float]], grid: tuple[int, int], evidence: PixelEvidence
) -> list[Proposal]:
    """Groups of cells of a rows x columns grid over the view, with their confidences, as boxes in its pixels.

    `pixels` and `mass` are of the changed pixels in the box.
    """
    height, width = evidence.excess.shape
    across, down = width / grid[1], height / grid[0]
    proposals = []
    for group, confidence in groups[:PROPOSALS]:
        box = rescale(group.box, across, down, width, height)
        size = box[2] - box[0], box[3] - box[1]
        cells = cv2.resize(group.inside.astype(np.uint8), size, interpolation=cv2.INTER_NEAREST) > 0
        excess = evidence.excess[window(box)]
        changed = (excess > evidence.threshold) & cells
        if changed.sum() >= max(BORDER_PIXELS, BORDER_FILL * cells.sum()):
            box = grow(_tighten(changed, box), 1, evidence.excess.shape)
        proposals.append(Proposal(box, int(changed.sum()), float(excess[changed].sum()), confidence))
    return proposals


def join_near(proposals: Sequence[Proposal], reach: float, side: int, nearest: float = 4.0) -> list[Proposal]:
    """Join proposals whose gap is small against their own size or `nearest` pixels; `side` bounds the first."""
    waiting, done = list(proposals), []
    while waiting:
        proposal = waiting.pop()
        near = next(
            (
                index
                for index, other in enumerate(waiting)
                if gap(proposal.box, other.box) <= _largest_gap(proposal, other, reach, side, nearest)
            ),
            None,
        )
        if near is None:
            done.append(proposal)
        else:
            waiting[near] = waiting[near].join(proposal)
            waiting.extend(done)  # a larger box may now reach what it did not reach before
            done = []
    return done


def cut_mask(changed: Flags, box: Box) -> Flags:
    """The changed pixels of one box, as a mask of the box; all of it where there are none."""
    inside = changed[window(box)]
    return inside if inside.any() or not area(box) else np.ones_like(inside)


def _tighten(changed: Flags, box: Box) -> Box:
    """The box of nearly all changed pixels of a box, since single ones far out are noise."""
    rows, columns = np.nonzero(changed)
    y1, y2 = np.quantile(rows, (_OUTLIERS, 1 - _OUTLIERS)).astype(int)
    x1, x2 = np.quantile(columns, (_OUTLIERS, 1 - _OUTLIERS)).astype(int)
    return box[0] + int(x1), box[1] + int(y1), box[0] + int(x2) + 1, box[1] + int(y2) + 1


def _measure_pieces(labels: NDArray[np.int32], count: int, evidence: PixelEvidence) -> list[Proposal]:
    """One proposal for each label that is present, in order of the labels."""
    changed = evidence.changed
    flat, on = labels.ravel(), changed.ravel()
    pixels = np.bincount(flat[on], minlength=count + 1)
    mass = np.bincount(flat[on], weights=evidence.excess.ravel()[on], minlength=count + 1)
    places = ndimage.find_objects(labels, count)
    return [
        Proposal((x.start, y.start, x.stop, y.stop), int(pixels[index]), float(mass[index]))
        for index, (y, x) in ((i, place) for i, place in enumerate(places, 1) if place is not None)
    ]


def _is_strong(piece: Proposal, content: Content) -> bool:
    """Whether there are enough pixels; on a drawing, whether they differ enough."""
    if content is Content.DRAWN:
        return piece.mass > _ONE_PIXEL
    return piece.pixels >= _LEAST_PIECE[content]


def _largest_gap(proposal: Proposal, other: Proposal, reach: float, side: int, nearest: float) -> float:
    return max(nearest, min(reach * min(longest_side(proposal.box), longest_side(other.box)), _FARTHEST * side))
