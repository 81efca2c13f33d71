"""Every error that imgdiff returns: one class for each problem type, shared by gateway, services and client."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Self, TypeVar

from pydantic import JsonValue, ValidationError
from pydantic_core import ErrorDetails

from imgdiff.problems import PROBLEM_MEDIA_TYPE, Problem, ProblemItem, problem_items, problem_type

Given = TypeVar("Given")
Value = TypeVar("Value")


class ImgdiffError(Exception):
    """Something went wrong inside imgdiff."""

    slug = "internal"
    status: int = HTTPStatus.INTERNAL_SERVER_ERROR

    def __init_subclass__(cls, *, slug: str, status: int = HTTPStatus.INTERNAL_SERVER_ERROR) -> None:
        super().__init_subclass__()
        cls.slug, cls.status = slug, status

    def __init__(
        self,
        detail: str,
        *,
        errors: Iterable[ProblemItem] = (),
        retry_after: int | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.detail = detail
        self.errors = tuple(errors)
        self.retry_after = retry_after
        self.headers = headers or {}

    @classmethod
    def title(cls) -> str:
        """The problem's title: the first line of the class docstring."""
        return (cls.__doc__ or cls.__name__).strip().splitlines()[0]

    @classmethod
    def at(cls, pointer: str, code: str, detail: str) -> Self:
        """Build the error for one part of the request, by its JSON pointer."""
        return cls(f"{pointer}: {detail}", errors=[ProblemItem(pointer=pointer, detail=detail, code=code)])

    def problem(self, instance: str | None = None) -> Problem:
        """This error as an RFC 9457 document."""
        return Problem(
            type=problem_type(self.slug),
            title=self.title(),
            status=int(self.status),
            detail=self.detail,
            instance=instance,
            errors=self.errors,
        )

    def reply(self, path: str) -> tuple[dict[str, JsonValue], int, dict[str, str], str]:
        """The body, status, headers and media type of the answer to a request for this path."""
        wait = {} if self.retry_after is None else {"Retry-After": str(self.retry_after)}
        return (
            self.problem(path).model_dump(mode="json"),
            int(self.status),
            {**self.headers, **wait},
            PROBLEM_MEDIA_TYPE,
        )


class MalformedRequest(ImgdiffError, slug="malformed-request", status=HTTPStatus.BAD_REQUEST):
    """What arrived is no HTTP, or leaves open where the request ends."""


class InvalidRequest(ImgdiffError, slug="invalid-request", status=HTTPStatus.UNPROCESSABLE_ENTITY):
    """The request does not fit the contract."""

    @classmethod
    def of(cls, details: Sequence[ErrorDetails], prefix: str = "") -> Self:
        """Build the error from pydantic's; `prefix` is the JSON pointer of the validated value."""
        items = problem_items(details, prefix)
        return cls("; ".join(f"{item.pointer or '/'}: {item.detail}" for item in items), errors=items)

    @classmethod
    def of_request(cls, details: Sequence[ErrorDetails]) -> Self:
        """Build the error from FastAPI's, whose places in the body begin with `body`."""
        places = (detail["loc"][1:] if detail["loc"][:1] == ("body",) else detail["loc"] for detail in details)
        return cls.of([{**detail, "loc": place} for detail, place in zip(details, places, strict=True)])


def validate(parse: Callable[[Given], Value], given: Given, prefix: str = "") -> Value:
    """Parse what a client sent with a method of pydantic; raises InvalidRequest with a pointer to each error."""
    try:
        return parse(given)
    except ValidationError as error:
        raise InvalidRequest.of(error.errors(), prefix) from error


class InvalidImage(ImgdiffError, slug="invalid-image", status=HTTPStatus.UNPROCESSABLE_ENTITY):
    """The bytes are not an image that imgdiff accepts."""


class PayloadTooLarge(ImgdiffError, slug="payload-too-large", status=HTTPStatus.REQUEST_ENTITY_TOO_LARGE):
    """The request is larger than the limit."""


class RequestTimeout(ImgdiffError, slug="request-timeout", status=HTTPStatus.REQUEST_TIMEOUT):
    """The request did not arrive in time."""


