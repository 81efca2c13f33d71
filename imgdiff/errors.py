"""Every error that imgdiff returns: one class for each problem type, shared by gateway, services and client."""

from collections.abc import Iterable, Iterator, Sequence
from http import HTTPStatus
from typing import Self

from pydantic_core import ErrorDetails

from imgdiff.problems import Problem, ProblemItem, problem_items, problem_type


class ImgdiffError(Exception):
    """Something went wrong inside imgdiff."""

    slug = "internal"
    status: int = HTTPStatus.INTERNAL_SERVER_ERROR

    def __init__(self, detail: str, *, errors: Iterable[ProblemItem] = (), retry_after: int | None = None) -> None:
        super().__init__(detail)
        self.detail = detail
        self.errors = tuple(errors)
        self.retry_after = retry_after

    @classmethod
    def title(cls) -> str:
        """The problem's title: the first line of the class docstring."""
        return (cls.__doc__ or cls.__name__).strip().splitlines()[0]

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


class InvalidRequest(ImgdiffError):
    """The request does not fit the contract."""

    slug = "invalid-request"
    status = HTTPStatus.UNPROCESSABLE_ENTITY

    @classmethod
    def of(cls, details: Sequence[ErrorDetails], prefix: str = "") -> Self:
        """Build the error from pydantic's; `prefix` is the JSON pointer of the validated value."""
        items = problem_items(details, prefix)
        return cls("; ".join(f"{item.pointer or '/'}: {item.detail}" for item in items), errors=items)

    @classmethod
    def at(cls, pointer: str, code: str, detail: str) -> Self:
        """Build the error for one field."""
        return cls(f"{pointer}: {detail}", errors=[ProblemItem(pointer=pointer, detail=detail, code=code)])


class InvalidImage(ImgdiffError):
    """The bytes are not an image that imgdiff accepts."""

    slug = "invalid-image"
    status = HTTPStatus.UNPROCESSABLE_ENTITY


class PayloadTooLarge(ImgdiffError):
    """The request is larger than the limit."""

    slug = "payload-too-large"
    status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE


class NotFound(ImgdiffError):
    """The resource does not exist."""

    slug = "not-found"
    status = HTTPStatus.NOT_FOUND


class MethodNotAllowed(ImgdiffError):
    """The resource does not support this method."""

    slug = "method-not-allowed"
    status = HTTPStatus.METHOD_NOT_ALLOWED


class NotAcceptable(ImgdiffError):
    """None of the requested media types is available."""

    slug = "not-acceptable"
    status = HTTPStatus.NOT_ACCEPTABLE


class Conflict(ImgdiffError):
    """The request conflicts with the stored state."""

    slug = "conflict"
    status = HTTPStatus.CONFLICT


class IdempotencyMismatch(ImgdiffError):
    """The Idempotency-Key was already used with a different request."""

    slug = "idempotency-mismatch"
    status = HTTPStatus.UNPROCESSABLE_ENTITY


class IdempotencyInFlight(ImgdiffError):
    """The first request with this Idempotency-Key is still being processed."""

    slug = "idempotency-in-flight"
    status = HTTPStatus.CONFLICT


class QuotaExceeded(ImgdiffError):
    """The caller's quota is used up."""

    slug = "quota-exceeded"
    status = HTTPStatus.TOO_MANY_REQUESTS


class Overloaded(ImgdiffError):
    """The server is at capacity; try again later."""

    slug = "temporary-reduced-capacity"
    status = HTTPStatus.SERVICE_UNAVAILABLE


class ServiceUnavailable(ImgdiffError):
    """A service that the request needs is unreachable or not ready."""

    slug = "service-unavailable"
    status = HTTPStatus.SERVICE_UNAVAILABLE


class StageFailed(ImgdiffError):
    """A stage of the job failed."""

    slug = "stage-failed"


class JobFailed(ImgdiffError):
    """The job did not succeed."""

    slug = "job-failed"


class DeadlineExceeded(ImgdiffError):
    """The deadline passed before the work was done."""

    slug = "deadline-exceeded"
    status = HTTPStatus.GATEWAY_TIMEOUT


class WorkCancelled(ImgdiffError):
    """The work was cancelled."""

    slug = "cancelled"
    status = 499


class WeightsUnavailable(ImgdiffError):
    """A weight file is missing and cannot be fetched."""

    slug = "weights-unavailable"
    status = HTTPStatus.SERVICE_UNAVAILABLE


class WeightsCorrupt(ImgdiffError):
    """The digest of a weight file does not match the manifest."""

    slug = "weights-corrupt"
    status = HTTPStatus.SERVICE_UNAVAILABLE


def _tree(root: type[ImgdiffError]) -> Iterator[type[ImgdiffError]]:
    yield root
    for child in root.__subclasses__():
        yield from _tree(child)


def catalogue() -> dict[str, type[ImgdiffError]]:
    """Every problem type by its slug."""
    return {cls.slug: cls for cls in _tree(ImgdiffError)}
