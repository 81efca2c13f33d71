"""Pairs of renderings: two drawn images of one size, as they left their program, need no alignment and no light."""

import cv2
import numpy as np

from imgdiff.images import RGB
from services.detection.drawn.difference import measure_difference
from services.detection.evidence.content import classify_content, is_rendering
from services.detection.evidence.view import PixelEvidence, View
from services.detection.limits import RENDERED_PIXELS, SAME_LAYOUT, SAME_PIXELS, VISIBLE
from services.detection.pair import Pair
from services.detection.registration.transform import Transform
from services.detection.schema import PairWork
from services.imaging.edges import find_edges

_NEAR = np.ones((3, 3), np.uint8)  # a line may have moved by a pixel


def prepare_rendering(work: PairWork) -> Pair | None:
    """The pair on its own grid; null unless it is one of renderings that show the same page."""
    image1, image2 = work.image1, work.image2
    if image1.shape != image2.shape or image1.shape[0] * image1.shape[1] > RENDERED_PIXELS:
        return None
    if not (is_rendering(image1) and is_rendering(image2)):
        return None
    difference = measure_difference(image1, image2)
    if (difference == 0).mean() < SAME_PIXELS and _share_layout(image1, image2) < SAME_LAYOUT:
        return None
    everywhere = np.ones(image1.shape[:2], bool)
    content = classify_content(image1, image2)
    view = View(image1, image2, image2, image2, everywhere, content, exact=True, rendered=True)
    evidence = PixelEvidence(difference.astype(np.float32), VISIBLE, 0)
    return Pair(work, view, image2, Transform(np.eye(3), "identity", 1.0), evidence)


def _share_layout(image1: RGB, image2: RGB) -> float:
    """Share of the edges of the image with fewer of them that the other has, beyond chance; 0 where one has none."""
    edges = [find_edges(image).astype(np.uint8) for image in (image1, image2)]
    fewer, more = sorted(edges, key=lambda flags: int(flags.sum()))
    reached = cv2.dilate(more, _NEAR) > 0
    if not fewer.any() or reached.all():
        return 0.0
    chance = float(reached.mean())
    return (float(reached[fewer > 0].mean()) - chance) / (1 - chance)
