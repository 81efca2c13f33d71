"""Images: uploaded once, fetched back under the digest of their pixels."""

from typing import Annotated

from fastapi import APIRouter, Header, Request, Response
from fastapi.concurrency import run_in_threadpool
from sqlalchemy.orm import Session

from gateway.http.deps import IdempotencyKey, Parts, PartsDep, claim
from gateway.http.multipart import is_multipart, read_form, read_json
from gateway.http.problems import documented
from gateway.http.replies import answered
from gateway.store import assets
from gateway.store.idempotency import Answer, once
from imgdiff.datasets import Asset
from imgdiff.errors import (
    IdempotencyInFlight,
    IdempotencyMismatch,
    InvalidImage,
    InvalidRequest,
    NotFound,
    PayloadTooLarge,
)
from imgdiff.options import InlineRef

router = APIRouter(prefix="/v1/assets", tags=["assets"])

_FOREVER = "private, max-age=31536000, immutable"
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
        "application/json": {"schema": InlineRef.model_json_schema()},
    },
}
_PICTURE = {"schema": {"type": "string", "format": "binary"}}


@router.post(
    "",
    status_code=201,
    response_model=Asset,
    openapi_extra={"requestBody": _BODY},
    responses=documented(IdempotencyInFlight, PayloadTooLarge, InvalidRequest, InvalidImage, IdempotencyMismatch),
)
async def create_asset(request: Request, parts: PartsDep, key: IdempotencyKey) -> Response:
    """Store one image: the multipart file `image`, or JSON `{"base64": ...}`.

    It is turned upright, laid on white where it is transparent, stripped of everything but its pixels, and stored
    once: the same pixels have the same id.
    """
    asset = await (_from_form(request, parts) if is_multipart(request) else _from_json(request, parts))
    wanted = claim(key, "POST /v1/assets", asset.id)

    def create(_: Session) -> Answer:
        return Answer(201, asset.model_dump(mode="json"), {"Location": f"/v1/assets/{asset.id}"})

    return answered(await run_in_threadpool(once, parts.database, wanted, create))


@router.get(
    "/{id}",
    response_class=Response,
    responses={
        200: {"description": "The image.", "content": {"image/png": _PICTURE}},
        304: {"description": "The client has it."},
        **documented(NotFound),
    },
)
def read_asset(
    id: str,  # noqa: A002  the name in the route
    parts: PartsDep,
    if_none_match: Annotated[str | None, Header()] = None,
) -> Response:
    """The stored bytes, which never change."""
    with parts.database.reading() as session:
        asset = assets.find(session, id)
    if asset is None:
        raise NotFound(f"there is no asset {id!r}")
    tag = f'"{asset.id}"'
    headers = {"ETag": tag, "Cache-Control": _FOREVER}
    if _matches(if_none_match, tag):
        return Response(status_code=304, headers=headers)
    return Response(parts.assets.get(asset.id), media_type=asset.media_type, headers=headers)


async def _from_form(request: Request, parts: Parts) -> Asset:
    form = await read_form(request, frozenset({"image"}), frozenset(), parts.settings.max_upload_bytes)
    if "image" not in form.files:
        raise InvalidRequest.at("/image", "missing", "the file is missing")
    return await run_in_threadpool(parts.intake.take_image, form.files["image"], "/image")


async def _from_json(request: Request, parts: Parts) -> Asset:
    return await run_in_threadpool(parts.intake.take_ref, await read_json(request, InlineRef), "")


def _matches(if_none_match: str | None, tag: str) -> bool:
    candidates = [candidate.strip().removeprefix("W/") for candidate in (if_none_match or "").split(",")]
    return "*" in candidates or tag in candidates
