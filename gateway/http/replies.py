"""Stored answers as responses."""

from fastapi.responses import JSONResponse

from gateway.store.idempotency import Answer


def to_response(answer: Answer) -> JSONResponse:
    """A stored answer as a response, with a header if it was replayed."""
    headers = answer.headers | ({"Idempotency-Replayed": "true"} if answer.replayed else {})
    return JSONResponse(answer.body, answer.status, headers)
