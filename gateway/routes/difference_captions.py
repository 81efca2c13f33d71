"""Difference captions: a client's own pair, described where it differs."""

from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool

from gateway.http.deps import AppState, IdempotencyKey, StateDep
from gateway.http.intake.multipart import is_multipart, read_form, read_json, read_part
from gateway.http.preferences import WaitSeconds
from gateway.http.submissions import RESPONSES, describe_body, store_images, submit
from gateway.requests.settling import settle_pair
from gateway.store.values import JobRequest
from imgdiff.errors import InvalidRequest
from imgdiff.jobs import Job
from imgdiff.options import DifferenceCaptionsRequest, Options

router = APIRouter(prefix="/v1/difference-captions", tags=["jobs"])

_FILES = ("image1", "image2")
_BODY = describe_body(DifferenceCaptionsRequest, _FILES, required=_FILES)


@router.post("", status_code=202, response_model=Job, openapi_extra=_BODY, responses=RESPONSES)
async def create_difference_captions(
    request: Request, state: StateDep, key: IdempotencyKey, wait: WaitSeconds
) -> Response:
    """Submit a pair: the multipart files `image1` and `image2` with an optional part `options`, or JSON."""
    await run_in_threadpool(state.jobs.refuse_when_full)
    settled = await (_from_form(request, state) if is_multipart(request) else _from_json(request, state))
    return await submit(state, settled, key, wait)


async def _from_form(request: Request, state: AppState) -> JobRequest:
    form = await read_form(request, frozenset(_FILES), frozenset({"options"}), state.settings.max_upload_bytes)
    options = read_part(form, "options", Options) or Options()
    for name in _FILES:
        if name not in form.files:
            raise InvalidRequest.at(f"/{name}", "missing", "the file is missing")
    images = await store_images(state, {name: form.files[name] for name in _FILES})
    return settle_pair(images["image1"], images["image2"], options)


async def _from_json(request: Request, state: AppState) -> JobRequest:
    body = await read_json(request, DifferenceCaptionsRequest)
    images = await store_images(state, {"image1": body.image1, "image2": body.image2})
    return settle_pair(images["image1"], images["image2"], body.options)
