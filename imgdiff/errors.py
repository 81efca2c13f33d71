"""Every error imgdiff can answer with; one class per problem type, shared by gateway, services and client."""

from collections.abc import Iterable, Iterator, Sequence
from http import HTTPStatus
from typing import Self

from pydantic_core import ErrorDetails

from imgdiff.problems import Problem, ProblemItem, problem_items, problem_type


class ImgdiffError(Exception):
    """Something went wrong that imgdiff can name."""

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
        """From pydantic's complaints; `prefix` is the JSON pointer of what was validated."""
        items = problem_items(details, prefix)
        return cls("; ".join(f"{item.pointer or '/'}: {item.detail}" for item in items), errors=items)

    @classmethod
    def at(cls, pointer: str, code: str, detail: str) -> Self:
        """One complaint about one place."""
        return cls(f"{pointer}: {detail}", errors=[ProblemItem(pointer=pointer, detail=detail, code=code)])


class InvalidImage(ImgdiffError):
    """The bytes are not an image that imgdiff takes."""

    slug = "invalid-image"
    status = HTTPStatus.UNPROCESSABLE_ENTITY


class PayloadTooLarge(ImgdiffError):
    """The request is larger than the limit."""

    slug = "payload-too-large"
    status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE


class NotFound(ImgdiffError):
    """There is no such thing here."""

    slug = "not-found"
    status = HTTPStatus.NOT_FOUND


class MethodNotAllowed(ImgdiffError):
    """The route exists, the method does not."""

    slug = "method-not-allowed"
    status = HTTPStatus.METHOD_NOT_ALLOWED


class NotAcceptable(ImgdiffError):
    """None of the media types asked for can be produced."""

    slug = "not-acceptable"
    status = HTTPStatus.NOT_ACCEPTABLE


class Conflict(ImgdiffError):
    """The request conflicts with what is stored."""

    slug = "conflict"
    status = HTTPStatus.CONFLICT


class IdempotencyMismatch(ImgdiffError):
    """The Idempotency-Key was used before with another request."""

    slug = "idempotency-mismatch"
    status = HTTPStatus.UNPROCESSABLE_ENTITY


class IdempotencyInFlight(ImgdiffError):
    """The first request with this Idempotency-Key is still being answered."""

    slug = "idempotency-in-flight"
    status = HTTPStatus.CONFLICT


class QuotaExceeded(ImgdiffError):
    """The caller's quota is used up."""

    slug = "quota-exceeded"
    status = HTTPStatus.TOO_MANY_REQUESTS


class Overloaded(ImgdiffError):
    """Our capacity is used up for the moment."""

    slug = "temporary-reduced-capacity"
    status = HTTPStatus.SERVICE_UNAVAILABLE


class ServiceUnavailable(ImgdiffError):
    """A service that the work needs cannot be reached or is not ready."""

    slug = "service-unavailable"
    status = HTTPStatus.SERVICE_UNAVAILABLE


class StageFailed(ImgdiffError):
    """A stage of the job could not be finished."""

    slug = "stage-failed"


class JobFailed(ImgdiffError):
    """The job did not succeed."""

    slug = "job-failed"


class DeadlineExceeded(ImgdiffError):
    """The time allowed was used up before the work was done."""

    slug = "deadline-exceeded"
    status = HTTPStatus.GATEWAY_TIMEOUT


class WorkCancelled(ImgdiffError):
    """The caller no longer wants the result."""

    slug = "cancelled"
    status = 499


class WeightsUnavailable(ImgdiffError):
    """A weight file is missing and may not or cannot be fetched."""

    slug = "weights-unavailable"
    status = HTTPStatus.SERVICE_UNAVAILABLE


class WeightsCorrupt(ImgdiffError):
    """A weight file's digest is not the one in the manifest."""

    slug = "weights-corrupt"
    status = HTTPStatus.SERVICE_UNAVAILABLE


def _tree(root: type[ImgdiffError]) -> Iterator[type[ImgdiffError]]:
    yield root
    for child in root.__subclasses__():
        yield from _tree(child)


def catalogue() -> dict[str, type[ImgdiffError]]:
    """Every problem type by its slug."""
    return {cls.slug: cls for cls in _tree(ImgdiffError)}
