"""URLs of webhooks, and the origin that all URLs of one receiver share."""

from typing import Annotated
from urllib.parse import urlsplit

from pydantic import Field

WebhookUrl = Annotated[
    str,
    Field(
        min_length=10,
        max_length=2000,
        pattern=r"^https?://[!-~]+$",
        description="Where events are sent: an https URL with a public address. The operator may allow other networks.",
    ),
]


def origin_of(url: str) -> str:
    """Scheme, host and port of a URL."""
    scheme, host, *_ = urlsplit(url)
    return f"{scheme}://{host}"
