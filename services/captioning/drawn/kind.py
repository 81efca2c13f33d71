"""Kind of change of a drawn region, from its pixels.

What came, came onto bare ground; what went, left it. Equal edges in other colours are recoloured, equal pixels at an
offset have moved, and everything else has changed.
"""

import cv2
import numpy as np

from imgdiff.images import RGB
from imgdiff.records import Change
from services.captioning.drawn.evidence import DrawnEvidence
from services.captioning.drawn.outline import continues, find_panel, keeps_inside, weigh_borders
from services.captioning.limits import (
    BARE,
    BORDERED,
    COLOUR_SCATTER,
    FADED,
    FAINTER,
    FEW_BARE,
    FRESH,
    KEPT_EDGES,
    KEPT_INSIDE,
    LEAST_EDGES,
    LEAST_FADED,
    LEAST_MOVE,
    MOVED_PIXELS,
    NO_EDGES,
    RECOLOURED_EDGES,
    RECOLOURED_EDGES_LOSSY,
)
from services.imaging.arrays import Flags, Floats, Levels
from services.imaging.masks import bounds

_PIECES = 4  # along the longer side of what moved, each of which must be found again; chosen
_BITS = 4  # of a channel; colours that differ less count as one; chosen


def judge_change(evidence: DrawnEvidence) -> Change:
    """The kind of change that the evidence shows; `changed` where it shows none."""
    if not evidence.changed.any():
        return Change.CHANGED
    return _judge_parts(evidence) or _judge_sides(evidence) or _judge_outline(evidence) or _judge_shapes(evidence)


def _judge_parts(evidence: DrawnEvidence) -> Change | None:
    """The kind where a thing stays on another ground or at another length, or a panel hides it."""
    if keeps_inside(evidence) >= KEPT_INSIDE or _fades(evidence):
        return Change.RECOLOURED
    sides = zip((evidence.wide1, evidence.wide2), evidence.bare or (0.0, 0.0), strict=True)
    if any(bare < BARE and continues(wide, evidence) for wide, bare in sides):
        return Change.CHANGED
    return {1: Change.REMOVED, 2: Change.ADDED}.get(find_panel(evidence))


def _judge_outline(evidence: DrawnEvidence) -> Change | None:
    """The kind where only one image has a border along the change, whatever the other shows there."""
    if _keeps_edges(evidence) and _maps_colours(evidence):
        return None
    excess = weigh_borders(evidence)
    if abs(excess) < BORDERED or not _is_whole(evidence, excess > 0) or not _may_lack(evidence, int(excess < 0)):
        return None
    return Change.ADDED if excess > 0 else Change.REMOVED


def _is_whole(evidence: DrawnEvidence, came: bool) -> bool:
    """Whether most ink of the image that shows the thing is of the change, unlike a digit with one more stroke."""
    return evidence.fresh is None or evidence.fresh[came] >= FRESH


def _judge_sides(evidence: DrawnEvidence) -> Change | None:
    """The kind where only one image shows something, or neither has an edge; null where both show something."""
    count1, count2 = (int(edges.sum()) for edges in evidence.edges)
    if max(count1, count2) < LEAST_EDGES:
        return Change.RECOLOURED
    if (count1 <= NO_EDGES * count2 and _may_lack(evidence, 0)) or _is_fresh(evidence, 0):
        return Change.ADDED
    if (count2 <= NO_EDGES * count1 and _may_lack(evidence, 1)) or _is_fresh(evidence, 1):
        return Change.REMOVED
    return None


def _may_lack(evidence: DrawnEvidence, empty: int) -> bool:
    """Whether image `empty` (0 or 1) may have nothing there: no thing alone on its ground, however faint."""
    return evidence.bare is None or evidence.bare[empty] >= BARE or not evidence.alone


def _fades(evidence: DrawnEvidence) -> bool:
    """Whether what one image shows on the ground is in the other, nearer to the ground or farther from it."""
    ground = evidence.grounds[0]
    if evidence.bare is None or ground is None or not evidence.alone or max(evidence.bare) >= BARE:
        return False
    one, two = (wide[evidence.changed].astype(np.float32) - ground for wide in (evidence.wide1, evidence.wide2))
    inks = [np.abs(side).max(axis=1) > evidence.least for side in (one, two)]
    both = inks[0] & inks[1]
    if both.mean() < LEAST_FADED or both.sum() < FADED * max(int(ink.sum()) for ink in inks):
        return False
    size1, size2 = (float(np.sqrt((side[both] ** 2).sum())) for side in (one, two))
    along = float((one[both] * two[both]).sum()) / max(1.0, size1 * size2)
    return along >= FADED and min(size1, size2) <= FAINTER * max(size1, size2)


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


def _keeps_edges(evidence: DrawnEvidence) -> bool:
    """Whether both images have the same edges, within a pixel."""
    least = RECOLOURED_EDGES_LOSSY if evidence.lossy else RECOLOURED_EDGES
    return min(evidence.share_kept(near=True)) >= least


def _maps_colours(evidence: DrawnEvidence) -> bool:
    """Whether every colour became one other and no ink came onto bare ground, as where outlines are bolder."""
    if max(evidence.bare or (0.0, 0.0)) >= FEW_BARE:
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
    if max(abs(column - x1), abs(row - y1)) < LEAST_MOVE:
        return 0.0
    found = searched[row : row + y2 - y1, column : column + x2 - x1]
    axis = int(x2 - x1 > y2 - y1)
    both = (np.array_split(one, _PIECES, axis) for one in (grey[y1:y2, x1:x2], found))
    return min(float(best), *(_correlate(*pieces) for pieces in zip(*both, strict=True)))


def _correlate(piece: Levels, found: Levels) -> float:
    """Correlation of two pieces of one size, 1 where both are flat."""
    if min(piece.shape) == 0 or max(piece.std(), found.std()) < 1:
        return 1.0
    return float(cv2.matchTemplate(found, piece, cv2.TM_CCOEFF_NORMED)[0, 0])
