"""Syntheses: pairs edited on request, then described like any other."""

from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool

from gateway.http.deps import AppState, IdempotencyKey, StateDep
from gateway.http.multipart import Form, is_multipart, read_form, read_json, read_part
from gateway.http.preferences import WaitSeconds
from gateway.http.submissions import RESPONSES, describe_body, store_images, submit
from gateway.store.values import JobRequest
from imgdiff.errors import InvalidRequest, validate
from imgdiff.jobs import Job, JobKind
from imgdiff.options import Options, SynthesisFields, SynthesisRequest
from imgdiff.records import Policy

router = APIRouter(prefix="/v1/syntheses", tags=["jobs"])

_FILES = ("image", "donor")
_BODY = describe_body(SynthesisRequest, _FILES, required=["operation"], fields=SynthesisFields)


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
    """The form fields; numbers arrive as text."""
    given = {name: text for name, text in form.fields.items() if name != "options"}
    return validate(SynthesisFields.model_validate, given)


async def _from_json(request: Request, state: AppState) -> JobRequest:
    body = await read_json(request, SynthesisRequest)
    images = await store_images(state, {"image": body.image, "donor": body.donor})
    return _settle(body.fields, images, body.options)


def _settle(fields: SynthesisFields, images: dict[str, str], options: Options) -> JobRequest:
    if fields.caption is None and "image" not in images:
        raise InvalidRequest.at("/image", "missing", "an image to edit or a caption to start from is needed")
    settled = options.settled(Policy.CURATE)
    donors = (images["donor"],) if "donor" in images else ()
    return JobRequest(kind=JobKind.SYNTHESIS, options=settled, fields=fields, image=images.get("image"), donors=donors)
