"""The landing page: plain HTML with links."""

from importlib.resources import files

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

from imgdiff import __version__

router = APIRouter(include_in_schema=False)

_POLICY = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'"
_PAGE = (files("gateway.routes.service") / "page.html").read_text("utf-8").replace("{version}", __version__)


@router.get("/")
async def landing() -> HTMLResponse:
    """The landing page."""
    return HTMLResponse(_PAGE, headers={"Content-Security-Policy": _POLICY})
