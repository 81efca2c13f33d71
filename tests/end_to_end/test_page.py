"""The page on a real set: from two photos to the sentence, live."""

from playwright.sync_api import expect

from tests.chromium import chromium, watched


def test_two_photos_become_a_sentence(served, pair) -> None:
    with chromium() as browser, watched(browser, served.url) as page:
        page.set_default_timeout(120_000)
        page.goto("/")
        page.get_by_label("Before: file").set_input_files([str(path) for path in pair])
        page.get_by_role("button", name="Compare", exact=True).click()

        expect(page.get_by_text("A cup at the top right has been added.").first).to_be_visible(timeout=120_000)
        expect(page.locator(".pane img")).to_have_count(2)
        page.goto("/#/datasets/default?view=scores")
        page.get_by_label("Gate").select_option("region.no_evidence")
        page.get_by_label("Threshold of region.no_evidence").press("End")
        expect(page.get_by_text("would pass; now it is")).to_be_visible()
        page.goto("/#/jobs")
        expect(page.get_by_text("Everything answers.")).to_be_visible()
        expect(page.get_by_text("Ready: embedded on cpu")).to_have_count(3)
