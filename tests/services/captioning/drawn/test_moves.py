"""Things of a drawing that moved from one region to another."""

from imgdiff.records import Box, Change
from services.captioning.drawn.moves import link_moves
from services.captioning.observation.finding import Finding
from tests.services.captioning.pages import Page

OLD, NEW = (20, 20, 60, 40), (300, 100, 340, 120)


def _finding(box: Box, change: Change) -> Finding:
    return Finding(box, change, None, None)


def test_a_text_that_left_one_place_and_came_to_another_has_moved() -> None:
    images = Page().write("Save", (20, 20)).pixels, Page().write("Save", (300, 100)).pixels
    assert link_moves(images, [_finding(NEW, Change.ADDED), _finding(OLD, Change.REMOVED)]) == {1: 0}


def test_other_texts_and_other_sizes_have_not() -> None:
    images = Page().write("Save", (20, 20)).pixels, Page().write("Next", (300, 100)).pixels
    assert link_moves(images, [_finding(OLD, Change.REMOVED), _finding(NEW, Change.ADDED)]) == {}
    wide = _finding((300, 100, 380, 120), Change.ADDED)
    assert link_moves(images, [_finding(OLD, Change.REMOVED), wide]) == {}


def test_one_thing_moves_to_one_place_only() -> None:
    image2 = Page().write("Save", (300, 100)).write("Save", (300, 40)).pixels
    came = [_finding(NEW, Change.ADDED), _finding((300, 40, 340, 60), Change.ADDED)]
    moves = link_moves((Page().write("Save", (20, 20)).pixels, image2), [_finding(OLD, Change.REMOVED), *came])
    assert len(moves) == 1
