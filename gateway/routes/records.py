"""Finished records, and a picture of each."""

from typing import Annotated

from fastapi import APIRouter, Header, Response

from gateway.http.deps import PartsDep
from gateway.http.negotiation import choose
from gateway.http.problems import documented
from gateway.preview import MEDIA_TYPES, draw_preview, encode
from gateway.store import records
from imgdiff.errors import NotAcceptable, NotFound
from imgdiff.images import decode
from imgdiff.records import Record

router = APIRouter(prefix="/v1/records", tags=["records"])

_PICTURE = {"schema": {"type": "string", "format": "binary"}}


@router.get("/{id}", responses=documented(NotFound))
def read_record(id: str, parts: PartsDep) -> Record:  # noqa: A002  the name in the route
    """One record, whole."""
    with parts.database.reading() as session:
        return records.get(session, id)


@router.get(
    "/{id}/preview",
    response_class=Response,
    responses={
        200: {"description": "The picture.", "content": dict.fromkeys(MEDIA_TYPES, _PICTURE)},
        **documented(NotFound, NotAcceptable),
    },
)
def read_preview(id: str, parts: PartsDep, accept: Annotated[str | None, Header()] = None) -> Response:  # noqa: A002
    """The pair side by side, the kept regions boxed and numbered, their captions below. PNG, JPEG or WebP by Accept."""
    media_type = choose(accept, tuple(MEDIA_TYPES))
    record = read_record(id, parts)
    limits = parts.settings.limits
    image1, image2 = (decode(parts.assets.get(side.asset), "/asset", limits) for side in (record.image1, record.image2))
    picture = encode(draw_preview(record, image1, image2), media_type)
    headers = {"Vary": "Accept", "Cache-Control": "private, max-age=60"}
    return Response(picture, media_type=media_type, headers=headers)
