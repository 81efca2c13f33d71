"""Names as clients send them: nouns, sources, licences; and that of the tenant that needs none."""

from typing import Annotated

from pydantic import AfterValidator, Field

from imgdiff.requests.values import Form

DEFAULT_TENANT = "default"
"""The tenant of all that was stored before there were tenants, and of everybody while a gateway has no keys."""


def _check_readable(text: str) -> str:
    """PostgreSQL stores no NUL character, and a blank name is no name."""
    if not text.strip() or "\0" in text:
        raise ValueError("the text is blank or contains a NUL character")
    return text


_READABLE = Form(r"^[^\x00]*[^\s\x00][^\x00]*$")
Name = Annotated[str, Field(min_length=1, max_length=200), AfterValidator(_check_readable), _READABLE]
Origin = Annotated[str, Field(min_length=1, max_length=500), AfterValidator(_check_readable), _READABLE]
