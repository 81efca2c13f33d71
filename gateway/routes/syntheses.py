"""Syntheses: pairs edited on request, then described like any other."""

import json

from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool

from gateway.http.deps import AppState, IdempotencyKey, StateDep
from gateway.http.multipart import Form, is_multipart, read_form, read_json, read_part
from gateway.http.preferences import WaitSeconds
from gateway.http.submissions import RESPONSES, describe_body, store_images, submit
from gateway.store.values import JobRequest
from imgdiff.datasets import Asset
from imgdiff.errors import InvalidRequest, validate
from imgdiff.jobs import Job, JobKind
from imgdiff.objects.donors import DonorObject
from imgdiff.options import Options, SynthesisFields, SynthesisRequest
from imgdiff.records import Policy
from imgdiff.requests.places import check_place

router = APIRouter(prefix="/v1/syntheses", tags=["jobs"])

_FILES = ("image", "donor")
_PLACES = ("target_mask", "target_box")
_BODY = describe_body(SynthesisRequest, _FILES, ["operation"], SynthesisFields, written=_PLACES)


@router.post("", status_code=202, response_model=Job, openapi_extra=_BODY, responses=RESPONSES)
async def create_synthesis(request: Request, state: StateDep, key: IdempotencyKey, wait: WaitSeconds) -> Response:
    """Request `count` edited pairs of a photo: multipart with the fields as form fields, or JSON."""
    await run_in_threadpool(state.jobs.refuse_when_full)
    settled = await (_from_form(request, state) if is_multipart(request) else _from_json(request, state))
    return await submit(state, settled, key, wait)


async def _from_form(request: Request, state: AppState) -> JobRequest:
    names = frozenset({*SynthesisFields.model_fields, "options"})
    form = await read_form(request, frozenset(_FILES), names, state.settings.max_upload_bytes)
    options = read_part(form, "options", Options) or Options()
    fields = _fields(form)
    return _settle(fields, await store_images(state, form.files), options)


def _fields(form: Form) -> SynthesisFields:
    """The form fields; numbers arrive as text, places as JSON."""
    given = {name: _value(name, text) for name, text in form.fields.items() if name != "options"}
    return validate(SynthesisFields.model_validate, given)


def _value(name: str, text: str) -> object:
    if name not in _PLACES:
        return text
    try:
        return json.loads(text)
    except ValueError as error:
        raise InvalidRequest.at(f"/{name}", "json_invalid", f"not JSON: {error}") from error


async def _from_json(request: Request, state: AppState) -> JobRequest:
    body = await read_json(request, SynthesisRequest)
    images = await store_images(state, {"image": body.image, "donor": body.donor})
    return _settle(body.fields, images, body.options)


def _settle(fields: SynthesisFields, images: dict[str, Asset], options: Options) -> JobRequest:
    photo, donor = images.get("image"), images.get("donor")
    if fields.caption is None and photo is None:
        raise InvalidRequest.at("/image", "missing", "an image to edit or a caption to start from is needed")
    if fields.has_place:
        if photo is None:
            raise InvalidRequest.at("/image", "missing", "target_mask and target_box are places in a photo; send it")
        check_place(fields.target_mask, fields.target_box, (photo.width, photo.height), "/target_")
    return JobRequest(
        kind=JobKind.SYNTHESIS,
        options=options.settled(Policy.CURATE),
        fields=fields,
        image=None if photo is None else photo.id,
        donors=() if donor is None else (DonorObject(asset=donor.id),),
    )
