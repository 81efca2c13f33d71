"""Stored answers as responses, and what a client has of them already."""

from fastapi.responses import JSONResponse

from gateway.store.idempotency import Answer


def to_response(answer: Answer) -> JSONResponse:
    """A stored answer as a response, with a header if it was replayed."""
    headers = answer.headers | ({"Idempotency-Replayed": "true"} if answer.replayed else {})
    return JSONResponse(answer.body, answer.status, headers)


def matches(if_none_match: str | None, tag: str) -> bool:
    """Whether `If-None-Match` names the tag; the comparison is the weak one, as RFC 9110 (13.1.2) asks."""
    candidates = {candidate.strip().removeprefix("W/") for candidate in (if_none_match or "").split(",")}
    return "*" in candidates or tag.removeprefix("W/") in candidates
