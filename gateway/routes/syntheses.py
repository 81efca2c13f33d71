"""Syntheses: pairs edited on request, then described like any other."""

from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool

from gateway.http.deps import AppState, IdempotencyKey, StateDep
from gateway.http.intake.multipart import Form, is_multipart, read_form, read_json, read_part
from gateway.http.preferences import WaitSeconds
from gateway.http.submissions import RESPONSES, describe_body, store_images, submit
from gateway.requests.settling import settle_synthesis
from gateway.store.library import donors
from gateway.store.values import JobRequest
from imgdiff.datasets import Asset
from imgdiff.errors import InvalidRequest, NotFound, validate
from imgdiff.jobs import Job
from imgdiff.objects.donors import DonorObject
from imgdiff.options import DonorRef, Options, SynthesisFields, SynthesisRequest
from imgdiff.requests.values import parse_json

router = APIRouter(prefix="/v1/syntheses", tags=["jobs"])

_FILES = ("image", "donor")
_WRITTEN = ("target_mask", "target_box", "donor_licences")
_BODY = describe_body(SynthesisRequest, _FILES, ["operation"], SynthesisFields, written=_WRITTEN)


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
    images = await store_images(state, form.files)
    return settle_synthesis(fields, images.get("image"), _photo(images.get("donor")), options)


def _fields(form: Form) -> SynthesisFields:
    """The form fields; numbers arrive as text, places and lists as JSON."""
    given = {name: _value(name, text) for name, text in form.fields.items() if name != "options"}
    return validate(SynthesisFields.model_validate, given)


def _value(name: str, text: str) -> object:
    if name not in _WRITTEN:
        return text
    return parse_json(text, f"/{name}")


async def _from_json(request: Request, state: AppState) -> JobRequest:
    body = await read_json(request, SynthesisRequest)
    named = body.donor if isinstance(body.donor, DonorRef) else None
    sent = None if isinstance(body.donor, DonorRef) else body.donor
    images = await store_images(state, {"image": body.image, "donor": sent})
    donor = _photo(images.get("donor")) if named is None else await run_in_threadpool(_find_donor, state, named)
    return settle_synthesis(body.fields, images.get("image"), donor, body.options)


def _photo(asset: Asset | None) -> DonorObject | None:
    """A client's own photo as a donor."""
    return None if asset is None else DonorObject(asset=asset.id)


def _find_donor(state: AppState, ref: DonorRef) -> DonorObject:
    with state.database.reading() as session:
        try:
            return donors.get(session, ref.donor, state.tenant).as_object()
        except NotFound as error:
            raise InvalidRequest.at("/donor/donor", "donor.unknown", error.detail) from error
