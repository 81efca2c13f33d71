"""Jobs: read, listed, cancelled, followed by their events."""

import hashlib
import math
import re
from typing import Annotated

from fastapi import APIRouter, Header, Query, Request, Response
from fastapi.responses import StreamingResponse

from gateway.cloudevents.rendering import job_changed
from gateway.cloudevents.replies import (
    VARY,
    event_content,
    events_content,
    to_list,
    to_reply,
    wants_event,
    wants_events,
)
from gateway.http import cursors, events
from gateway.http.deps import AppState, Cursor, PageSize, StateDep
from gateway.http.problems import error_responses
from gateway.http.protocol.conditions import IfNoneMatch, matches_weakly
from gateway.http.rendering import Json
from gateway.http.streams import ClosingResponse
from gateway.pipeline.job_history import last_states
from gateway.pipeline.job_view import views
from gateway.store.jobs import jobs
from gateway.store.values import Event
from imgdiff.cloudevents.documents import JobCloudEvent
from imgdiff.errors import InvalidRequest, NotFound
from imgdiff.jobs import Job, JobPage, JobState

router = APIRouter(prefix="/v1/jobs", tags=["jobs"])

_EVENT_ID = re.compile("[0-9]{1,18}")
_MAX_RETRY_SECONDS = 10  # Retry-After of a job that is not final; chosen, not measured
_EVENT = {
    "type": "object",
    "description": "One of the events.",
    "required": ["id", "event", "data"],
    "properties": {
        "id": {"type": "string", "description": "For Last-Event-ID."},
        "event": {"type": "string", "enum": ["state", "stage"], "description": "The `type` of the JobEvent."},
        "data": {
            "type": "string",
            "description": "A JobEvent.",
            "contentMediaType": "application/json",
            "contentSchema": {"$ref": "#/components/schemas/JobEvent"},
        },
    },
}
_EVENT_STREAM = {"text/event-stream": {"schema": _EVENT}}


@router.get(
    "", response_model=JobPage, responses={200: {"description": "The page.", "content": events_content(JobCloudEvent)}}
)
def list_jobs(
    request: Request,
    gateway: StateDep,
    page_size: PageSize,
    cursor: Cursor = None,
    state: Annotated[JobState | None, Query(description="Only jobs in this state.")] = None,
) -> Response:
    """All jobs, newest first, without their records; or the last state of each as CloudEvents."""
    start = None if cursor is None else cursors.sequence(cursor)
    with gateway.database.reading() as session:
        found = jobs.before(session, start, page_size + 1, state, gateway.tenant)
        following = cursors.encode(found[page_size - 1].sequence) if len(found) > page_size else None
        if wants_events(request):
            last = last_states(session, found[:page_size])
            changed = (last[job.id] for job in found[:page_size] if job.id in last)
            return to_list([job_changed(one, gateway.settings.event_source) for one in changed], request, following)
        page = JobPage(jobs=views(session, found[:page_size]), next_cursor=following)
    return Response(page.model_dump_json(), media_type="application/json", headers=VARY)


@router.get(
    "/{id}",
    response_model=Job,
    responses={
        200: {"description": "The job.", "content": event_content(JobCloudEvent)},
        304: {"description": "The job has not changed since."},
        **error_responses(NotFound),
    },
)
def read_job(
    id: str,  # noqa: A002  the name in the route
    state: StateDep,
    if_none_match: IfNoneMatch,
    accept: Annotated[str | None, Header()] = None,
) -> Response:
    """One job; while it is not final, Retry-After gives the time to poll again. Or its last state as a CloudEvent."""
    if wants_event(accept):
        return to_reply(job_changed(_last_state(state, id), state.settings.event_source), {"Cache-Control": "no-cache"})
    job = state.jobs.read(id)
    headers = {"ETag": _tag(job), "Cache-Control": "no-cache", **VARY}
    if not job.final:
        headers["Retry-After"] = str(min(max(math.ceil(job.eta_seconds or 1), 1), _MAX_RETRY_SECONDS))
    if matches_weakly(if_none_match, headers["ETag"]):
        return Response(status_code=304, headers=headers)
    return Json(job.model_dump(mode="json"), headers=headers)


@router.delete("/{id}", responses=error_responses(NotFound))
def cancel_job(id: str, state: StateDep) -> Job:  # noqa: A002  the name in the route
    """Cancel a job and stop its running work. A job that has ended stays as it is."""
    return state.jobs.cancel(id)


@router.get(
    "/{id}/events",
    response_class=StreamingResponse,
    responses={
        200: {"description": "The events.", "content": {**_EVENT_STREAM, **events_content(JobCloudEvent)}},
        204: {"description": "The job has ended and the client has all its events."},
        **error_responses(NotFound),
    },
)
def follow_job(
    id: str,  # noqa: A002  the name in the route
    request: Request,
    state: StateDep,
    last_event_id: Annotated[
        str | None,
        Header(
            description="Replay the events after this one.", json_schema_extra={"pattern": f"^{_EVENT_ID.pattern}$"}
        ),
    ] = None,
) -> Response:
    """The events of a job as server-sent events, from the first or after Last-Event-ID, until the job ends.

    Or those that have happened so far as CloudEvents.
    """
    if last_event_id is not None and not _EVENT_ID.fullmatch(last_event_id):
        raise InvalidRequest.at("/header/Last-Event-ID", "last_event_id", "not the id of an event of this stream")
    after = events.limit_to_past(state.database, id, int(last_event_id or 0))
    if events.is_complete(state.database, id, after):
        return Response(status_code=204)
    if wants_events(request, "text/event-stream"):
        happened = events.read(state.database, id, after)
        return to_list([job_changed(one, state.settings.event_source) for one in happened], request)
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no", **VARY}
    return ClosingResponse(events.stream(state.database, id, after), media_type="text/event-stream", headers=headers)


def _last_state(gateway: AppState, job_id: str) -> Event:
    """Raises NotFound for an unknown job, and where the events of a job are gone."""
    with gateway.database.reading() as session:
        found = last_states(session, [jobs.find(session, job_id)])
    if job_id not in found:
        raise NotFound(f"the job {job_id!r} has no event")
    return found[job_id]


def _tag(job: Job) -> str:
    """Weak: it changes with the job, not with the estimate of its end."""
    document = job.model_copy(update={"eta_seconds": None}).model_dump_json()
    return f'W/"{hashlib.sha256(document.encode()).hexdigest()[:32]}"'
