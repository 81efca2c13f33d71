"""`imgdiff label-studio`: serve Label Studio as its ML backend."""

import os
from pathlib import Path
from typing import Annotated

import typer

from imgdiff.cli.output import reporting
from imgdiff.cli.parameters import Dataset, MaxRegions, Policy, Url
from imgdiff.client.options import OptionFields
from imgdiff.client.settings import DEFAULT_URL
from imgdiff.errors import InvalidRequest, ServiceUnavailable
from imgdiff.integrations.labelstudio.config import write_config
from imgdiff.integrations.labelstudio.serving import serve_http

_PORT = 9090  # as Label Studio's own backends
_ACCOUNT_HELP = "Token of Label Studio, personal or legacy."


def label_studio(  # noqa: PLR0913  one parameter an option
    *,
    label_studio_url: Annotated[
        str | None,
        typer.Option(
            "--label-studio", envvar="LABEL_STUDIO_URL", help="Label Studio; images of no other host are read."
        ),
    ] = None,
    token: Annotated[str | None, typer.Option("--token", envvar="LABEL_STUDIO_API_KEY", help=_ACCOUNT_HELP)] = None,
    local_files: Annotated[
        Path | None, typer.Option("--local-files", help="Label Studio's LOCAL_FILES_DOCUMENT_ROOT, if it is here, too.")
    ] = None,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on.")] = _PORT,
    dataset: Dataset = "default",
    policy: Policy = None,
    max_regions: MaxRegions = None,
    url: Url = DEFAULT_URL,
    print_config: Annotated[
        bool, typer.Option("--print-config", help="Print a labelling configuration for pairs, and serve nothing.")
    ] = False,
) -> None:
    """Serve Label Studio as its ML backend: predict what changed in tasks with two images.

    BASIC_AUTH_USER and BASIC_AUTH_PASS ask for a login, as in Label Studio's own backends.
    """
    if print_config:
        typer.echo(write_config(), nl=False)
        return
    server, options = (label_studio_url, token), OptionFields(dataset=dataset, policy=policy, max_regions=max_regions)
    with reporting(as_json=False):
        try:
            serve_http(url, (host, port), server, local_files, _read_login(), **options)
        except ImportError as error:
            raise ServiceUnavailable(str(error)) from error


def _read_login() -> tuple[str, str] | None:
    """User and password; raises InvalidRequest for one alone, with which anybody could get in."""
    login = os.environ.get("BASIC_AUTH_USER", ""), os.environ.get("BASIC_AUTH_PASS", "")
    if any(login) and not all(login):
        raise InvalidRequest("set both BASIC_AUTH_USER and BASIC_AUTH_PASS, or neither")
    return login if all(login) else None
