"""Jobs, health and the meaning of reasons in a real browser, and the docs, which draw themselves without internet."""

import httpx
from playwright.sync_api import Browser, expect

from imgdiff.rules.reasons import REASONS
from tests.chromium import watched
from tests.gateway.web.conftest import picture
from tests.gateway.web.test_viewer import serious


def test_jobs_are_listed_and_cancelled_and_services_that_are_down_are_named(
    browser: Browser, url: str, site: httpx.Client
) -> None:
    job = site.post("/v1/difference-captions", files={"image1": picture(5), "image2": picture(6)}).json()["id"]
    with watched(browser, url, may_fail=("503",)) as page:
        page.goto("/#/jobs")
        line = page.locator(".job").filter(has=page.locator(f'a[href$="{job}"]'))
        expect(line).to_contain_text("Waiting")
        expect(page.get_by_role("alert")).to_contain_text("detection")
        expect(page.get_by_text("Does not answer")).to_have_count(3)
        assert serious(page) == []
        line.get_by_role("button", name="Cancel").click()
        expect(line).to_contain_text("Cancelled")


def test_every_reason_is_explained_and_found(browser: Browser, url: str) -> None:
    with watched(browser, url) as page:
        page.goto("/#/reasons?code=edit.strange")
        expect(page.locator(".codes > div")).to_have_count(len(REASONS))
        expect(page.locator(".codes > .pointed")).to_contain_text("stands out from its surroundings")
        page.get_by_label("Search").fill("duplicate")
        expect(page.locator(".codes > div")).to_have_count(1)


def test_the_docs_list_every_route_without_internet(browser: Browser, url: str) -> None:
    with watched(browser, url) as page:
        page.goto("/docs")
        expect(page.get_by_text("/v1/difference-captions", exact=True).first).to_be_visible(timeout=60_000)
