"""Images: uploaded, and read back by the digest of their pixels."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from gateway.http import cursors
from gateway.http.deps import AppState, Cursor, IdempotencyKey, StateDep, claim
from gateway.http.intake.multipart import is_multipart, read_form, read_json
from gateway.http.problems import error_responses
from gateway.http.protocol.conditions import IfNoneMatch, matches_weakly
from gateway.http.replies import to_response
from gateway.http.threads import run_in_store
from gateway.store import assets
from gateway.store.database import Session
from gateway.store.idempotency import Answer, answer_once
from gateway.store.retention import unused
from gateway.thumbnails import ThumbnailSize, read_thumbnail
from imgdiff.datasets import Asset, Pruned
from imgdiff.errors import (
    IdempotencyInFlight,
    IdempotencyMismatch,
    InvalidImage,
    InvalidRequest,
    NotFound,
    PayloadTooLarge,
    UnsupportedMediaType,
)
from imgdiff.options import InlineRef

router = APIRouter(prefix="/v1/assets", tags=["assets"])

_IMMUTABLE = "private, max-age=31536000, immutable"
_FORM = {
    "type": "object",
    "required": ["image"],
    "additionalProperties": False,
    "properties": {"image": {"type": "string", "format": "binary", "description": "PNG, JPEG or WebP."}},
}
_BODY = {
    "required": True,
    "content": {
        "multipart/form-data": {"schema": _FORM},
        "application/json": {"schema": {"$ref": "#/components/schemas/InlineRef"}},
    },
}
_PICTURE = {"schema": {"type": "string", "format": "binary"}}


@router.post(
    "",
    status_code=201,
    response_model=Asset,
    openapi_extra={"requestBody": _BODY},
    responses=error_responses(
        IdempotencyInFlight, PayloadTooLarge, UnsupportedMediaType, InvalidRequest, InvalidImage, IdempotencyMismatch
    ),
)
async def create_asset(request: Request, state: StateDep, key: IdempotencyKey) -> Response:
    """Store one image: the multipart file `image`, or JSON `{"base64": ...}`.

    The image is rotated upright, converted to sRGB at 8 bits a channel (16-bit grey keeps its depth), composed on white
    where it is transparent, and stripped of everything but its pixels. The same pixels have the same id and are stored
    once.
    """
    asset = await (_from_form(request, state) if is_multipart(request) else _from_json(request, state))
    claimed = claim(state, key, "POST /v1/assets", asset.id)

    def create(_: Session) -> Answer:
        return Answer(201, asset.model_dump(mode="json"), {"Location": f"/v1/assets/{asset.id}"})

    return to_response(await run_in_store(answer_once, state.database, claimed, create))


@router.post("/prune")
def prune_assets(state: StateDep, cursor: Cursor = None) -> Pruned:
    """Delete images that nothing uses: no pair of a record or job, no donor, no running job, no open batch.

    An image that was sent or named less than the gateway's `ASSET_GRACE_SECONDS` ago stays, or since the oldest open
    batch was created. One call looks at one part of the images; repeat it with `next_cursor` until that is null.
    """
    before = datetime.now(UTC) - timedelta(seconds=state.settings.asset_grace_seconds)
    with state.database.writing() as session:
        page = unused.delete_page(session, state.assets, before, cursors.position(cursor) or "", state.tenant)
    more = None if page.position is None else cursors.encode(page.position)
    return Pruned(assets=page.assets, bytes=page.bytes, next_cursor=more)


@router.get(
    "/{id}",
    response_class=Response,
    responses={
        200: {"description": "The image.", "content": {"image/png": _PICTURE}},
        304: {"description": "The client has the image already."},
        **error_responses(NotFound),
    },
)
def read_asset(
    id: str,  # noqa: A002  the name in the route
    state: StateDep,
    if_none_match: IfNoneMatch,
) -> Response:
    """The stored bytes, which never change."""
    with state.database.reading() as session:
        asset = assets.find_held(session, id, state.tenant)
    return _reply(asset.id, if_none_match, asset.media_type, lambda: state.assets.get(asset.id))


@router.get(
    "/{id}/thumbnail",
    response_class=Response,
    responses={
        200: {"description": "The picture.", "content": {"image/webp": _PICTURE}},
        304: {"description": "The client has the picture already."},
        **error_responses(NotFound),
    },
)
def read_asset_thumbnail(
    id: str,  # noqa: A002  the name in the route
    state: StateDep,
    if_none_match: IfNoneMatch,
    size: Annotated[ThumbnailSize, Query(description="Longest side in pixels.")] = ThumbnailSize.MEDIUM,
) -> Response:
    """A small WebP picture of the image, which is made once and never changes. A smaller image is not enlarged."""
    with state.database.reading() as session:
        asset = assets.find_held(session, id, state.tenant)
    limits = state.settings.made_limits
    return _reply(
        f"{asset.id}.{size}", if_none_match, "image/webp", lambda: read_thumbnail(state.assets, asset.id, size, limits)
    )


def _reply(name: str, if_none_match: str | None, media_type: str, read: Callable[[], bytes]) -> Response:
    """What never changes under its name; 304 and not read where the client has it."""
    headers = {"ETag": f'"{name}"', "Cache-Control": _IMMUTABLE}
    if matches_weakly(if_none_match, headers["ETag"]):
        return Response(status_code=304, headers=headers)
    return Response(read(), media_type=media_type, headers=headers)


async def _from_form(request: Request, state: AppState) -> Asset:
    form = await read_form(request, frozenset({"image"}), frozenset(), state.settings.max_upload_bytes)
    if "image" not in form.files:
        raise InvalidRequest.at("/image", "missing", "the file is missing")
    return await run_in_store(state.uploads.store_image, form.files["image"], "/image")


async def _from_json(request: Request, state: AppState) -> Asset:
    return await run_in_store(state.uploads.resolve, await read_json(request, InlineRef), "")
