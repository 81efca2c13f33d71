"""The text reader on lines drawn here."""

import numpy as np
import pytest

from services.networks.text_reader import TextReader
from tests.services.captioning.pages import Page


@pytest.fixture(scope="module")
def reader() -> TextReader:
    return TextReader(1)


@pytest.mark.parametrize("text", ["12,500", "Save", "total_value()"])
def test_a_drawn_line_is_read(reader: TextReader, text: str) -> None:
    line = Page((160, 34)).write(text, (8, 4), size=20).pixels
    found = reader.read(line)
    assert "".join(one.text for one in found) == text
    assert [one.at for one in found] == sorted(one.at for one in found)
    assert all(0 < one.at < 1 and 0 < one.score <= 1 for one in found)


def test_plain_ground_has_no_text(reader: TextReader) -> None:
    assert reader.read(np.full((32, 200, 3), 255, np.uint8)) == ()
