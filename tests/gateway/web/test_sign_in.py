"""A gateway with keys: the page asks for one, and keeps it in its tab alone."""

import time
from datetime import timedelta

import httpx
from playwright.sync_api import Browser, expect

from gateway.access import issuing
from gateway.access.principal import Scope
from gateway.settings import GatewaySettings
from gateway.store.database import Database
from tests.chromium import watched
from tests.gateway.web.conftest import picture


def test_a_key_is_asked_for_and_kept_in_the_tab_alone(
    browser: Browser, client: httpx.Client, settings: GatewaySettings
) -> None:
    database = Database(settings.database_url)
    with database.writing() as session:
        key = issuing.create(session, "default", "page", Scope, timedelta(days=1)).text
    database.close()
    until = time.monotonic() + 60
    while client.get("/v1/jobs").status_code != 401:  # the first key closes a running gateway within seconds
        assert time.monotonic() < until
        time.sleep(0.1)
    files = {"image1": picture(1), "image2": picture(2)}
    headers = {"Authorization": f"Bearer {key}"}
    job = client.post("/v1/difference-captions", files=files, headers=headers).json()["id"]
    with watched(browser, str(client.base_url), may_fail=("401",)) as page:
        page.goto(f"/#/jobs/{job}")
        typed = page.get_by_label("API key")
        typed.fill("imgdiff_0000000000_nothing")
        page.get_by_role("button", name="Sign in").click()
        expect(page.get_by_role("dialog").get_by_role("alert")).to_be_visible()
        typed.fill(key)
        typed.press("Enter")

        expect(page.get_by_role("status").filter(has_text="Waiting")).to_be_visible()
        assert page.evaluate("[sessionStorage.length, localStorage.length]") == [1, 0]
        assert page.context.cookies() == []
        page.get_by_role("button", name="Sign out").click()
        assert page.evaluate("sessionStorage.length") == 0
