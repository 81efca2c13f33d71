"""Conditional requests: which entity tags a client names (RFC 9110, section 13.1)."""

import re
from collections.abc import Sequence
from typing import Annotated

from fastapi import Depends, Header, Request

_TAG = re.compile(r'\s*((?:W/)?"[\x21\x23-\x7e\x80-\xff]*")\s*(?:,|\Z)|\s*,')  # lists may have empty elements


def parse_tags(header: str) -> Sequence[str]:
    """The entity tags of a list; a comma may be inside of one. A list that is broken ends there."""
    tags, at = [], 0
    while at < len(header) and (found := _TAG.match(header, at)) is not None:
        at = found.end()
        if found[1] is not None:
            tags.append(found[1])
    return tags


def matches_weakly(if_none_match: str | None, tag: str) -> bool:
    """Whether `If-None-Match` names the tag; weak tags match as strong ones do."""
    if if_none_match is None:
        return False
    named = {one.removeprefix("W/") for one in parse_tags(if_none_match)}
    return if_none_match.strip() == "*" or tag.removeprefix("W/") in named


def matches_strongly(if_match: str | None, tag: str) -> bool:
    """Whether `If-Match` names the tag, or is not there; weak tags never match."""
    if if_match is None or if_match.strip() == "*":
        return True
    return not tag.startswith("W/") and tag in parse_tags(if_match)


async def _if_none_match(
    request: Request,
    if_none_match: Annotated[  # noqa: ARG001  for the OpenAPI document: FastAPI reads one line of several
        str | None, Header(description="Entity tags of what the client has, or `*`; 304 if it is one of them.")
    ] = None,
) -> str | None:
    return ", ".join(request.headers.getlist("if-none-match")) or None


async def _if_match(
    request: Request,
    if_match: Annotated[  # noqa: ARG001  as above
        str | None, Header(description="Entity tags of what the client has a part of, or `*`; 412 if it is none.")
    ] = None,
) -> str | None:
    lines = request.headers.getlist("if-match")
    return ", ".join(lines) if lines else None


IfNoneMatch = Annotated[str | None, Depends(_if_none_match)]
IfMatch = Annotated[str | None, Depends(_if_match)]
