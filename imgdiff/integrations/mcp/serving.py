"""Serving the tools over stdin and stdout."""

from collections.abc import Sequence
from pathlib import Path

from imgdiff.client.asynchronous import AsyncClient
from imgdiff.integrations.extras import require_extra
from imgdiff.integrations.folders import AllowedFolders


def serve_stdio(url: str | None, folders: Sequence[Path]) -> None:
    """Serve until stdin closes. Raises ImportError naming the extra, and InvalidRequest for a missing folder."""
    with require_extra("mcp", "the MCP server"):
        from imgdiff.integrations.mcp.tools import make_server  # noqa: PLC0415  needs the extra
    make_server(AsyncClient(url), AllowedFolders(folders)).run("stdio")
