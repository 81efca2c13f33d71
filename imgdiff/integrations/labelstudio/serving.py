"""Serving the backend over HTTP."""

from pathlib import Path
from typing import Unpack

from imgdiff.client.asynchronous import AsyncClient
from imgdiff.client.options import OptionFields, parse_options
from imgdiff.integrations.extras import require_extra
from imgdiff.integrations.labelstudio.images import TaskImages


def serve_http(
    gateway: str | None,
    address: tuple[str, int],
    label_studio: tuple[str | None, str | None] = (None, None),
    local_files: Path | None = None,
    login: tuple[str, str] | None = None,
    **options: Unpack[OptionFields],
) -> None:
    """Serve at a host and port until interrupted; `label_studio` is the address and the token of the one server.

    Raises ImportError naming the extra, and InvalidRequest for options, an address or a folder that is none.
    """
    parse_options(options)
    with require_extra("label-studio", "the backend of Label Studio"):
        import uvicorn  # noqa: PLC0415  needs the extra

        from imgdiff.integrations.labelstudio.backend import Backend, make_app  # noqa: PLC0415  needs the extra
    images = TaskImages(*label_studio, local_files)
    app = make_app(Backend(AsyncClient(gateway), images, options), login)
    uvicorn.run(app, host=address[0], port=address[1], log_level="warning")
