"""Reviews in a real browser, by keyboard alone: judged, corrected, taken back, and nothing typed is lost."""

import re

import httpx
from playwright.sync_api import Browser, Page, expect

from tests.chromium import watched
from tests.gateway.web.conftest import Keep
from tests.gateway.web.test_viewer import serious


def _review(site: httpx.Client, record_id: str) -> dict:
    found: dict = site.get(f"/v1/records/{record_id}").json()["review"]
    return found


def _wait(site: httpx.Client, page: Page, record_id: str, state: str) -> dict:
    for _ in range(100):
        if _review(site, record_id)["state"] == state:
            break
        page.wait_for_timeout(50)
    return _review(site, record_id)


def test_pairs_are_judged_corrected_and_taken_back_by_keys_alone(
    browser: Browser, url: str, site: httpx.Client, keep: Keep
) -> None:
    doubtful, middle, sure = (keep(dataset="keys", confidence=share) for share in (0.2, 0.5, 0.9))
    with watched(browser, url) as page:
        page.goto("/#/review/keys")
        expect(page.get_by_text("Pair 1 of 3.")).to_be_visible()
        assert serious(page) == []
        for key in "132":
            page.keyboard.press(key)
        page.keyboard.press("a")
        expect(page.get_by_text("Pair 2 of 3.")).to_be_visible()
        page.keyboard.press("r")
        expect(page.get_by_text("Pair 3 of 3.")).to_be_visible()
        assert _wait(site, page, doubtful.id, "accepted")["rating"] == {
            "box": "high",
            "content": "low",
            "caption": "medium",
        }
        assert _wait(site, page, middle.id, "rejected")["state"] == "rejected"
        page.keyboard.press("u")
        expect(page.get_by_text("Pair 2 of 3.")).to_be_visible()
        assert _wait(site, page, middle.id, "unreviewed")["revision"] == 2
        page.keyboard.press("n")
        page.keyboard.press("c")
        expect(page.get_by_label("Text for the pair")).to_be_focused()
        page.keyboard.press("Control+a")
        page.keyboard.type("A fox is there now.")
        page.keyboard.press("Control+Enter")
        expect(page.get_by_text("Nothing is left here.")).to_be_visible()
        assert _wait(site, page, sure.id, "corrected")["corrections"]["caption"] == "A fox is there now."


def test_a_false_name_kind_and_place_are_corrected_on_the_record_itself(
    browser: Browser, url: str, site: httpx.Client, keep: Keep
) -> None:
    record = keep(dataset="fields")
    with watched(browser, url) as page:
        page.goto(f"/#/records/{record.id}")
        page.get_by_role("button", name="Correct").click()
        first = page.get_by_role("group", name="Difference 1")
        first.get_by_label("After, there is").fill("fox")
        first.get_by_label("Kind").select_option("changed")
        first.get_by_label("left edge before").fill("400")
        page.get_by_role("group", name="Difference 2").get_by_label("This is no difference").check()
        assert serious(page) == []
        page.get_by_role("button", name="Save correction").click()
        expect(page.get_by_text("Stored.")).to_be_visible()
        regions = _wait(site, page, record.id, "corrected")["corrections"]["regions"]
        given = {at: {name: value for name, value in one.items() if value is not None} for at, one in regions.items()}
        assert given == {"0": {"label2": "fox", "change": "changed", "box": [400, 120, 508, 240]}, "1": {"kept": False}}


def test_what_is_judged_without_a_connection_is_sent_when_it_is_back(
    browser: Browser, url: str, site: httpx.Client, keep: Keep
) -> None:
    record, _ = keep(dataset="offline", confidence=0.1), keep(dataset="offline", confidence=0.8)
    with watched(browser, url, may_fail=("ERR_INTERNET_DISCONNECTED",)) as page:
        page.goto("/#/review/offline")
        expect(page.get_by_text("Pair 1 of 2.")).to_be_visible()
        page.context.set_offline(True)
        page.keyboard.press("a")
        expect(page.get_by_text("Pair 2 of 2.")).to_be_visible()
        expect(page.get_by_role("alert").filter(has_text="One review waits")).to_be_visible()
        page.keyboard.press("c")
        expect(page.get_by_label("Text for the pair")).to_be_focused()
        page.keyboard.type("typed meanwhile")
        page.context.set_offline(False)
        assert _wait(site, page, record.id, "accepted")["state"] == "accepted"
        page.reload()
        expect(page.get_by_label("Text for the pair")).to_have_value(re.compile("typed meanwhile"))


def test_a_record_that_somebody_else_changed_is_not_overwritten(
    browser: Browser, url: str, site: httpx.Client, keep: Keep
) -> None:
    record = keep(dataset="two")
    with watched(browser, url, may_fail=("412",)) as page:
        page.goto("/#/review/two")
        expect(page.get_by_text("Pair 1 of 1.")).to_be_visible()
        theirs = {"review": {"state": "accepted", "reviewer": "anna"}}
        site.patch(f"/v1/records/{record.id}", json=theirs, headers={"If-Match": '"0"'}).raise_for_status()
        page.keyboard.press("c")
        expect(page.get_by_label("Text for the pair")).to_be_focused()
        page.keyboard.type("my own words")
        page.keyboard.press("Control+Enter")
        expect(page.get_by_text("Somebody reviewed this record meanwhile")).to_be_visible()
        expect(page.get_by_text("by anna")).to_be_visible()
        expect(page.get_by_label("Text for the pair")).to_have_value(re.compile("my own words"))
        assert _review(site, record.id)["state"] == "accepted"
