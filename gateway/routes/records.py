"""Finished records, and a preview picture of each."""

from typing import Annotated

from fastapi import APIRouter, Header, Response

from gateway.http.deps import StateDep
from gateway.http.negotiation import choose
from gateway.http.problems import error_responses
from gateway.preview import MEDIA_TYPES, draw_preview, encode
from gateway.store import records
from imgdiff.errors import NotAcceptable, NotFound
from imgdiff.images import decode_pair
from imgdiff.records import Record

router = APIRouter(prefix="/v1/records", tags=["records"])

_PICTURE = {"schema": {"type": "string", "format": "binary"}}


@router.get("/{id}", responses=error_responses(NotFound))
def read_record(id: str, state: StateDep) -> Record:  # noqa: A002  the name in the route
    """One record."""
    with state.database.reading() as session:
        return records.get(session, id)


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
    record = read_record(id, state)
    limits = state.settings.limits
    data1, data2 = (state.assets.get(side.asset) for side in (record.image1, record.image2))
    image1, image2, _ = decode_pair(data1, data2, limits, ("/image1/asset", "/image2/asset"))
    picture = encode(draw_preview(record, image1, image2), media_type)
    headers = {"Vary": "Accept", "Cache-Control": "private, max-age=60"}
    return Response(picture, media_type=media_type, headers=headers)
