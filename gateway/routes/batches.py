"""Batches: many requests in one file of JSON lines, worked off behind single requests.

Uploads go on where they broke off with the fields of the IETF's draft "Resumable Uploads for HTTP" (version 09):
`Upload-Complete`, `Upload-Offset`, and PATCH with what is left.
"""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Header, Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import StreamingResponse

from gateway.batches.endings import cancel
from gateway.batches.intake import Intake, Receiver, require_position
from gateway.batches.view import ReadPage, stream, view
from gateway.cloudevents.rendering import batch_ended
from gateway.cloudevents.replies import (
    VARY,
    event_content,
    events_content,
    to_list,
    to_reply,
    wants_event,
    wants_events,
)
from gateway.http import cursors
from gateway.http.deps import AppState, Cursor, IdempotencyKey, PageSize, StateDep, claim
from gateway.http.intake.multipart import refuse_type
from gateway.http.problems import error_responses
from gateway.http.rendering import Json
from gateway.http.streams import ClosingResponse
from gateway.http.threads import run_in_store
from gateway.store.batches import batches, lines
from gateway.store.batches.values import StoredBatch
from gateway.store.database import Session
from gateway.store.idempotency import Answer, answer_once
from imgdiff.batches.documents import Batch, BatchPage, BatchState
from imgdiff.cloudevents.documents import BatchCloudEvent
from imgdiff.errors import (
    Conflict,
    IdempotencyInFlight,
    IdempotencyMismatch,
    InvalidRequest,
    NotFound,
    PayloadTooLarge,
    UnsupportedMediaType,
)

router = APIRouter(prefix="/v1/batches", tags=["batches"])

_LINE_TYPES = frozenset(
    {
        *("application/jsonl", "application/x-jsonl", "application/jsonlines", "application/x-jsonlines"),
        *("application/ndjson", "application/x-ndjson", "application/partial-upload"),
        "",  # browsers that send bytes without a type name their page in `Origin`, which is checked
    }
)
_LINES = {"schema": {"type": "string", "description": "A BatchLine on every line."}}
_BODY = {"required": False, "content": {"application/jsonl": _LINES}}
_PART = {"required": True, "content": {"application/partial-upload": _LINES}}
_POSITION = {
    "Upload-Offset": {"description": "Bytes of whole lines stored.", "schema": {"type": "integer"}},
    "Upload-Complete": {"description": "`?1` once the file is whole, else `?0`.", "schema": {"type": "string"}},
}
_COMPLETE = {"?1": True, "?0": False}  # a boolean of RFC 9651
Complete = Annotated[
    Literal["?0", "?1"], Header(description="`?1` where the body ends the file, `?0` where more will follow.")
]


def _jsonl(what: str) -> dict[int | str, dict[str, Any]]:
    lines_of = {"schema": {"type": "string", "description": f"A {what} on every line."}}
    content = {"application/jsonl": lines_of}
    return {200: {"description": "The lines.", "content": content}, **error_responses(NotFound)}


@router.post(
    "",
    status_code=201,
    response_model=Batch,
    openapi_extra={"requestBody": _BODY},
    responses={
        201: {"description": "The batch.", "headers": _POSITION},
        **error_responses(
            IdempotencyInFlight, PayloadTooLarge, UnsupportedMediaType, InvalidRequest, IdempotencyMismatch
        ),
    },
)
async def create_batch(
    request: Request, state: StateDep, key: IdempotencyKey, upload_complete: Complete = "?1"
) -> Response:
    """Submit a file of JSON lines, or its beginning; its lines run once it is whole. Bad lines are rejected alone.

    With an Idempotency-Key, a request that broke off may be repeated from its start: what is stored is compared, not
    stored again.
    """
    _check_type(request)
    batch, known = await run_in_store(_create, state, key)
    receiver = Receiver(_intake(state), batch, known)
    try:
        stored = await receiver.receive(request.stream(), complete=_COMPLETE[upload_complete])
    except Conflict as error:  # two requests with this key
        raise IdempotencyInFlight(
            f"the first request with this key still arrives: {error.detail}", retry_after=1
        ) from error
    except Exception:
        if key is None:
            await run_in_store(_discard, state, batch)  # nobody knows its address
        raise
    return await run_in_threadpool(_reply, state, stored, 201)


@router.get(
    "",
    response_model=BatchPage,
    responses={200: {"description": "The page.", "content": events_content(BatchCloudEvent)}},
)
def list_batches(request: Request, state: StateDep, page_size: PageSize, cursor: Cursor = None) -> Response:
    """All batches, newest first; or the ends of those that have ended as CloudEvents."""
    start, with_events = None if cursor is None else cursors.sequence(cursor), wants_events(request)
    with state.database.reading() as session:
        found = batches.before(session, start, page_size + 1, state.tenant)
        page = tuple(view(session, batch, with_errors=with_events) for batch in found[:page_size])
    following = cursors.encode(found[page_size - 1].sequence) if len(found) > page_size else None
    if with_events:
        ended = (batch for batch in page if batch.final)
        return to_list([batch_ended(batch, state.settings.event_source) for batch in ended], request, following)
    document = BatchPage(batches=page, next_cursor=following).model_dump_json()
    return Response(document, media_type="application/json", headers=VARY)


