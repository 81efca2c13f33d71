"""Compare in a real browser: choosing pictures, refusals, the job while it waits."""

import base64
import re

from playwright.sync_api import Browser, Page, expect

from tests.chromium import watched
from tests.gateway.web.conftest import picture

PNG = {"mimeType": "image/png"}
PAIR = [{"name": "one.png", "buffer": picture(1), **PNG}, {"name": "two.png", "buffer": picture(2), **PNG}]
PDF = {"name": "page.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.7 and so on"}
DROP = """async ([selector, files]) => {
  const data = new DataTransfer();
  for (const { name, mimeType, text } of files) {
    const bytes = Uint8Array.from(atob(text), (one) => one.charCodeAt(0));
    data.items.add(new File([bytes], name, { type: mimeType }));
  }
  const target = document.querySelector(selector);
  target.dispatchEvent(new DragEvent("drop", { dataTransfer: data, bubbles: true, cancelable: true }));
}"""


def _drop(page: Page, selector: str, files: list[dict]) -> None:
    expect(page.get_by_role("button", name="Compare", exact=True)).to_be_visible()  # nobody listens before
    page.evaluate(
        DROP, [selector, [{**one, "buffer": None, "text": base64.b64encode(one["buffer"]).decode()} for one in files]]
    )


def test_two_files_in_one_drop_are_the_pair_and_become_a_job(browser: Browser, url: str) -> None:
    with watched(browser, url) as page:
        page.goto("/")
        expect(page.get_by_role("button", name="Compare", exact=True)).to_be_disabled()
        _drop(page, "main", PAIR)
        expect(page.get_by_alt_text("Before: one.png")).to_be_visible()
        expect(page.get_by_alt_text("After: two.png")).to_be_visible()
        page.get_by_role("button", name="Compare", exact=True).click()

        expect(page.get_by_role("heading", name="Comparison")).to_be_visible()
        expect(page.get_by_role("status").filter(has_text="Waiting")).to_be_visible()
        page.get_by_role("button", name="Cancel").click()
        expect(page.get_by_text("The job was cancelled.")).to_be_visible()
        assert re.search(r"#/jobs/job_[0-9a-f]{32}$", page.url)


def test_what_is_no_picture_is_refused_with_a_sentence_and_the_other_one_stays(browser: Browser, url: str) -> None:
    with watched(browser, url) as page:
        page.goto("/")
        _drop(page, "main", [PDF, PAIR[0]])
        expect(page.get_by_role("alert")).to_contain_text("page.pdf is a PDF document")
        expect(page.get_by_alt_text("Before: one.png")).to_be_visible()
        large = {"name": "large.png", "buffer": picture(3)[:8] + bytes(300_000), **PNG}
        page.get_by_label("After: file").set_input_files(large)
        expect(page.get_by_role("alert")).to_contain_text(
            "large.png has 293 kB; this server takes pictures up to 195 kB"
        )


def test_what_the_server_refuses_is_a_sentence_and_nothing_is_lost(browser: Browser, url: str) -> None:
    broken = {"name": "broken.png", "buffer": PAIR[0]["buffer"][:60], **PNG}
    with watched(browser, url, may_fail=("422",)) as page:
        page.goto("/")
        page.get_by_label("Before: file").set_input_files([broken, PAIR[1]])
        page.get_by_role("button", name="Compare", exact=True).click()

        expect(page.get_by_role("alert")).to_contain_text("First picture: ")
        expect(page.get_by_alt_text("After: two.png")).to_be_visible()


def test_a_job_that_is_gone_is_said_to_be_gone(browser: Browser, url: str) -> None:
    with watched(browser, url, may_fail=("404",)) as page:
        page.goto(f"/#/jobs/job_{'0' * 32}")
        expect(page.get_by_role("alert")).to_contain_text("This job is gone")
