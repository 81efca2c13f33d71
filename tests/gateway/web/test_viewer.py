"""A record in a real browser: pictures, boxes and sentences that point at one another, and texts that stay texts."""

import json

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.chromium import watched
from tests.gateway.web.conftest import Keep

MARKUP = '<img src="https://elsewhere.example/x" onerror="alert(1)"><b>bold</b>'


def serious(page: Page) -> list[str]:
    """What axe finds that keeps people out."""
    found = Axe().run(page).response["violations"]
    return [
        f"{one['id']}: {node['html'][:120]}"
        for one in found
        if one["impact"] in {"serious", "critical"}
        for node in one["nodes"]
    ]


def test_stored_texts_are_shown_as_they_are(browser: Browser, url: str, keep: Keep) -> None:
    region = keep().regions[0].model_copy(update={"caption": MARKUP, "label1": MARKUP, "text1": MARKUP})
    record = keep(caption=MARKUP, regions=(region,), metadata={"note": MARKUP})
    with watched(browser, url) as page:
        page.goto(f"/#/records/{record.id}")
        expect(page.locator(".sentence p")).to_have_text(MARKUP)
        page.get_by_text("About this record").click()
        expect(page.locator("pre")).to_contain_text("onerror")
        assert page.locator("b").count() == 0


def test_boxes_and_sentences_point_at_one_another(browser: Browser, url: str, keep: Keep) -> None:
    record = keep()
    with watched(browser, url) as page:
        page.goto(f"/#/records/{record.id}")
        sentences = page.locator("ol[aria-label=Differences] > li")
        expect(sentences.first).to_contain_text(record.regions[0].caption or "")
        assert sentences.count() == sum(region.kept for region in record.regions)
        sentences.first.hover()
        expect(page.locator(".box.pointed")).to_have_count(2)
        page.get_by_role("button", name="Region 2:").first.focus()
        expect(sentences.nth(1)).to_have_class("region pointed")


def test_both_pictures_zoom_and_move_together(browser: Browser, url: str, keep: Keep) -> None:
    record = keep()
    with watched(browser, url) as page:
        page.goto(f"/#/records/{record.id}")
        pane = page.get_by_role("group", name="Before", exact=True)
        pane.press("+")
        pane.press("ArrowRight")
        expect(page.get_by_label("Fit the pictures")).to_have_text("150 %")
        before, after = (
            page.locator(".pane > .plane").nth(side).evaluate("one => one.style.transform") for side in (0, 1)
        )
        assert before.split("scale")[1] == after.split("scale")[1]
        pane.press("0")
        expect(page.get_by_label("Fit the pictures")).to_have_text("100 %")


def test_every_way_to_look_and_the_copies(browser: Browser, url: str, keep: Keep) -> None:
    record = keep()
    with watched(browser, url) as page:
        page.goto(f"/#/records/{record.id}")
        for mode in ("Swipe", "Blink", "Difference", "Side by side"):
            page.get_by_role("button", name=mode, exact=True).click()
            expect(page.locator(".pane img").first).to_be_visible()
        page.get_by_role("button", name="JSON").click()
        assert json.loads(page.evaluate("navigator.clipboard.readText()"))["id"] == record.id
        page.get_by_role("button", name="curl").click()
        assert record.image1.asset in page.evaluate("navigator.clipboard.readText()")


def test_nothing_keeps_people_out_in_either_theme(browser: Browser, url: str, keep: Keep) -> None:
    record = keep()
    for scheme in ("light", "dark"):
        with watched(browser, url, color_scheme=scheme) as page:
            page.goto(f"/#/records/{record.id}")
            page.get_by_text("Evidence").first.click()
            assert serious(page) == []
