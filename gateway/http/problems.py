"""Every error leaves the gateway as RFC 9457 problem+json; other libraries' errors are mapped to ours here."""

import logging
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from gateway.http.protocol.methods import refuse_method
from gateway.http.rendering import Json
from imgdiff.errors import ImgdiffError, InvalidRequest, NotAcceptable, NotFound, PayloadTooLarge
from imgdiff.problems import PROBLEM_MEDIA_TYPE

_log = logging.getLogger(__name__)


def problem_response(error: ImgdiffError, path: str) -> Json:
    """An error as `application/problem+json`, with Retry-After where there is one."""
    return Json(*error.reply(path))


def error_responses(*errors: type[ImgdiffError]) -> dict[int | str, dict[str, Any]]:
    """The `responses` of a route in OpenAPI: the titles of its errors, by status."""
    titles: dict[int, list[str]] = {}
    for error in errors:
        titles.setdefault(int(error.status), []).append(error.title())
    content = {PROBLEM_MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return {status: {"description": " ".join(found), "content": content} for status, found in sorted(titles.items())}


def internal_error(path: str) -> Json:
    """The answer to an unexpected error; it reveals no internals."""
    return problem_response(ImgdiffError("an internal error occurred; the log has it under this request's id"), path)


def add_problems(app: FastAPI) -> None:
    """Register handlers that answer every error with a problem document."""

    @app.exception_handler(ImgdiffError)
    async def on_error(request: Request, error: ImgdiffError) -> Json:
        if error.status == HTTPStatus.INTERNAL_SERVER_ERROR:
            _log.error("internal error: %s", error, exc_info=error)
        return problem_response(error, request.url.path)

    @app.exception_handler(RequestValidationError)
    async def on_validation(request: Request, error: RequestValidationError) -> Json:
        return problem_response(InvalidRequest.of_request(error.errors()), request.url.path)

    @app.exception_handler(HTTPException)
    async def on_http(request: Request, error: HTTPException) -> Json:
        if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
            return refuse_method(request.scope)
        cause = error.__cause__
        known = cause if isinstance(cause, ImgdiffError) else _map(request, error)
        answer = problem_response(known, request.url.path)
        answer.headers.update(error.headers or {})
        return answer


def _map(request: Request, error: HTTPException) -> ImgdiffError:
    match error.status_code:
        case HTTPStatus.NOT_FOUND:
            return NotFound(f"there is no route {request.url.path!r}")
        case HTTPStatus.NOT_ACCEPTABLE:
            return NotAcceptable(error.detail)
        case HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
            return PayloadTooLarge(error.detail)
        case _:
            return InvalidRequest(error.detail)
