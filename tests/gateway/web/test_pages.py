"""The two documents, before any script runs."""

import base64
import hashlib
import re

import httpx

from gateway.app import create_app
from gateway.settings import GatewaySettings
from gateway.web.pages import render_app


def _policy(answer: httpx.Response) -> dict[str, str]:
    directives = (part.strip().partition(" ") for part in answer.headers["content-security-policy"].split(";"))
    return {name: value for name, _, value in directives}


def test_scripts_are_our_files_and_the_one_map_of_imports_alone(site: httpx.Client) -> None:
    page = site.get("/")
    policy = _policy(page)
    (inline,) = re.findall(r'<script type="importmap">(.*?)</script>', page.text, re.DOTALL)
    hashed = base64.b64encode(hashlib.sha256(inline.encode()).digest()).decode()

    assert policy["script-src"] == f"'self' 'sha256-{hashed}'"
    assert (policy["default-src"], policy["frame-ancestors"], policy["style-src"]) == ("'none'", "'none'", "'self'")
    assert policy["require-trusted-types-for"] == "'script'"
    assert len(re.findall(r"<script(?![^>]*\bsrc=)", page.text)) == 1


def test_the_docs_run_no_script_of_another_place(site: httpx.Client) -> None:
    answer = site.get("/docs")

    assert _policy(answer)["script-src"] == "'self'"
    assert "//" not in re.sub(r"<!doctype html>", "", answer.text)


def test_the_documents_name_only_what_exists(site: httpx.Client) -> None:
    for path in ("/", "/docs"):
        named = re.findall(r'(?:href|src)="([^"]+)"', site.get(path).text)
        assert len(named) > 3
        assert {name: site.get(name).status_code for name in named} == dict.fromkeys(named, 200)


def test_a_document_that_has_not_changed_is_not_sent_again(site: httpx.Client) -> None:
    for path in ("/", "/docs"):
        tag = site.get(path).headers["etag"]
        assert site.get(path, headers={"if-none-match": tag}).status_code == 304


def test_the_page_says_what_the_server_takes(settings: GatewaySettings) -> None:
    assert 'content="1234"' in render_app(1234, False).html
    assert render_app(1, True).html != render_app(1, False).html
    assert create_app(settings).docs_url is None
