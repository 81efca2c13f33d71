"""The page, its files, and the description of the API for people."""

from typing import Annotated

from fastapi import APIRouter, Header
from fastapi.responses import HTMLResponse, Response

from gateway.http.deps import StateDep
from gateway.http.protocol.conditions import IfNoneMatch, matches_weakly
from gateway.web.files import digest, files
from gateway.web.pages import Document, render_app, render_docs
from imgdiff.errors import NotFound

router = APIRouter(include_in_schema=False)

_FOR_GOOD = "public, max-age=31536000, immutable"


@router.get("/")
async def show_page(state: StateDep, if_none_match: IfNoneMatch) -> Response:
    """The page."""
    return _to_reply(render_app(state.settings.max_upload_bytes, state.settings.image_urls), if_none_match)


@router.get("/docs")
async def show_docs(if_none_match: IfNoneMatch) -> Response:
    """The API, route by route."""
    return _to_reply(render_docs(), if_none_match)


@router.get("/web/{version}/{path:path}")
async def read_file(
    version: str, path: str, if_none_match: IfNoneMatch, accept_encoding: Annotated[str, Header()] = ""
) -> Response:
    """A file of the page; of another version, as a page that was open during an upgrade asks for, the one of today."""
    found = files().get(path)
    if found is None:
        raise NotFound(f"the page has no file {path!r}")
    zipped = "gzip" in accept_encoding
    headers = {
        "ETag": f'"{found.digest}{"-gzip" if zipped else ""}"',
        "Cache-Control": _FOR_GOOD if version == digest() else "no-cache",
        "Vary": "Accept-Encoding",
    }
    if matches_weakly(if_none_match, headers["ETag"]):
        return Response(status_code=304, headers=headers)
    if zipped:
        headers["Content-Encoding"] = "gzip"
    return Response(found.zipped if zipped else found.content, media_type=found.media_type, headers=headers)


def _to_reply(document: Document, if_none_match: str | None) -> Response:
    headers = {"Content-Security-Policy": document.policy, "Cache-Control": "no-cache", "ETag": f'"{document.digest}"'}
    if matches_weakly(if_none_match, headers["ETag"]):
        return Response(status_code=304, headers=headers)
    return HTMLResponse(document.html, headers=headers)
