"""Synthesise in a real browser: an object is marked by dragging, and the request becomes a job."""

import httpx
from playwright.sync_api import Browser, expect

from tests.chromium import watched
from tests.gateway.web.conftest import picture
from tests.gateway.web.test_viewer import serious


def test_an_object_is_marked_and_pairs_are_requested(browser: Browser, url: str, site: httpx.Client) -> None:
    with watched(browser, url) as page:
        page.goto("/#/synthesise")
        page.get_by_label("Photo: file").set_input_files(
            {"name": "photo.png", "mimeType": "image/png", "buffer": picture(9)}
        )
        photo = page.get_by_alt_text("Photo: photo.png")
        expect(photo).to_be_visible()
        place = photo.bounding_box() or {"x": 0, "y": 0}
        page.mouse.move(place["x"] + 50, place["y"] + 60)
        page.mouse.down()
        page.mouse.move(place["x"] + 200, place["y"] + 180, steps=4)
        page.mouse.up()
        expect(page.get_by_text("Marked: ")).to_be_visible()
        assert serious(page) == []
        page.get_by_role("textbox", name="Object").fill("cup")
        page.get_by_label("Pairs").fill("2")
        page.get_by_role("button", name="Make pairs").click()

        expect(page.get_by_role("heading", name="Synthesis")).to_be_visible()
        page.get_by_role("button", name="Cancel").click()
        expect(page.get_by_text("The job was cancelled.")).to_be_visible()
