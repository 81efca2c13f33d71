"""Reviews of records: what people think of them, with their history."""

from collections.abc import Collection
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Response

from gateway.http import cursors
from gateway.http.deps import AppState, Cursor, PageSize, StateDep
from gateway.http.intake.json_bodies import describe_json, json_body
from gateway.http.problems import error_responses
from gateway.http.protocol.conditions import IfMatch, parse_tags
from gateway.store.access import keys
from gateway.store.database import Session
from gateway.store.reviews import events
from gateway.store.reviews.events import Reviewed
from imgdiff.datasets import ReviewPage
from imgdiff.errors import (
    Conflict,
    InvalidRequest,
    NotFound,
    PreconditionFailed,
    PreconditionRequired,
    UnsupportedMediaType,
)
from imgdiff.records import Record
from imgdiff.reviews.documents import ANONYMOUS, RecordPatch

router = APIRouter(prefix="/v1/records", tags=["records"])

_Patch = Annotated[RecordPatch, Depends(json_body(RecordPatch))]


@router.patch(
    "/{id}",
    response_model=Record,
    openapi_extra=describe_json(RecordPatch),
    responses=error_responses(NotFound, Conflict, PreconditionFailed, PreconditionRequired, UnsupportedMediaType),
)
def review_record(id: str, patch: _Patch, state: StateDep, if_match: IfMatch) -> Response:  # noqa: A002  the name in the route
    """Accept, reject or correct a record, or rate it: a JSON merge patch of your own review of it.

    `If-Match` has the record's `ETag`, its `review.revision` in quotes, so that nobody reviews what has changed since
    they looked. What the models said stays as it is. A request that is repeated as the last thing that happened to the
    record gets its answer again. `DELETE /v1/records/{id}/reviews/{number}` takes a review back.
    """
    if if_match is None:
        raise PreconditionRequired("send `If-Match` with the record's ETag, so that no newer review is overlooked")
    with state.database.writing() as session:
        reviewer = _name_reviewer(session, state, patch.review.reviewer)
        return _reply(events.add(session, id, patch.review, reviewer, _revisions(if_match)))


@router.get("/{id}/reviews", responses=error_responses(NotFound))
def list_reviews(id: str, state: StateDep, page_size: PageSize, cursor: Cursor = None) -> ReviewPage:  # noqa: A002
    """The history of a record's reviews, oldest first: who, when, what before and after."""
    start = cursors.sequence(cursor)
    with state.database.reading() as session:
        found = events.after(session, id, start, page_size + 1)
    page, more = cursors.cut(found, page_size)
    return ReviewPage(reviews=page, next_cursor=more)


@router.delete(
    "/{id}/reviews/{number}", response_model=Record, responses=error_responses(NotFound, Conflict, PreconditionFailed)
)
def undo_review(
    id: str,  # noqa: A002  the name in the route
    number: Annotated[int, Path(ge=1, le=10**9, description="Number of the review.")],
    state: StateDep,
    if_match: IfMatch,
) -> Response:
    """Take a review back, which must be its reviewer's newest one: the one before stands again.

    Nothing is erased: this is one more event. With API keys only the key of the same name can do it.
    """
    with state.database.writing() as session:
        reviewer = None if state.key is None else keys.find(session, state.key).name
        known = None if if_match is None else _revisions(if_match)
        return _reply(events.undo(session, id, number, reviewer, known))


def _name_reviewer(session: Session, state: AppState, given: str | None) -> str:
    """Who reviews: the name of the key; without keys whoever they say they are. Raises InvalidRequest."""
    if state.key is None:
        return given or ANONYMOUS
    name = keys.find(session, state.key).name
    if given not in (None, name):
        detail = f"with your key you are {name!r}; leave it out"
        raise InvalidRequest.at("/review/reviewer", "reviewer", detail)
    return name


def _revisions(if_match: str) -> Collection[int] | None:
    """The revisions that `If-Match` names; null for any. Weak tags name none."""
    if if_match.strip() == "*":
        return None
    tags = [tag[1:-1] for tag in parse_tags(if_match) if not tag.startswith("W/")]
    return {int(tag) for tag in tags if tag.isascii() and tag.isdecimal() and len(tag) < 10}


def _reply(reviewed: Reviewed) -> Response:
    return Response(reviewed.text, media_type="application/json", headers={"ETag": f'"{reviewed.revision}"'})
