"""Kind of change of a drawn region, from its pixels.

What came, came onto bare ground; what went, left it. Equal edges in other colours are recoloured, equal pixels at an
offset have moved, and everything else has changed.
"""

import cv2
import numpy as np

from imgdiff.images import RGB
from imgdiff.records import Change
from services.captioning.drawn.evidence import DrawnEvidence
from services.captioning.limits import (
    BARE,
    COLOUR_SCATTER,
    FEW_BARE,
    FRESH,
    KEPT_EDGES,
    LEAST_EDGES,
    LEAST_MOVE,
    LEAST_PANEL,
    MOVED_PIXELS,
    NO_EDGES,
    OUTLINED,
    RECOLOURED_EDGES,
    RECOLOURED_EDGES_LOSSY,
    SOLID,
)
from services.imaging.arrays import Flags, Floats
from services.imaging.masks import bounds

_BITS = 4  # of a channel; colours that differ less count as one; chosen
_KERNEL = np.ones((3, 3), np.uint8)


def judge_change(evidence: DrawnEvidence) -> Change:
    """The kind of change that the evidence shows; `changed` where it shows none."""
    if not evidence.changed.any():
        return Change.CHANGED
    return _judge_sides(evidence) or _judge_shapes(evidence)


def _judge_sides(evidence: DrawnEvidence) -> Change | None:
    """The kind where only one image shows something, or neither has an edge; null where both show something."""
    count1, count2 = (int(edges.sum()) for edges in evidence.edges)
    if max(count1, count2) < LEAST_EDGES:
        return Change.RECOLOURED
    outlined1, outlined2 = _share_outlined(evidence)
    if count1 <= NO_EDGES * count2 or _is_fresh(evidence, 0) or outlined1 <= 1 - OUTLINED <= OUTLINED <= outlined2:
        return Change.ADDED
    if count2 <= NO_EDGES * count1 or _is_fresh(evidence, 1) or outlined2 <= 1 - OUTLINED <= OUTLINED <= outlined1:
        return Change.REMOVED
    return None


def _is_fresh(evidence: DrawnEvidence, empty: int) -> bool:
    """Whether image `empty` (0 or 1) is bare where the other has ink, most of which is not in the first at all."""
    if evidence.bare is None or evidence.fresh is None or _keeps_edges(evidence):
        return False
    full = 1 - empty
    return evidence.bare[empty] >= BARE and evidence.bare[full] <= 1 - BARE and evidence.fresh[full] >= FRESH


def _judge_shapes(evidence: DrawnEvidence) -> Change:
    """The kind where both images show something."""
    if _keeps_edges(evidence) and _maps_colours(evidence):
        return Change.RECOLOURED
    if _has_moved(evidence):
        return Change.MOVED
    kept1, kept2 = evidence.share_kept(near=evidence.lossy)
    if kept1 >= KEPT_EDGES and kept2 < KEPT_EDGES / 2:
        return Change.ADDED
    return Change.REMOVED if kept2 >= KEPT_EDGES and kept1 < KEPT_EDGES / 2 else Change.CHANGED


def _share_outlined(evidence: DrawnEvidence) -> tuple[float, float]:
    """Share of the outline of the box along which each image has edges, as a panel over its page has; 0 where small."""
    rows, columns = np.flatnonzero(evidence.inside.any(axis=1)), np.flatnonzero(evidence.inside.any(axis=0))
    if min(len(rows), len(columns)) < LEAST_PANEL:
        return 0.0, 0.0
    outline = cv2.dilate(evidence.inside.astype(np.uint8), _KERNEL) != cv2.erode(
        evidence.inside.astype(np.uint8), np.ones((5, 5), np.uint8), borderValue=1
    )
    shares = []
    for edges in evidence.all_edges:
        on = edges & outline
        across = [on[: rows[0] + 3].any(axis=0)[columns], on[rows[-1] - 2 :].any(axis=0)[columns]]
        down = [on[:, : columns[0] + 3].any(axis=1)[rows], on[:, columns[-1] - 2 :].any(axis=1)[rows]]
        shares.append(min(float(side.mean()) for side in (*across, *down)))
    return shares[0], shares[1]


def _keeps_edges(evidence: DrawnEvidence) -> bool:
    """Whether both images have the same edges, within a pixel."""
    least = RECOLOURED_EDGES_LOSSY if evidence.lossy else RECOLOURED_EDGES
    return min(evidence.share_kept(near=True)) >= least


def _maps_colours(evidence: DrawnEvidence) -> bool:
    """Whether every colour became one other and no ink came onto bare ground, as where outlines are bolder."""
    solid = float(evidence.cut(evidence.changed).mean()) >= SOLID
    if not solid and max(evidence.bare or (0.0, 0.0)) >= FEW_BARE:
        return False
    one, two = (wide[evidence.changed].astype(np.float32) for wide in (evidence.wide1, evidence.wide2))
    change = float(np.abs(one - two).mean())
    return min(_scatter(one, two), _scatter(two, one)) <= COLOUR_SCATTER * change


def _scatter(given: Floats, other: Floats) -> float:
    """Mean distance of the other colours from their mean, for pixels of one given colour; both (N, 3)."""
    levels = (given.astype(np.int64) >> _BITS) @ np.array([1, 256, 65536])
    _, group = np.unique(levels, return_inverse=True)
    count = np.bincount(group)
    means = np.stack([np.bincount(group, other[:, channel]) / count for channel in range(3)], axis=1)
    return float(np.abs(other - means[group]).mean())


def _has_moved(evidence: DrawnEvidence) -> bool:
    """Whether what image1 has at the change is in image2 at another place of the box, and the other way round."""
    edges1, edges2 = evidence.edges
    if min(edges1.sum(), edges2.sum()) < LEAST_EDGES:
        return False
    forth = _find(evidence.wide1, edges1, evidence.wide2)
    back = _find(evidence.wide2, edges2, evidence.wide1)
    return min(forth, back) >= MOVED_PIXELS


def _find(image: RGB, edges: Flags, other: RGB) -> float:
    """Correlation of what the edges enclose with the other image at the best place, 0 where that is its own."""
    x1, y1, x2, y2 = bounds(edges)
    grey, searched = (cv2.cvtColor(one, cv2.COLOR_RGB2GRAY) for one in (image, other))
    agreement = cv2.matchTemplate(searched, grey[y1:y2, x1:x2], cv2.TM_CCOEFF_NORMED)
    _, best, _, (column, row) = cv2.minMaxLoc(agreement)
    return float(best) if max(abs(column - x1), abs(row - y1)) >= LEAST_MOVE else 0.0
