"""Finished records, with a preview and the marked images of the question of each."""

from typing import Annotated, Literal

from fastapi import APIRouter, Header, Query, Response
from PIL import Image

from gateway.cloudevents.rendering import record_created
from gateway.cloudevents.replies import VARY, event_content, to_reply, wants_event
from gateway.counts.keeper import take_back
from gateway.http.deps import StateDep
from gateway.http.negotiation import choose
from gateway.http.problems import error_responses
from gateway.preview import MEDIA_TYPES, draw_preview, encode
from gateway.store import records
from gateway.store.retention import deletion
from gateway.store.reviews import events
from imgdiff.cloudevents.documents import RecordCloudEvent
from imgdiff.errors import Conflict, NotAcceptable, NotFound
from imgdiff.images import RGB, decode_pair, join_images, mark_box
from imgdiff.records import Record

router = APIRouter(prefix="/v1/records", tags=["records"])

_PICTURE = {"schema": {"type": "string", "format": "binary"}}


@router.get(
    "/{id}",
    response_model=Record,
    responses={
        200: {"description": "The record.", "content": event_content(RecordCloudEvent)},
        **error_responses(NotFound),
    },
)
def read_record(id: str, state: StateDep, accept: Annotated[str | None, Header()] = None) -> Response:  # noqa: A002
    """One record, or its creation as a CloudEvent. The ETag is its `review.revision` in quotes."""
    if wants_event(accept):
        return to_reply(record_created(_find(id, state), state.settings.event_source))
    with state.database.reading() as session:
        found = events.read(session, id)
    return Response(found.text, media_type="application/json", headers={**VARY, "ETag": f'"{found.revision}"'})


@router.delete("/{id}", status_code=204, responses=error_responses(NotFound, Conflict))
def delete_record(id: str, state: StateDep) -> Response:  # noqa: A002  the name in the route
    """Delete a record with the results of its stages; funnels and statistics no longer count it.

    Refused while its job runs or a version of the dataset names it. Its images stay until `POST /v1/assets/prune`.
    """
    with state.database.writing() as session:
        take_back(session, id)
        deletion.delete_record(session, id)
    return Response(status_code=204)


Side = Annotated[
    Literal["left", "right"] | None, Query(description="One image; both, joined by a black bar, without it.")
]


@router.get(
    "/{id}/question",
    response_class=Response,
    responses={
        200: {"description": "The picture.", "content": dict.fromkeys(MEDIA_TYPES, _PICTURE)},
        **error_responses(NotFound, NotAcceptable),
    },
)
def read_question(
    id: str,  # noqa: A002  the name in the route
    state: StateDep,
    side: Side = None,
    accept: Annotated[str | None, Header()] = None,
) -> Response:
    """The images of a record's question, in its order, with its box in red. PNG, JPEG or WebP."""
    media_type = choose(accept, tuple(MEDIA_TYPES))
    record = _find(id, state)
    question = record.question
    if question is None or question.box is None:
        raise NotFound(f"the record {id!r} has no question with a box; removals and additions have one")
    left, right = (mark_box(image, question.box) for image in _read_images(record, state))
    if question.left == "image2":
        left, right = right, left
    picture = {"left": left, "right": right}[side] if side is not None else join_images(left, right)
    return _reply(Image.fromarray(picture), media_type)


@router.get(
    "/{id}/preview",
    response_class=Response,
    responses={
        200: {"description": "The picture.", "content": dict.fromkeys(MEDIA_TYPES, _PICTURE)},
        **error_responses(NotFound, NotAcceptable),
    },
)
def read_preview(id: str, state: StateDep, accept: Annotated[str | None, Header()] = None) -> Response:  # noqa: A002
    """A picture of the pair side by side with kept regions boxed and numbered, captions below. PNG, JPEG or WebP."""
    media_type = choose(accept, tuple(MEDIA_TYPES))
    record = _find(id, state)
    return _reply(draw_preview(record, *_read_images(record, state)), media_type)


def _find(record_id: str, state: StateDep) -> Record:
    with state.database.reading() as session:
        return records.get(session, record_id)


def _read_images(record: Record, state: StateDep) -> tuple[RGB, RGB]:
    data1, data2 = (state.assets.get(side.asset) for side in (record.image1, record.image2))
    image1, image2, _ = decode_pair(data1, data2, state.settings.limits, ("/image1/asset", "/image2/asset"))
    return image1, image2


def _reply(picture: Image.Image, media_type: str) -> Response:
    headers = {"Vary": "Accept", "Cache-Control": "private, max-age=60"}
    return Response(encode(picture, media_type), media_type=media_type, headers=headers)
