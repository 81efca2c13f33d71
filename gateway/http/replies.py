"""Stored answers as responses, and what a client has of them already."""

from collections.abc import Mapping, Sequence

from fastapi import Response

from gateway.http.rendering import Json, render
from gateway.store.idempotency import Answer


def to_response(answer: Answer) -> Json:
    """A stored answer as a response, with a header if it was replayed."""
    headers = answer.headers | ({"Idempotency-Replayed": "true"} if answer.replayed else {})
    return Json(answer.body, answer.status, headers)


def to_page(name: str, documents: Sequence[str], cursor: str | None, headers: Mapping[str, str]) -> Response:
    """A page of documents that are JSON already, under `name`; `cursor` is where the next one begins."""
    body = f'{{"{name}":[{",".join(documents)}],"next_cursor":{render(cursor)}}}'
    return Response(body, media_type="application/json", headers=headers)
