"""Jobs: polled, listed, cancelled, followed."""

import hashlib
import math
from typing import Annotated

from fastapi import APIRouter, Header, Query, Response
from fastapi.responses import JSONResponse, StreamingResponse

from gateway.http import cursors, events
from gateway.http.deps import Cursor, PageSize, PartsDep
from gateway.http.problems import documented
from gateway.http.submissions import current
from gateway.store import jobs
from imgdiff.errors import InvalidRequest, NotFound
from imgdiff.jobs import Job, JobPage, JobState

router = APIRouter(prefix="/v1/jobs", tags=["jobs"])

_LONGEST_RETRY = 10
_EVENT_STREAM = {"text/event-stream": {"schema": {"type": "string", "description": "`data:` of each is a JobEvent."}}}


@router.get("")
def list_jobs(
    parts: PartsDep,
    page_size: PageSize,
    cursor: Cursor = None,
    state: Annotated[JobState | None, Query(description="Only jobs in this state.")] = None,
) -> JobPage:
    """All jobs, newest first, without their records."""
    start = None if cursor is None else cursors.sequence(cursor)
    with parts.database.reading() as session:
        found = jobs.before(session, start, page_size + 1, state)
    page = found[:page_size]
    following = cursors.encode(page[-1][0]) if len(found) > page_size else None
    return JobPage(jobs=tuple(job for _, job in page), next_cursor=following)


@router.get(
    "/{id}",
    response_model=Job,
    responses={304: {"description": "It has not moved since."}, **documented(NotFound)},
)
def read_job(
    id: str,  # noqa: A002  the name in the route
    parts: PartsDep,
    if_none_match: Annotated[str | None, Header()] = None,
) -> Response:
    """One job; while it is not final, Retry-After says when to ask again."""
    job = current(parts, id)
    headers = {"ETag": _tag(job), "Cache-Control": "no-cache"}
    if not job.final:
        headers["Retry-After"] = str(min(max(math.ceil(job.eta_seconds or 1), 1), _LONGEST_RETRY))
    if if_none_match is not None and headers["ETag"] in {tag.strip() for tag in if_none_match.split(",")}:
        return Response(status_code=304, headers=headers)
    return JSONResponse(job.model_dump(mode="json"), headers=headers)


@router.delete("/{id}", responses=documented(NotFound))
def cancel_job(id: str, parts: PartsDep) -> Job:  # noqa: A002  the name in the route
    """Cancel a job: work that runs is stopped. One that has ended stays as it is."""
    with parts.database.writing() as session:
        jobs.cancel(session, jobs.lock(session, id))
    return current(parts, id)


@router.get(
    "/{id}/events",
    response_class=StreamingResponse,
    responses={
        200: {"description": "The events.", "content": _EVENT_STREAM},
        204: {"description": "The job has ended and the client has all its events."},
        **documented(NotFound),
    },
)
def follow_job(
    id: str,  # noqa: A002  the name in the route
    parts: PartsDep,
    last_event_id: Annotated[str | None, Header(description="Replay what came after this event.")] = None,
) -> Response:
    """What happens to a job, as server-sent events, from the first or from after Last-Event-ID; ends with the job."""
    if last_event_id is not None and not (last_event_id.isdecimal() and len(last_event_id) <= 18):
        raise InvalidRequest.at("/header/Last-Event-ID", "last_event_id", "not an id of these events")
    after = int(last_event_id or 0)
    if events.ended_before(parts, id, after):
        return Response(status_code=204)
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return StreamingResponse(events.stream(parts, id, after), media_type="text/event-stream", headers=headers)


def _tag(job: Job) -> str:
    """Weak: it moves with the job, not with the estimate of when it will be done."""
    told = job.model_copy(update={"eta_seconds": None}).model_dump_json()
    return f'W/"{hashlib.sha256(told.encode()).hexdigest()[:32]}"'
