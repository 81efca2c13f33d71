"""A dataset in a real browser: its grid, filters, funnel, statistics and export."""

import re
from pathlib import Path

from playwright.sync_api import Browser, expect

from gateway.exports.catalogue import EXPORTERS
from imgdiff.records import Reason, Verdict
from tests.chromium import watched
from tests.gateway.web.conftest import Keep
from tests.gateway.web.test_viewer import serious

PANEL = Path(__file__).parents[3] / "gateway" / "web" / "static" / "app" / "datasets" / "export_panel.js"


def test_the_grid_shows_what_is_filtered_and_the_address_holds_it(browser: Browser, url: str, keep: Keep) -> None:
    keep(dataset="grid", caption="A fox has come.")
    same = keep(dataset="grid", verdict=Verdict.SAME, caption="No difference was found.")
    with watched(browser, url) as page:
        page.goto("/#/datasets/grid")
        cells = page.locator(".cell")
        expect(cells).to_have_count(2)
        expect(cells.first.locator("img")).to_have_count(2)
        assert serious(page) == []
        page.get_by_label("Verdict").select_option("same")
        expect(cells).to_have_count(1)
        assert "verdict=same" in page.url
        page.get_by_role("button", name="Clear").click()
        page.get_by_label("Search captions").fill("fox")
        expect(cells).to_have_count(1)
        page.get_by_role("button", name="Clear").click()
        expect(cells).to_have_count(2)
        cells.nth(1).focus()
        page.keyboard.press("Enter")
        expect(page.get_by_text("No difference was found.").first).to_be_visible()
        assert page.url.endswith(same.id)


def test_a_bar_of_the_funnel_shows_its_pairs(browser: Browser, url: str, keep: Keep) -> None:
    keep(dataset="funnel")
    dropped = (Reason(code="pair.no_evidence"),)
    keep(dataset="funnel", verdict=Verdict.SAME, reasons=dropped)
    with watched(browser, url) as page:
        page.goto("/#/datasets/funnel?view=funnel")
        expect(page.get_by_text("2 pairs: 1 differ")).to_be_visible()
        assert serious(page) == []
        page.locator(".flow a.lost").first.click()
        expect(page.locator(".cell")).to_have_count(1)
        page.goto("/#/datasets/funnel?view=statistics")
        expect(page.get_by_text("2 records, 2 pictures")).to_be_visible()


def test_what_is_shown_is_exported(browser: Browser, url: str, keep: Keep) -> None:
    record = keep(dataset="exported")
    with watched(browser, url) as page:
        page.goto("/#/datasets/exported?view=export")
        page.get_by_label("Format").select_option("records")
        with page.expect_download() as downloading:
            page.get_by_role("button", name="Export", exact=True).click()
        expect(page.get_by_role("status").filter(has_text="is complete")).to_be_visible()
        assert record.id in Path(downloading.value.path()).read_text()


def test_every_format_is_offered() -> None:
    listed = re.search(r"FORMATS = \{(.*?)\};", PANEL.read_text(), re.DOTALL)

    assert listed
    assert set(re.findall(r'^  "?([a-z-]+)"?:', listed[1], re.MULTILINE)) == set(EXPORTERS)
