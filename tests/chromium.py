"""Debian's Chromium without a screen, and pages that note whatever no page of ours may do."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

from playwright.sync_api import Browser, Page, expect, sync_playwright

_NAMES = ("chromium", "chromium-browser", "google-chrome")
_OPTIONS = ["--no-sandbox", "--disable-dev-shm-usage", "--disable-background-networking"]  # it runs as root in CI


@contextmanager
def chromium() -> Iterator[Browser]:
    """A running browser."""
    found = next(filter(None, map(shutil.which, _NAMES)), None)
    assert found, "these tests need Chromium: apt-get install chromium"
    expect.set_options(timeout=60_000)  # as elsewhere, a busy machine fails no test
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=_OPTIONS)
        yield browser
        browser.close()


@contextmanager
def watched(browser: Browser, url: str, *, may_fail: tuple[str, ...] = (), **options: object) -> Iterator[Page]:
    """A page of this server in a context of its own; it must leave no error and no request to another place.

    `may_fail` are texts of errors that the test provokes; `options` are those of Playwright's contexts.
    """
    faults: list[str] = []

    def note(text: str) -> None:
        if not any(one in text for one in may_fail):
            faults.append(text)

    context = browser.new_context(base_url=url, **options)  # type: ignore[arg-type]
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    page = context.new_page()
    page.set_default_timeout(60_000)
    page.on("console", lambda message: note(message.text) if message.type in {"error", "warning"} else None)
    page.on("pageerror", lambda error: note(f"page error: {error}"))
    page.on("request", lambda request: None if _is_own(request.url, url) else note(f"left for {request.url}"))
    yield page
    context.close()
    assert faults == [], faults


def _is_own(address: str, url: str) -> bool:
    parts = urlsplit(address)
    return parts.scheme in {"blob", "data"} or parts.netloc == urlsplit(url).netloc
