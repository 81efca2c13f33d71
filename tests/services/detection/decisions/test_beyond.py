"""A page that grew by something has a region that only the larger image extends to."""

import numpy as np

from imgdiff.images import RGB
from imgdiff.records import Change, Verdict


def _page(rows: int) -> RGB:
    page = np.full((rows, 400, 3), 250, np.uint8)
    page[30:50, 30:370] = (40, 60, 90)
    page[80:180:12, 40:300] = (60, 60, 60)
    if rows > 300:
        page[320:360, 50:350] = (200, 30, 30)
    return page


def test_what_was_added_below_has_its_box_in_image2_alone(detect) -> None:
    found = detect(_page(300), _page(400))
    (region,) = [region for region in found.regions if region.kept]

    assert found.verdict is Verdict.DIFFERENT
    assert (region.box, region.box2, region.change) == (None, (50, 320, 350, 360), Change.ADDED)


def test_what_was_removed_below_has_its_box_in_image1_alone(detect) -> None:
    found = detect(_page(400), _page(300))
    (region,) = [region for region in found.regions if region.kept]

    assert (region.box, region.box2, region.change) == ((50, 320, 350, 360), None, Change.REMOVED)
