"""The page's files: kept by browsers for good, whole, and those that were published."""

import hashlib
import re
from pathlib import Path

import httpx

from gateway.web.files import digest, files

STATIC = Path(__file__).parents[3] / "gateway" / "web" / "static"
OWN = sorted(path for path in STATIC.rglob("*.js") if "vendor" not in path.parts)


def test_a_file_is_kept_for_good_under_the_digest_of_all_files(site: httpx.Client) -> None:
    answer = site.get(f"/web/{digest()}/app/shell/main.js", headers={"accept-encoding": "identity"})

    assert answer.content == (STATIC / "app/shell/main.js").read_bytes()
    assert answer.headers["content-type"] == "text/javascript; charset=utf-8"
    assert "immutable" in answer.headers["cache-control"]
    seen = {"if-none-match": answer.headers["etag"], "accept-encoding": "identity"}
    assert site.get(str(answer.url), headers=seen).status_code == 304


def test_a_page_that_was_open_during_an_upgrade_gets_the_files_of_today(site: httpx.Client) -> None:
    answer = site.get("/web/0123456789abcdef/app/shell/main.js")

    assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-cache")


def test_text_is_sent_as_gzip(site: httpx.Client) -> None:
    path = f"/web/{digest()}/vendor/swagger-ui/swagger-ui-bundle.js"
    answer = site.get(path, headers={"accept-encoding": "gzip"})

    assert answer.headers["content-encoding"] == "gzip"
    assert int(answer.headers["content-length"]) < len(answer.content) / 3
    assert answer.content == (STATIC / "vendor/swagger-ui/swagger-ui-bundle.js").read_bytes()


def test_nothing_but_the_pages_files_is_served(site: httpx.Client) -> None:
    for path in ("nothing.js", "%2e%2e/pages.py", "vendor"):
        assert site.get(f"/web/{digest()}/{path}").status_code == 404


def test_the_libraries_are_those_that_were_published() -> None:
    listed = (STATIC / "vendor" / "SHA256SUMS").read_text().splitlines()
    stored = {path for path in files() if path.startswith("vendor/")} - {"vendor/SHA256SUMS"}

    assert {f"vendor/{line.split('  ./')[1]}" for line in listed} == stored
    for line in listed:
        wanted, name = line.split("  ")
        assert hashlib.sha256((STATIC / "vendor" / name).read_bytes()).hexdigest() == wanted, name


def test_every_library_comes_with_its_licence() -> None:
    libraries = {path.split("/")[1] for path in files() if path.count("/") > 1 and path.startswith("vendor/")}

    assert libraries == {"htm", "preact", "signals", "swagger-ui"}
    assert {f"vendor/{library}/LICENSE" for library in libraries} <= set(files())


def test_what_modules_import_is_there() -> None:
    for path in OWN:
        for name in re.findall(r'(?:from|import\() ?"(\.[^"]+)"', path.read_text()):
            assert (path.parent / name).resolve().is_file(), (path, name)


def test_modules_are_short_say_what_they_are_and_make_no_markup_of_texts() -> None:
    assert len(OWN) > 20
    for path in OWN:
        text = path.read_text()
        assert text.count("\n") <= 300, path
        assert text.startswith(("/** ", "// ")), path
        assert not re.search(r"innerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function", text), path