class UnsupportedMediaType(ImgdiffError, slug="unsupported-media-type", status=HTTPStatus.UNSUPPORTED_MEDIA_TYPE):
    """The body has a media type or content coding that is not taken."""


class NotFound(ImgdiffError, slug="not-found", status=HTTPStatus.NOT_FOUND):
    """The resource does not exist."""


class Unauthorized(ImgdiffError, slug="unauthorized", status=HTTPStatus.UNAUTHORIZED):
    """The request needs a valid API key."""


class Forbidden(ImgdiffError, slug="forbidden", status=HTTPStatus.FORBIDDEN):
    """The request is not allowed."""


class MisdirectedRequest(ImgdiffError, slug="misdirected-request", status=HTTPStatus.MISDIRECTED_REQUEST):
    """The request names a host that this server does not answer for."""


class MethodNotAllowed(ImgdiffError, slug="method-not-allowed", status=HTTPStatus.METHOD_NOT_ALLOWED):
    """The resource does not support this method."""


class NotAcceptable(ImgdiffError, slug="not-acceptable", status=HTTPStatus.NOT_ACCEPTABLE):
    """None of the requested media types is available."""


class Conflict(ImgdiffError, slug="conflict", status=HTTPStatus.CONFLICT):
    """The request conflicts with the stored state."""


class PreconditionFailed(ImgdiffError, slug="precondition-failed", status=HTTPStatus.PRECONDITION_FAILED):
    """The resource is not the one that the client knows."""


class PreconditionRequired(ImgdiffError, slug="precondition-required", status=HTTPStatus.PRECONDITION_REQUIRED):
    """The request must say which state of the resource it changes."""


class IdempotencyMismatch(ImgdiffError, slug="idempotency-mismatch", status=HTTPStatus.UNPROCESSABLE_ENTITY):
    """The Idempotency-Key was already used with a different request."""


class IdempotencyInFlight(ImgdiffError, slug="idempotency-in-flight", status=HTTPStatus.CONFLICT):
    """The first request with this Idempotency-Key is still being processed."""


class QuotaExceeded(ImgdiffError, slug="quota-exceeded", status=HTTPStatus.TOO_MANY_REQUESTS):
    """The caller's quota is used up."""


class Overloaded(ImgdiffError, slug="temporary-reduced-capacity", status=HTTPStatus.SERVICE_UNAVAILABLE):
    """The server is at capacity; try again later."""


class ServiceUnavailable(ImgdiffError, slug="service-unavailable", status=HTTPStatus.SERVICE_UNAVAILABLE):
    """A service that the request needs is unreachable or not ready."""


class StageFailed(ImgdiffError, slug="stage-failed"):
    """A stage of the job failed."""


class JobFailed(ImgdiffError, slug="job-failed"):
    """The job did not succeed."""


class DeadlineExceeded(ImgdiffError, slug="deadline-exceeded", status=HTTPStatus.GATEWAY_TIMEOUT):
    """The deadline passed before the work was done."""


class WorkCancelled(ImgdiffError, slug="cancelled", status=499):
    """The work was cancelled."""


class WeightsUnavailable(ImgdiffError, slug="weights-unavailable", status=HTTPStatus.SERVICE_UNAVAILABLE):
    """A weight file is missing and cannot be fetched."""


class WeightsCorrupt(ImgdiffError, slug="weights-corrupt", status=HTTPStatus.SERVICE_UNAVAILABLE):
    """The digest of a weight file does not match the manifest."""


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds to wait by either form of Retry-After; None where it is missing or neither a number nor a date."""
    value = headers.get("Retry-After", "")
    if value.strip().isdecimal():
        return float(value)
    try:
        when = parsedate_to_datetime(value)
    except ValueError:
        return None
    aware = when if when.tzinfo is not None else when.replace(tzinfo=UTC)
    return max(0.0, (aware - datetime.now(UTC)).total_seconds())


def _tree(root: type[ImgdiffError]) -> Iterator[type[ImgdiffError]]:
    yield root
    for child in root.__subclasses__():
        yield from _tree(child)


def catalogue() -> dict[str, type[ImgdiffError]]:
    """Every problem type by its slug."""
    return {cls.slug: cls for cls in _tree(ImgdiffError)}
