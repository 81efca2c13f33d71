"""The kind of change of drawn regions."""

import cv2
import numpy as np
import pytest

from imgdiff.images import RGB
from imgdiff.records import Change
from services.captioning.drawn.evidence import measure
from services.captioning.drawn.kind import judge_change
from tests.services.captioning.pages import Page, changed_box

BLUE, ORANGE, GREY = (37, 99, 235), (249, 115, 22), (230, 232, 235)
BUTTON = (60, 40, 200, 90)


def _judge(page1: Page, page2: Page) -> Change:
    images = page1.pixels, page2.pixels
    return judge_change(measure(images, changed_box(*images)))


PAIRS = {
    "a shape came": (Page(), Page().fill(BUTTON, BLUE), Change.ADDED),
    "a text came": (Page(), Page().write("Save", (300, 60)), Change.ADDED),
    "a text went": (Page().write("Save", (300, 60)), Page(), Change.REMOVED),
    "a fill changed": (Page().fill(BUTTON, BLUE), Page().fill(BUTTON, ORANGE), Change.RECOLOURED),
    "a label's colour changed": (
        Page().write("Total", (60, 60), colour=(140, 140, 140)),
        Page().write("Total", (60, 60)),
        Change.RECOLOURED,
    ),
    "the ground changed": (
        Page(ground=GREY).write("Total", (60, 60)),
        Page().write("Total", (60, 60)),
        Change.RECOLOURED,
    ),
    "a digit changed": (Page().write("12,500", (60, 60)), Page().write("17,500", (60, 60)), Change.CHANGED),
    "a line moved": (Page().write("Total amount", (60, 60)), Page().write("Total amount", (66, 71)), Change.MOVED),
    "a panel came over a text": (
        Page().write("Total amount due on Monday", (60, 60)),
        Page().write("Total amount due on Monday", (60, 60)).fill((80, 30, 200, 120), GREY).write("Sure?", (100, 60)),
        Change.ADDED,
    ),
    "an arrow head came onto a line": (
        Page().fill((40, 80, 300, 81), GREY),
        Page().fill((40, 80, 300, 81), GREY).fill((290, 76, 300, 86), (0, 0, 0)),
        Change.ADDED,
    ),
    "a side panel's ground changed": (
        Page().fill((300, 0, 480, 160), (239, 239, 239)).write("Help", (320, 40)),
        Page().write("Help", (320, 40)),
        Change.RECOLOURED,
    ),
    "a row got another ground under its text": (
        Page().write("Total amount due", (60, 60)),
        Page().fill((40, 50, 300, 90), GREY).write("Total amount due", (60, 60)),
        Change.RECOLOURED,
    ),
    "a bar became longer": (Page().fill((60, 40, 160, 52), BLUE), Page().fill((60, 40, 240, 52), BLUE), Change.CHANGED),
    "a line over a drawing came": (
        Page().fill((0, 0, 240, 160), GREY).write("Old Town", (60, 60)),
        Page().fill((0, 0, 240, 160), GREY).write("Old Town", (60, 60)).fill((30, 66, 400, 71), BLUE),
        Change.ADDED,
    ),
    "a dash on a grid line went": (
        Page().fill((100, 0, 101, 160), GREY).fill((99, 40, 102, 60), (0, 0, 0)),
        Page().fill((100, 0, 101, 160), GREY),
        Change.REMOVED,
    ),
    "a check box lost its tick": (
        Page().fill((60, 40, 80, 60), BLUE).fill((65, 49, 75, 52), (255, 255, 255)),
        Page().fill((60, 40, 80, 60), (95, 99, 104)).fill((62, 42, 78, 58), (255, 255, 255)),
        Change.CHANGED,
    ),
    "a first character became another": (
        Page().write("= No heading here", (60, 60)),
        Page().write("# No heading here", (60, 60)),
        Change.CHANGED,
    ),
    "a thing became fainter": (
        Page().fill((60, 40, 120, 90), (255, 0, 0)),
        Page().fill((60, 40, 120, 90), (255, 245, 245)),
        Change.RECOLOURED,
    ),
    "a shape became another": (
        Page().fill((60, 40, 80, 140), BLUE),
        Page().fill((40, 80, 140, 100), BLUE),
        Change.CHANGED,
    ),
}


@pytest.mark.parametrize("name", PAIRS)
def test_pixels_show_the_kind_of_change(name: str) -> None:
    page1, page2, change = PAIRS[name]
    assert _judge(page1, page2) is change


def test_a_dialog_over_a_dimmed_page_came() -> None:
    page = Page().write("Total amount due on Monday: 12,500", (20, 70)).write("Thank you", (20, 100))
    dialog = page.pixels // 2
    dialog[50:120, 100:300] = 255
    assert judge_change(measure((page.pixels, dialog), (100, 50, 300, 120))) is Change.ADDED


@pytest.mark.parametrize("quality", [75, 90])
def test_a_flat_drawing_stays_recoloured_as_jpeg(quality: int) -> None:
    images = [_as_jpeg(Page().fill(BUTTON, colour).pixels, quality) for colour in (BLUE, (100, 116, 139))]
    assert judge_change(measure((images[0], images[1]), (56, 36, 204, 94))) is Change.RECOLOURED


def test_equal_pixels_have_changed_in_no_known_way() -> None:
    page = Page().write("Save", (60, 60)).pixels
    evidence = measure((page, page), (50, 50, 120, 90))
    assert judge_change(evidence) is Change.CHANGED
    assert evidence.find_strongest().all()


def _as_jpeg(image: RGB, quality: int) -> RGB:
    _, data = cv2.imencode(".jpg", np.ascontiguousarray(image[..., ::-1]), [cv2.IMWRITE_JPEG_QUALITY, quality])
    return np.ascontiguousarray(cv2.imdecode(data, cv2.IMREAD_COLOR)[..., ::-1])