@router.get(
    "/{id}",
    response_model=Batch,
    responses={
        200: {"description": "The batch.", "headers": _POSITION, "content": event_content(BatchCloudEvent)},
        **error_responses(NotFound),
    },
)
def read_batch(id: str, state: StateDep, accept: Annotated[str | None, Header()] = None) -> Response:  # noqa: A002
    """One batch with its counts and the first errors; or its end as a CloudEvent, which is not found before."""
    batch = _find(state, id)
    if not wants_event(accept):
        return _reply(state, batch, 200)
    with state.database.reading() as session:
        return to_reply(batch_ended(view(session, batch), state.settings.event_source))


@router.head(
    "/{id}",
    response_class=Response,
    responses={200: {"description": "The position of the upload.", "headers": _POSITION}, **error_responses(NotFound)},
)
def read_position(id: str, state: StateDep) -> Response:  # noqa: A002  the name in the route
    """Where the upload of a batch's file goes on."""
    return Response(headers={**_position(_find(state, id)), "Cache-Control": "no-store"})


@router.patch(
    "/{id}",
    response_model=Batch,
    openapi_extra={"requestBody": _PART},
    responses={
        200: {"description": "The batch.", "headers": _POSITION},
        **error_responses(NotFound, Conflict, PayloadTooLarge, UnsupportedMediaType, InvalidRequest),
    },
)
async def append_to_batch(
    id: str,  # noqa: A002  the name in the route
    request: Request,
    state: StateDep,
    upload_offset: Annotated[int, Header(ge=0, lt=2**53, description="Where the body belongs in the file, in bytes.")],
    upload_complete: Complete,
) -> Response:
    """Append to a batch's file. The body is stored up to its last whole line; `Upload-Offset` tells where to go on."""
    _check_type(request)
    batch = require_position(await run_in_threadpool(_find, state, id), upload_offset)
    receiver = Receiver(_intake(state), batch)
    stored = await receiver.receive(request.stream(), complete=_COMPLETE[upload_complete])
    return await run_in_threadpool(_reply, state, stored, 200)


@router.delete(
    "/{id}",
    response_model=Batch,
    responses={
        200: {"description": "The cancelled batch."},
        204: {"description": "The batch is deleted."},
        **error_responses(NotFound, Conflict),
    },
)
def cancel_batch(
    id: str,  # noqa: A002  the name in the route
    state: StateDep,
    forget: Annotated[bool, Query(description="Delete a batch that has ended, instead.")] = False,
) -> Response:
    """Cancel a batch: lines that have ended keep their output, jobs that run are stopped, the rest is not started.

    With `forget`, a batch that has ended is deleted with its lines, their output and errors; its jobs and records stay.
    Nothing else deletes a batch. The answer comes when all is gone; repeated, it goes on.
    """
    if forget:
        with state.database.writing() as session:
            sequence = batches.begin_deletion(session, id)
        _delete_lines(state, sequence)
        return Response(status_code=204)
    cancelled = cancel(state.database, state.jobs.cancel, id)
    with state.database.reading() as session:
        return Json(view(session, cancelled).model_dump(mode="json"))


@router.get("/{id}/output", response_class=StreamingResponse, responses=_jsonl("BatchOutput"))
def read_output(id: str, state: StateDep) -> Response:  # noqa: A002  the name in the route
    """The lines whose job has succeeded so far, in the order of the file."""
    return _stream(state, id, lines.outputs)


@router.get("/{id}/errors", response_class=StreamingResponse, responses=_jsonl("BatchError"))
def read_errors(id: str, state: StateDep) -> Response:  # noqa: A002  the name in the route
    """The lines that were rejected or whose job has failed so far, in the order of the file."""
    return _stream(state, id, lines.errors)


def _stream(state: AppState, batch_id: str, read_page: ReadPage) -> Response:
    batch = _find(state, batch_id)
    return ClosingResponse(stream(state.database, batch, read_page), media_type="application/jsonl")


def _check_type(request: Request) -> None:
    refuse_type(request, _LINE_TYPES, "the JSON lines themselves as application/jsonl, not a form")


def _intake(state: AppState) -> Intake:
    return Intake(state.settings, state.database, state.uploads)


def _create(state: AppState, key: str | None) -> tuple[StoredBatch, int]:
    """A new batch, or the one of an earlier request with this key and how much of it is stored."""

    def create(session: Session) -> Answer:
        return Answer(201, {"id": batches.create(session, state.tenant).id})

    answer = answer_once(state.database, claim(state, key, "POST /v1/batches", None), create)
    batch = _find(state, str(answer.body["id"]))
    return batch, batch.received if answer.replayed else 0


def _discard(state: AppState, batch: StoredBatch) -> None:
    with state.database.writing() as session:
        batches.discard(session, batch)
    _delete_lines(state, batch.sequence)


def _delete_lines(state: AppState, sequence: int) -> None:
    """Delete a hidden batch in short transactions."""
    more = True
    while more:
        with state.database.writing() as session:
            more = batches.delete_some(session, sequence)


def _find(state: AppState, batch_id: str) -> StoredBatch:
    with state.database.reading() as session:
        return batches.find(session, batch_id)


def _reply(state: AppState, batch: StoredBatch, status: int) -> Response:
    with state.database.reading() as session:
        document = view(session, batch)
    headers = {**_position(batch), "Cache-Control": "no-cache", **VARY}
    if status == 201:
        headers["Location"] = document.links.self
    return Json(document.model_dump(mode="json"), status, headers)


def _position(batch: StoredBatch) -> dict[str, str]:
    whole = "?0" if batch.state is BatchState.RECEIVING else "?1"
    return {"Upload-Offset": str(batch.received), "Upload-Complete": whole}
