"""Changed pixels and groups of cells become boxes."""

import numpy as np

from imgdiff.stages import Content
from services.detection.evidence.view import PixelEvidence
from services.detection.proposals.grouping import Group
from services.detection.proposals.proposal import Proposal, cut_mask, join_near, propose_groups, propose_pixels


def _evidence(*places: tuple[slice, slice]) -> PixelEvidence:
    excess = np.zeros((200, 300), np.float32)
    for place in places:
        excess[place] = 60
    return PixelEvidence(excess, 18.0, 0)


def test_changed_pixels_are_boxed_and_pieces_that_are_near_are_one() -> None:
    evidence = _evidence(np.s_[20:60, 20:40], np.s_[20:60, 44:60], np.s_[150:170, 250:270])
    boxes = sorted(one.box for one in propose_pixels(evidence, Content.PHOTO))

    assert boxes == [(19, 19, 61, 61), (249, 149, 271, 171)]


def test_a_speck_comes_along_doubted() -> None:
    large, speck = propose_pixels(_evidence(np.s_[20:60, 20:40], np.s_[150:152, 250:252]), Content.PHOTO)

    assert large.confidence > 0.9
    assert (speck.box, speck.confidence < 0.1) == ((250, 150, 252, 152), True)


def test_where_most_pixels_changed_the_whole_image_is_one_proposal() -> None:
    (whole,) = propose_pixels(_evidence(np.s_[:, :200]), Content.PHOTO)
    assert whole.box == (0, 0, 300, 200)


def test_a_group_of_cells_is_tightened_to_its_changed_pixels_or_keeps_its_cells() -> None:
    group = Group((10, 10, 20, 20), np.ones((10, 10), bool), 0.9)
    evidence = _evidence(np.s_[48:72, 52:76])
    tight, loose = (propose_groups([(group, 0.8)], (50, 75), pixels)[0] for pixels in (evidence, _evidence()))

    assert tight.box == (51, 47, 77, 73)
    assert (loose.box, loose.pixels, loose.confidence) == ((40, 40, 80, 80), 0, 0.8)


def test_joining_adds_up_and_a_larger_box_reaches_farther() -> None:
    row = [Proposal((x, 0, x + 10, 10), 100, 1000.0, x / 100) for x in (0, 14, 28)]
    (joined,) = join_near(row, 0.5, 1000)

    assert joined == Proposal((0, 0, 38, 10), 300, 3000.0, 0.28)
    assert len(join_near([row[0], Proposal((60, 0, 70, 10), 1, 1.0)], 0.5, 1000)) == 2


def test_a_box_without_changed_pixels_has_a_full_mask() -> None:
    changed = np.zeros((20, 20), bool)
    changed[3, 4] = True
    assert cut_mask(changed, (0, 0, 8, 8)).sum() == 1
    assert cut_mask(changed, (10, 10, 15, 14)).all()
