"""Preparation of drawn pairs: two states of one page, on one grid, need no alignment and no light."""

import itertools

import cv2
import numpy as np

from imgdiff.images import RGB
from imgdiff.stages import Content
from services.detection.drawn.difference import measure_difference
from services.detection.evidence.content import classify_content, has_grain, is_rendering
from services.detection.evidence.view import PixelEvidence, View
from services.detection.limits import IN_PLACE_EDGES, RENDERED_PIXELS, SAME_LAYOUT, SAME_PIXELS, TIGHT_EDGES, VISIBLE
from services.detection.pair import Pair, shrink
from services.detection.registration.transform import Transform
from services.detection.schema import PairWork
from services.imaging.arrays import Flags
from services.imaging.edges import find_edges

_NEAR = np.ones((3, 3), np.uint8)  # a line may have moved by a pixel
_TILES = 4  # a side; chosen, not measured
_LEAST_EDGES = 40  # pixels of edges from which a tile counts; chosen, not measured
_REACH = 2  # pixels of shift under which edges must agree less; chosen, not measured


def prepare_drawn(work: PairWork) -> Pair | None:
    """The pair on its own grid; null unless both images are drawn, have one size, and show the same page in place."""
    image1, image2 = work.image1, work.image2
    if image1.shape != image2.shape:
        return None
    if image1.shape[0] * image1.shape[1] <= RENDERED_PIXELS and is_rendering(image1) and is_rendering(image2):
        return _make_pair(work, image1, image2, rendered=True) if _is_one_page(image1, image2) else None
    image1, image2 = shrink(image1, image2)
    if classify_content(image1, image2) is Content.PHOTO or not _is_in_place(find_edges(image1), find_edges(image2)):
        return None
    if has_grain(image1) or has_grain(image2):  # a scanner turns and stretches a page a little
        return None
    pair = _make_pair(work, image1, image2, rendered=False)
    return None if pair.view.content is Content.BINARY and _is_loose(image1, image2) else pair


def _make_pair(work: PairWork, image1: RGB, image2: RGB, *, rendered: bool) -> Pair:
    everywhere = np.ones(image1.shape[:2], bool)
    content = classify_content(image1, image2)
    view = View(image1, image2, image2, image2, everywhere, content, exact=True, rendered=rendered)
    difference = measure_difference(image1, image2).astype(np.float32)
    evidence = PixelEvidence(difference, VISIBLE, 0)
    return Pair(work, view, image2, Transform(np.eye(3), "identity", 1.0), evidence)


def _is_one_page(image1: RGB, image2: RGB) -> bool:
    """Whether two renderings have most pixels in common, or most edges where the colours are others, or no edges."""
    equal = float((measure_difference(image1, image2) == 0).mean())
    blank = not find_edges(image1).any() and not find_edges(image2).any()
    return blank or equal >= SAME_PIXELS or _share_layout(image1, image2) >= SAME_LAYOUT


def _share_layout(image1: RGB, image2: RGB) -> float:
    """Share of the edges of the image with fewer of them that the other has, beyond chance; 0 where one has none."""
    edges = [find_edges(image).astype(np.uint8) for image in (image1, image2)]
    fewer, more = sorted(edges, key=lambda flags: int(flags.sum()))
    reached = cv2.dilate(more, _NEAR) > 0
    if not fewer.any() or reached.all():
        return 0.0
    chance = float(reached.mean())
    return (float(reached[fewer > 0].mean()) - chance) / (1 - chance)


def _is_loose(image1: RGB, image2: RGB) -> bool:
    """Whether the edges of most tiles of the page coincide only in part, as in two captures of one board."""
    edges1, edges2 = find_edges(image1), find_edges(image2)
    rows, columns = (np.array_split(np.arange(side), _TILES) for side in edges1.shape)
    shares = []
    for down, across in itertools.product(rows, columns):
        tile = np.ix_(down, across)
        either = int((edges1[tile] | edges2[tile]).sum())
        if either >= _LEAST_EDGES:
            shares.append(float((edges1[tile] & edges2[tile]).sum()) / either)
    return bool(shares) and float(np.median(shares)) < TIGHT_EDGES


def _is_in_place(edges1: Flags, edges2: Flags) -> bool:
    """Whether the edges of both images agree, and better than under any small shift."""
    height, width = edges1.shape
    inner = edges1[_REACH : height - _REACH, _REACH : width - _REACH]
    shifts = [(down, across) for down in range(2 * _REACH + 1) for across in range(2 * _REACH + 1)]
    agree = {
        (down, across): int((inner & edges2[down : down + inner.shape[0], across : across + inner.shape[1]]).sum())
        for down, across in shifts
    }
    here = agree[_REACH, _REACH]
    return here == max(agree.values()) and here >= IN_PLACE_EDGES * min(edges1.sum(), edges2.sum()) > 0
