"""Stored answers as responses."""

from fastapi.responses import JSONResponse

from gateway.store.idempotency import Answer


def answered(answer: Answer) -> JSONResponse:
    """A stored answer as a response; a replayed one says so."""
    headers = answer.headers | ({"Idempotency-Replayed": "true"} if answer.replayed else {})
    return JSONResponse(answer.body, answer.status, headers)
