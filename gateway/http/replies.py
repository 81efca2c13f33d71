"""Stored answers as responses, and what a client has of them already."""

import json
from collections.abc import Mapping, Sequence

from fastapi import Response
from fastapi.responses import JSONResponse

from gateway.store.idempotency import Answer


def to_response(answer: Answer) -> JSONResponse:
    """A stored answer as a response, with a header if it was replayed."""
    headers = answer.headers | ({"Idempotency-Replayed": "true"} if answer.replayed else {})
    return JSONResponse(answer.body, answer.status, headers)


def to_page(name: str, documents: Sequence[str], cursor: str | None, headers: Mapping[str, str]) -> Response:
    """A page of documents that are JSON already, under `name`; `cursor` is where the next one begins."""
    body = f'{{"{name}":[{",".join(documents)}],"next_cursor":{json.dumps(cursor)}}}'
    return Response(body, media_type="application/json", headers=headers)


def matches(if_none_match: str | None, tag: str) -> bool:
    """Whether `If-None-Match` names the tag; the comparison is the weak one, as RFC 9110 (13.1.2) asks."""
    candidates = {candidate.strip().removeprefix("W/") for candidate in (if_none_match or "").split(",")}
    return "*" in candidates or tag.removeprefix("W/") in candidates
