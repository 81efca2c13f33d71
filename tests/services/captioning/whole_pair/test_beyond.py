"""What only one image extends to is captioned from its place alone."""

import numpy as np

from imgdiff.images import RGB
from imgdiff.records import Change
from imgdiff.stages import DetectedRegion
from imgdiff.whole_pair import Alignment


def test_what_only_one_image_extends_to_needs_no_network(caption, before: RGB, unmoved: Alignment) -> None:
    height, width = before.shape[:2]
    taller = np.vstack([before, np.full((100, width, 3), 200, np.uint8)])
    below = (0, height, width, height + 100)
    added = DetectedRegion(box=None, box2=below, change=Change.ADDED, difference=1, kept=True)
    removed = DetectedRegion(box=below, change=Change.REMOVED, difference=1, kept=True)

    grown = caption(before, taller, regions=(added,), alignment=unmoved)
    cut = caption(taller, before, regions=(removed,), alignment=unmoved)

    assert grown.caption == grown.regions[0].caption == "Something at the bottom has been added."
    assert cut.caption == cut.regions[0].caption == "Something at the bottom has been removed."
