"""Maps responses and broken connections to the errors of `imgdiff.errors`."""

import httpx
from pydantic import ValidationError

from imgdiff.errors import (
    Conflict,
    DeadlineExceeded,
    Forbidden,
    ImgdiffError,
    JobFailed,
    NotFound,
    PayloadTooLarge,
    QuotaExceeded,
    ServiceUnavailable,
    Unauthorized,
    WorkCancelled,
    catalogue,
    retry_after,
)
from imgdiff.jobs import Job, JobState
from imgdiff.problems import Problem, problem_slug
from imgdiff.records import Record
from imgdiff.rules.thresholds import SWAPPED

Outcome = httpx.Response | httpx.TransportError

_BY_STATUS: dict[int, type[ImgdiffError]] = {
    401: Unauthorized,
    403: Forbidden,
    404: NotFound,
    413: PayloadTooLarge,
    429: QuotaExceeded,
    502: ServiceUnavailable,
    503: ServiceUnavailable,
    504: DeadlineExceeded,
}


def failure(outcome: Outcome, url: str) -> ImgdiffError:
    """The error for a failed response or a broken connection."""
    if isinstance(outcome, httpx.TransportError):
        broken = ServiceUnavailable(f"no response from {url}: {str(outcome) or type(outcome).__name__}")
        broken.__cause__ = outcome
        return broken
    wait = retry_after(outcome.headers)
    seconds = None if wait is None else round(wait)
    try:
        problem = Problem.model_validate_json(outcome.content)
    except ValidationError:
        error = _BY_STATUS.get(outcome.status_code, ImgdiffError)
        detail = f"{outcome.request.method} {outcome.request.url.path} returned {outcome.status_code}"
        return error(f"{detail} {outcome.reason_phrase}".strip(), retry_after=seconds)
    return from_problem(problem, seconds)


def from_problem(problem: Problem, seconds: int | None = None) -> ImgdiffError:
    """The error of a problem document; a plain ImgdiffError if this version does not know its type."""
    error = catalogue().get(problem_slug(problem.type), ImgdiffError)
    return error(problem.detail, errors=problem.errors, retry_after=seconds)


def only_record(job: Job) -> Record:
    """The record of a job's only pair; raises Conflict where it has none, as it repeats another one or is swapped."""
    if job.records:
        return job.records[0]
    if any(reason.code == SWAPPED for pair in job.rejected for reason in pair.reasons):
        advice = "swap them, or compare them under the policy `describe`"
        raise Conflict(f"what is claimed of the images fits them swapped, so `curate` keeps no record; {advice}")
    repeated = [reason.record for pair in job.rejected for reason in pair.reasons if reason.record is not None]
    if not repeated:
        raise JobFailed(f"{job.id} has no record")
    advice = "compare it under the policy `describe`, or in another dataset, to have its own"
    raise Conflict(f"the pair repeats {repeated[0]}, so `curate` keeps no record of it; {advice}")


def require_success(job: Job) -> Job:
    """Return the job if it succeeded; otherwise raise its error."""
    match job.state:
        case JobState.SUCCEEDED:
            return job
        case JobState.CANCELLED:
            raise WorkCancelled(f"{job.id} was cancelled")
        case JobState.EXPIRED:
            raise DeadlineExceeded(job.error.detail if job.error else f"{job.id} missed its deadline")
        case JobState.FAILED if job.error is not None:
            raise from_problem(job.error)
        case _:
            raise JobFailed(f"{job.id} is {job.state}")
