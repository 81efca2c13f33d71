"""Findings at drawn regions."""

import pytest

from imgdiff.evidence import WordSource
from imgdiff.images import RGB
from imgdiff.records import Box, Change
from imgdiff.stages import DetectedRegion
from services.captioning.drawn.inspection import inspect_drawn
from services.captioning.observation.sentences import write_sentence
from services.captioning.text.pair_reader import PairReader
from services.captioning.text.words import RegionText
from services.imaging.arrays import Flags
from services.networks.text_reader import TextReader
from tests.services.captioning.pages import Page, changed_box

BLUE, ORANGE = (37, 99, 235), (249, 115, 22)
BUTTON = (60, 40, 200, 90)


@pytest.fixture(scope="module")
def reader() -> TextReader:
    return TextReader(1)


def _region(box: Box) -> DetectedRegion:
    return DetectedRegion(box=box, difference=1.0, kept=True)


def _sentence(reader: TextReader, page1: Page, page2: Page) -> str:
    images = page1.pixels, page2.pixels
    box = changed_box(*images)
    finding, _ = inspect_drawn(images, _region(box), PairReader(reader, images).read)
    assert finding.label1 is None
    assert finding.label2 is None
    return write_sentence(finding, "at the top")


SENTENCES = {
    'The text "12,500" at the top has been changed to "17,500".': (
        Page().write("Amount 12,500", (20, 60)),
        Page().write("Amount 17,500", (20, 60)),
    ),
    'The text "Save" at the top has been added.': (Page(), Page().write("Save", (20, 60))),
    'The text "Save" at the top has been removed.': (Page().write("Save", (20, 60)), Page()),
    'The text "Save" at the top has changed from black to red.': (
        Page().write("Save", (20, 60), size=24),
        Page().write("Save", (20, 60), size=24, colour=(220, 20, 20)),
    ),
    "Something at the top has changed from blue to orange.": (Page().fill(BUTTON, BLUE), Page().fill(BUTTON, ORANGE)),
    "Something blue at the top has been added.": (Page(), Page().fill(BUTTON, BLUE)),
}


@pytest.mark.parametrize("sentence", SENTENCES)
def test_a_drawn_change_is_told_in_a_sentence_without_a_noun(reader: TextReader, sentence: str) -> None:
    assert _sentence(reader, *SENTENCES[sentence]) == sentence


def test_an_icon_in_place_of_a_text_gives_neither_added_nor_removed(reader: TextReader) -> None:
    icon = Page().fill((24, 58, 60, 62), (90, 90, 90)).fill((40, 46, 44, 76), (90, 90, 90))
    sentence = _sentence(reader, icon, Page().write("Upload", (20, 52), size=18))
    assert sentence == "Something at the top has changed."


def test_words_of_a_text_rest_on_the_reader() -> None:
    def read(_: Box, __: Flags) -> RegionText:
        return RegionText("12,500", "17,500")

    images: tuple[RGB, RGB] = Page().write("12", (20, 20)).pixels, Page().write("17", (20, 20)).pixels
    finding, _ = inspect_drawn(images, _region(changed_box(*images)), read)
    assert finding.change is Change.CHANGED
    assert [word.text for word in finding.words if word.source is WordSource.TEXT] == ["12,500", "17,500"]


def test_what_detection_knows_of_a_shift_is_stated_and_no_text_is_read(reader: TextReader) -> None:
    images = Page().write("Total", (20, 20)).pixels, Page().write("Total", (20, 60)).pixels
    region = DetectedRegion(
        box=(20, 20, 60, 90), moved_to=(20, 60, 60, 130), change=Change.MOVED, difference=1.0, kept=True
    )
    finding, _ = inspect_drawn(images, region, PairReader(reader, images).read)

    assert write_sentence(finding, "at the top") == "Something at the top has moved down."


def test_a_dialog_over_text_came_and_no_text_has_changed(reader: TextReader) -> None:
    page, covered = Page(), Page()
    for one in (page, covered):
        for line in range(4):
            one.write("Total amount due on Monday the twelfth", (40, 6 + 34 * line))
    covered.fill((100, 24, 330, 130), (90, 90, 90)).fill((102, 26, 328, 128), (255, 255, 255))
    covered.write("Delete this order?", (120, 40)).write("It cannot be undone", (120, 80))

    assert _sentence(reader, page, covered) == "Something at the top has been added."
