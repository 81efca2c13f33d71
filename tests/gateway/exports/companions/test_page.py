"""The page of the sample opens from disk: nothing in it comes from a network, and boxes are where the records say."""

import base64
import io
import re
from html.parser import HTMLParser
from pathlib import Path

from PIL import Image

from gateway.exports.companions.page import write_page
from imgdiff.views.sides import views_of
from tests.gateway.exports.conftest import ODD_CAPTION
from tests.gateway.exports.dataset import SmallDataset


class _Figures(HTMLParser):
    """The tags of a page, by the figure that they are in."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.figures: list[list[tuple[str, dict[str, str | None]]]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "figure":
            self.figures.append([])
        elif self.figures:
            self.figures[-1].append((tag, dict(attrs)))


def test_every_kept_region_is_drawn_in_both_images(small: SmallDataset) -> None:
    for record in small.records:
        figures = _Figures(write_page("t", "i", [(record, small.source.pixels(record))])).figures
        for view, tags in zip(views_of(record), figures, strict=True):
            boxes = [box for tag, box in tags if tag == "rect" and "stroke" in box]
            assert tags[0][1]["viewbox"] == f"0 0 {view.image.width} {view.image.height}"
            assert [tuple(int(box[key] or "") for key in ("x", "y", "width", "height")) for box in boxes] == [
                (*place.box[:2], *place.size) for place in view.kept
            ]


def test_pictures_are_inside_and_nothing_is_loaded(folder: Path) -> None:
    page = (folder / "sample.html").read_text()
    pictures = re.findall(r"data:image/jpeg;base64,([^']+)", page)

    assert len(pictures) == 8
    assert max(Image.open(io.BytesIO(base64.b64decode(one))).size for one in pictures) == (640, 480)
    assert not re.search(r"https?:|<script|src=", page)


def test_any_text_is_shown_as_it_is(odd: SmallDataset) -> None:
    strange = next(record for record in odd.records if record.caption == ODD_CAPTION)
    page = write_page("<b>", "i", [(strange, odd.source.pixels(strange))])

    assert "&lt;image&gt;" in page
    assert "<image>" not in page.replace("<image ", "")
    assert "<h1>&lt;b&gt;</h1>" in page
