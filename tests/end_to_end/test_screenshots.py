"""Pictures of every page of a real set, at two widths and in both themes, for people to look at: `make screenshots`."""

import time
from pathlib import Path

import httpx
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.chromium import chromium, watched

FOLDER = Path(__file__).parents[2] / "screenshots"
WIDTHS = (1280, 390)
THEMES = ("light", "dark")


@pytest.fixture(scope="module")
def places(served, pair) -> dict[str, str]:
    """The addresses of pages by the names of their pictures."""
    with httpx.Client(base_url=served.url, timeout=300, headers={"Prefer": "wait=60"}) as client:
        images = {f"image{side}": path.read_bytes() for side, path in enumerate(pair, 1)}
        compared = client.post("/v1/difference-captions", files=images).json()["id"]
        photo = {"image": (pair[0].parent / "photo.jpg").read_bytes()}
        made = client.post(
            "/v1/syntheses", files=photo, data={"operation": "remove", "count": "2", "seed": "7"}
        ).json()["id"]
        for job in (compared, made):
            while client.get(f"/v1/jobs/{job}").json()["state"] in {"queued", "running"}:
                time.sleep(0.5)
        return {
            "compare": "#/",
            "answer": f"#/jobs/{compared}",
            "synthesise": "#/synthesise",
            "sheet": f"#/jobs/{made}",
            "datasets": "#/datasets",
            "grid": "#/datasets/default",
            "funnel": "#/datasets/default?view=funnel",
            "scores": "#/datasets/default?view=scores",
            "statistics": "#/datasets/default?view=statistics",
            "quality": "#/datasets/default?view=quality",
            "export": "#/datasets/default?view=export",
            "review": "#/review/default",
            "jobs": "#/jobs",
            "reasons": "#/reasons",
        }


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_every_page_fits_its_window_and_keeps_nobody_out(served, places: dict[str, str]) -> None:
    FOLDER.mkdir(exist_ok=True)
    found: dict[str, list[str]] = {}
    with chromium() as browser:
        for width in WIDTHS:
            for theme in THEMES:
                for name, place in places.items():
                    found[f"{name}-{width}-{theme}"] = _shoot(browser, served.url, place, width, theme, name)

    assert {name: faults for name, faults in found.items() if faults} == {}


def _shoot(browser: Browser, url: str, place: str, width: int, theme: str, name: str) -> list[str]:
    size = {"width": width, "height": 844 if width < 600 else 800}
    with watched(browser, url, viewport=size, color_scheme=theme) as page:
        page.goto(f"/{place}")
        expect(page.locator("main h1")).to_be_visible()
        page.wait_for_load_state("networkidle")
        page.wait_for_function("[...document.images].every((one) => one.loading === 'lazy' || one.complete)")
        page.screenshot(path=FOLDER / f"{name}-{width}-{theme}.png")
        return [*_too_wide(page), *_serious(page)]


def _too_wide(page: Page) -> list[str]:
    wide = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
    return [f"{wide} px too wide"] if wide > 0 else []


def _serious(page: Page) -> list[str]:
    violations = Axe().run(page).response["violations"]
    return [one["id"] for one in violations if one["impact"] in {"serious", "critical"}]
