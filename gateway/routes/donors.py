"""The library of donors: objects that syntheses may copy, added one by one, searched, deleted."""

import hashlib
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response

from gateway.http import cursors
from gateway.http.deps import AppState, Cursor, IdempotencyKey, PageSize, StateDep, claim
from gateway.http.intake.multipart import is_multipart, read_form, read_json, read_part
from gateway.http.problems import error_responses
from gateway.http.protocol.conditions import IfNoneMatch, matches_weakly
from gateway.http.rendering import Json
from gateway.http.replies import to_response
from gateway.http.threads import run_in_store
from gateway.library.new_donors import build_donor, has_place
from gateway.store.database import Session
from gateway.store.idempotency import Answer, answer_once
from gateway.store.library import donors
from gateway.store.library.donors import DonorFilter
from imgdiff.datasets import Donor, DonorPage, DonorRequest, NewDonor
from imgdiff.errors import (
    IdempotencyInFlight,
    IdempotencyMismatch,
    InvalidImage,
    InvalidRequest,
    NotFound,
    PayloadTooLarge,
    UnsupportedMediaType,
)
from imgdiff.options import ImageRef
from imgdiff.requests.names import Name, Origin

router = APIRouter(prefix="/v1/donors", tags=["donors"])

_IMAGE = {"type": "string", "format": "binary", "description": "PNG, JPEG or WebP."}
_DONOR = {"$ref": "#/components/schemas/NewDonor"}
_FORM = {
    "type": "object",
    "required": ["image", "donor"],
    "additionalProperties": False,
    "properties": {"image": _IMAGE, "donor": _DONOR},
}
_BODY = {
    "required": True,
    "content": {
        "multipart/form-data": {"schema": _FORM, "encoding": {"donor": {"contentType": "application/json"}}},
        "application/json": {"schema": {"$ref": "#/components/schemas/DonorRequest"}},
    },
}


async def _read_filter(  # noqa: PLR0913  one parameter a condition
    state: StateDep,
    *,
    label: Annotated[Name | None, Query(description="Only this label, in singular or plural.")] = None,
    category: Annotated[Name | None, Query(description="Only this category.")] = None,
    licence: Annotated[
        Name | None, Query(description="Only this licence; `*` at its end stands for any ending.")
    ] = None,
    source: Annotated[Origin | None, Query(description="Only images from here.")] = None,
    reference: Annotated[Name | None, Query(description="Only the object of this name at its source.")] = None,
    min_pixels: Annotated[int | None, Query(ge=1, lt=2**31, description="Only objects of so many pixels.")] = None,
    min_share: Annotated[float | None, Query(ge=0, le=1, description="Least share of the image.")] = None,
    max_share: Annotated[float | None, Query(ge=0, le=1, description="Largest share of the image.")] = None,
    cut_off: Annotated[bool | None, Query(description="Whether the object touches a border of its image.")] = None,
    occluded: Annotated[bool | None, Query(description="Whether something is known to hide a part of it.")] = None,
    outlined: Annotated[bool | None, Query(description="Whether its outline is known, not its box alone.")] = None,
) -> DonorFilter:
    return DonorFilter(
        label=label,
        category=category,
        licences=None if licence is None else (licence,),
        source=source,
        reference=reference,
        least_pixels=min_pixels,
        least_share=min_share,
        most_share=max_share,
        cut_off=cut_off,
        occluded=occluded,
        outlined=outlined,
        tenant=state.tenant,
    )


@router.get("")
def list_donors(
    state: StateDep,
    page_size: PageSize,
    condition: Annotated[DonorFilter, Depends(_read_filter)],
    cursor: Cursor = None,
) -> DonorPage:
    """The donors that meet all conditions, oldest first."""
    start = cursors.sequence(cursor)
    with state.database.reading() as session:
        found = donors.after(session, condition, start, page_size + 1)
    page, more = cursors.cut(found, page_size)
    return DonorPage(donors=page, next_cursor=more)


@router.post(
    "",
    status_code=201,
    response_model=Donor,
    openapi_extra={"requestBody": _BODY},
    responses={
        200: {"model": Donor, "description": "The library has the object already; it stays as it is."},
        **error_responses(
            IdempotencyInFlight,
            PayloadTooLarge,
            UnsupportedMediaType,
            InvalidRequest,
            InvalidImage,
            IdempotencyMismatch,
        ),
    },
)
async def create_donor(request: Request, state: StateDep, key: IdempotencyKey) -> Response:
    """Add one object of an image: the multipart file `image` and the JSON part `donor`, or JSON.

    The same place in the same pixels is stored once. Of a picture with transparency, and without a mask, polygons or
    a box, the object is what is opaque; it is stored in its own colours, on white, with a margin.
    """
    form = is_multipart(request)
    image, new = await (_from_form(request, state) if form else _from_json(request))
    donor = await run_in_store(_store, state, image, new, "/donor" if form else "")
    claimed = claim(state, key, "POST /v1/donors", donor.model_dump(mode="json", exclude={"created_at"}))

    def create(session: Session) -> Answer:
        added = donors.add(session, donor, state.tenant)
        stored = donor if added else donors.get(session, donor.id, state.tenant)
        headers = {"Location": f"/v1/donors/{donor.id}"}
        return Answer(201 if added else 200, stored.model_dump(mode="json"), headers)

    return to_response(await run_in_store(answer_once, state.database, claimed, create))


@router.get(
    "/{id}",
    response_model=Donor,
    responses={304: {"description": "The client has the donor already."}, **error_responses(NotFound)},
)
def read_donor(
    id: str,  # noqa: A002  the name in the route
    state: StateDep,
    if_none_match: IfNoneMatch,
) -> Response:
    """One donor. It does not change, but one that was deleted may be added again with other words."""
    with state.database.reading() as session:
        donor = donors.get(session, id, state.tenant)
    tag = f'"{hashlib.sha256(donor.model_dump_json().encode()).hexdigest()[:32]}"'
    headers = {"ETag": tag, "Cache-Control": "no-cache"}
    if matches_weakly(if_none_match, tag):
        return Response(status_code=304, headers=headers)
    return Json(donor.model_dump(mode="json"), headers=headers)


@router.delete("/{id}", status_code=204, responses=error_responses(NotFound))
def delete_donor(id: str, state: StateDep) -> Response:  # noqa: A002  the name in the route
    """Delete a donor. Its image stays, and so do the jobs and records that used it."""
    with state.database.writing() as session:
        donors.remove(session, id)
    return Response(status_code=204)


async def _from_form(request: Request, state: AppState) -> tuple[bytes, NewDonor]:
    form = await read_form(request, frozenset({"image"}), frozenset({"donor"}), state.settings.max_upload_bytes)
    new = read_part(form, "donor", NewDonor)
    if "image" not in form.files:
        raise InvalidRequest.at("/image", "missing", "the file is missing")
    if new is None:
        raise InvalidRequest.at("/donor", "missing", "the JSON part with label, place, source and licence is missing")
    return form.files["image"], new


async def _from_json(request: Request) -> tuple[ImageRef, NewDonor]:
    body = await read_json(request, DonorRequest)
    return body.image, NewDonor.model_validate(body.model_dump(exclude={"image"}))


def _store(state: AppState, image: bytes | ImageRef, new: NewDonor, pointer: str) -> Donor:
    """The donor of an image, which is stored; a file's transparency is its outline where the client sent none."""
    if has_place(new):
        return build_donor(new, state.uploads.resolve(image, "/image"), None, pointer, state.tenant)
    return build_donor(new, *state.uploads.resolve_cutout(image, "/image"), pointer, state.tenant)
