"""Syntheses: pairs made on demand, then described like any other."""

from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool
from pydantic import ValidationError

from gateway.http.deps import IdempotencyKey, Parts, PartsDep
from gateway.http.multipart import Form, is_multipart, read_form, read_json, read_part
from gateway.http.preferences import WaitSeconds
from gateway.http.submissions import submitted
from gateway.routes.difference_captions import ERRORS
from gateway.store.requests import JobRequest
from imgdiff.errors import InvalidRequest
from imgdiff.jobs import Job, JobKind
from imgdiff.options import ImageRef, Options, SynthesisFields, SynthesisRequest
from imgdiff.records import Policy

router = APIRouter(prefix="/v1/syntheses", tags=["jobs"])

_FILES = ("image", "donor")
_FILE = {"type": "string", "format": "binary", "description": "PNG, JPEG or WebP."}
_FORM = {
    "type": "object",
    "required": ["operation"],
    "additionalProperties": False,
    "properties": {
        **SynthesisFields.model_json_schema(ref_template="#/components/schemas/{model}")["properties"],
        **dict.fromkeys(_FILES, _FILE),
        "options": {"$ref": "#/components/schemas/Options"},
    },
}
_BODY = {
    "required": True,
    "content": {
        "multipart/form-data": {"schema": _FORM, "encoding": {"options": {"contentType": "application/json"}}},
        "application/json": {"schema": {"$ref": "#/components/schemas/SynthesisRequest"}},
    },
}


@router.post(
    "",
    status_code=202,
    response_model=Job,
    openapi_extra={"requestBody": _BODY},
    responses={200: {"model": Job, "description": "The finished job, with `Prefer: wait=N`."}, **ERRORS},
)
async def create_synthesis(request: Request, parts: PartsDep, key: IdempotencyKey, wait: WaitSeconds) -> Response:
    """Order `count` edited pairs of a photo: multipart with the fields as form fields, or JSON."""
    await run_in_threadpool(parts.submissions.refuse_when_full)
    settled = await (_from_form(request, parts) if is_multipart(request) else _from_json(request, parts))
    return await submitted(parts, settled, key, wait)


async def _from_form(request: Request, parts: Parts) -> JobRequest:
    names = frozenset({*SynthesisFields.model_fields, "options"})
    form = await read_form(request, frozenset(_FILES), names, parts.settings.max_upload_bytes)
    options = read_part(form, "options", Options) or Options()
    fields = _fields(form)
    taken = {
        name: (await run_in_threadpool(parts.intake.take_image, data, f"/{name}")).id
        for name, data in form.files.items()
    }
    return _settled(fields, taken, options)


def _fields(form: Form) -> SynthesisFields:
    """The form fields; numbers come as text."""
    try:
        return SynthesisFields.model_validate(
            {name: text for name, text in form.fields.items() if name != "options"}, strict=False
        )
    except ValidationError as error:
        raise InvalidRequest.of(error.errors()) from error


async def _from_json(request: Request, parts: Parts) -> JobRequest:
    body = await read_json(request, SynthesisRequest)
    refs: dict[str, ImageRef | None] = {"image": body.image, "donor": body.donor}
    taken = {
        name: (await run_in_threadpool(parts.intake.take_ref, ref, f"/{name}")).id
        for name, ref in refs.items()
        if ref is not None
    }
    return _settled(body.fields, taken, body.options)


def _settled(fields: SynthesisFields, taken: dict[str, str], options: Options) -> JobRequest:
    if fields.caption is None and "image" not in taken:
        raise InvalidRequest.at("/image", "missing", "an image to edit or a caption to start from is needed")
    settled = options.settled(Policy.CURATE)
    donors = (taken["donor"],) if "donor" in taken else ()
    return JobRequest(kind=JobKind.SYNTHESIS, options=settled, fields=fields, image=taken.get("image"), donors=donors)
