"""`imgdiff mcp`: serve the Model Context Protocol over stdin and stdout."""

from pathlib import Path
from typing import Annotated

import typer

from imgdiff.cli.output import reporting
from imgdiff.cli.parameters import Url
from imgdiff.client.settings import DEFAULT_URL
from imgdiff.errors import ServiceUnavailable
from imgdiff.integrations.mcp.serving import serve_stdio


def mcp(
    *,
    allow: Annotated[
        list[Path] | None, typer.Option("--allow", help="Folder whose images may be sent; may be repeated.")
    ] = None,
    url: Url = DEFAULT_URL,
) -> None:
    """Serve assistants over the Model Context Protocol on stdin and stdout: compare, synthesize, read records."""
    with reporting(as_json=False):
        try:
            serve_stdio(url, allow or ())
        except ImportError as error:
            raise ServiceUnavailable(str(error)) from error
