"""What is measured at a drawn region."""

import numpy as np
import pytest

from imgdiff.records import Change
from services.captioning.drawn.evidence import find_edges, measure
from services.captioning.drawn.kind import judge_change
from tests.services.captioning.pages import Page

BOX = (50, 50, 120, 90)
BLUE, GREY = (37, 99, 235), (230, 232, 235)


def test_what_came_is_ink_on_bare_ground() -> None:
    evidence = measure((Page().pixels, Page().write("Save", (60, 60)).pixels), BOX)
    assert evidence.bare is not None
    assert evidence.bare[0] == 1
    assert evidence.bare[1] < 0.1
    assert evidence.fresh == (0, 1)
    assert not evidence.lossy


def test_grounds_that_differ_say_nothing_of_ink() -> None:
    evidence = measure((Page().pixels, Page(ground=BLUE).pixels), BOX)
    assert evidence.bare is None
    assert evidence.fresh is None


def test_noise_around_the_box_is_no_change_in_it() -> None:
    noise = np.random.default_rng(7).integers(0, 9, (160, 480, 3), dtype=np.uint8)
    page = Page(ground=GREY).pixels
    evidence = measure((page, page + noise), BOX)
    assert evidence.lossy
    assert evidence.changed.mean() < 0.05


def test_equal_edges_are_kept_whatever_their_colour() -> None:
    images = Page().write("Save", (60, 60)).pixels, Page().write("Save", (60, 60), colour=BLUE).pixels
    assert min(measure(images, BOX).share_kept(near=False)) > 0.9


def test_detection_s_mask_limits_the_changed_pixels() -> None:
    given = np.zeros((40, 70), bool)
    given[:, :5] = True
    evidence = measure((Page().pixels, Page().fill(BOX, BLUE).pixels), BOX, given)
    assert 0 < evidence.cut(evidence.changed).mean() < 0.2


def test_an_edge_is_a_step_between_neighbours() -> None:
    edges = find_edges(Page((20, 10)).fill((10, 0, 20, 10), BLUE).pixels, 16)
    assert edges[:, 9].all()
    assert not edges[:, :9].any()


@pytest.mark.parametrize(("height", "width"), [(1, 1), (1, 40), (40, 1), (33, 32), (160, 480)])
def test_a_change_of_the_whole_image_has_a_kind(height: int, width: int) -> None:
    black, white = (np.full((height, width, 3), level, np.uint8) for level in (0, 255))
    assert judge_change(measure((black, white), (0, 0, width, height))) is Change.RECOLOURED
