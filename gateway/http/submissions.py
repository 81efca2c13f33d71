"""Submit a job and wait for it as long as the client prefers."""

import asyncio
import time
from collections.abc import Mapping, Sequence
from typing import Any

from fastapi import Response
from fastapi.concurrency import run_in_threadpool
from pydantic import BaseModel

from gateway.http.deps import AppState, JobService, claim
from gateway.http.description.parameters import without_null
from gateway.http.intake.uploads import Uploads
from gateway.http.problems import error_responses
from gateway.http.rendering import Json
from gateway.http.replies import to_response
from gateway.http.threads import run_in_store
from gateway.store.values import JobRequest
from imgdiff.datasets import Asset
from imgdiff.errors import (
    IdempotencyInFlight,
    IdempotencyMismatch,
    InvalidImage,
    InvalidRequest,
    Overloaded,
    PayloadTooLarge,
    UnsupportedMediaType,
)
from imgdiff.jobs import Job
from imgdiff.options import ImageRef, UrlRef

RESPONSES: dict[int | str, dict[str, Any]] = {
    200: {"model": Job, "description": "The finished job, with `Prefer: wait=N`."},
    **error_responses(
        IdempotencyInFlight,
        PayloadTooLarge,
        UnsupportedMediaType,
        InvalidRequest,
        InvalidImage,
        IdempotencyMismatch,
        Overloaded,
    ),
}
_FILE = {"type": "string", "format": "binary", "description": "PNG, JPEG or WebP."}
_SCHEMAS = "#/components/schemas/{model}"
_POLL_SECONDS = 0.05  # first pause between two looks at the job; chosen, not measured
_MAX_POLL_SECONDS = 0.5  # a wait of 60 s costs about 130 reads; chosen, not measured
_POLL_GROWTH = 1.2  # of the pause from one look to the next; chosen, not measured


def describe_body(
    model: type[BaseModel],
    files: Sequence[str],
    required: Sequence[str],
    fields: type[BaseModel] | None = None,
    written: Sequence[str] = (),
) -> dict[str, Any]:
    """The request body in OpenAPI: a form with these files, fields and `options`, or `model` as JSON.

    `written` are the fields that a form holds as JSON.
    """
    given = {} if fields is None else fields.model_json_schema(ref_template=_SCHEMAS)["properties"]
    properties = {name: _as_part(without_null(field), name in written) for name, field in given.items()}
    options = {"$ref": _SCHEMAS.format(model="Options")}
    form = {
        "type": "object",
        "required": list(required),
        "additionalProperties": False,
        "properties": {**properties, **dict.fromkeys(files, _FILE), "options": options},
    }
    encoding = {"options": {"contentType": "application/json"}}
    content = {
        "multipart/form-data": {"schema": form, "encoding": encoding},
        "application/json": {"schema": {"$ref": _SCHEMAS.format(model=model.__name__)}},
    }
    return {"requestBody": {"required": True, "content": content}}


def _as_part(field: dict[str, Any], written: bool) -> dict[str, Any]:
    """A field as a part of a form; a list that is written as JSON is a text, since several parts would be one else."""
    if not written:
        return field
    described = {"description": field.pop("description", "")}
    return {"type": "string", "contentMediaType": "application/json", "contentSchema": field, **described}


async def store_images(state: AppState, images: Mapping[str, bytes | ImageRef | None]) -> dict[str, Asset]:
    """Store the images that were sent, for a job, which notes that it uses them; returns their assets by name."""
    given = {f"/{name}": image for name, image in images.items() if image is not None}
    for pointer, image in tuple(given.items()):
        if isinstance(image, UrlRef):  # fetched here, since a slow server would keep a thread
            del given[pointer]
            given[f"{pointer}/url"] = await state.uploads.fetch(image.url, f"{pointer}/url")
    assets = await run_in_store(_resolve_all, state.uploads, given)
    return {pointer.split("/")[1]: asset for pointer, asset in assets.items()}


def _resolve_all(uploads: Uploads, images: Mapping[str, bytes | ImageRef]) -> dict[str, Asset]:
    """By pointer; in one thread, since each change of threads costs as much as finding an image."""
    return {pointer: uploads.resolve(image, pointer, note=False) for pointer, image in images.items()}


async def submit(state: AppState, request: JobRequest, key: str | None, wait: float) -> Response:
    """202 with the job, or 200 with the finished job if it ends within `wait` seconds."""
    claimed = claim(state, key, f"POST {request.kind.value}", request.model_dump(mode="json", exclude={"tenant"}))
    owned = request.model_copy(update={"tenant": state.tenant})
    answer = await run_in_store(state.jobs.submit, owned, claimed, state.job_limit)
    if wait > 0:
        job = await _wait_for_end(state.jobs, str(answer.body["id"]), wait)
        if job is not None:
            headers = {**answer.headers, "Preference-Applied": f"wait={wait:g}"}
            return Json(job.model_dump(mode="json"), 200, headers)
    return to_response(answer)


async def _wait_for_end(jobs: JobService, job_id: str, seconds: float) -> Job | None:
    until = time.monotonic() + seconds
    pause = _POLL_SECONDS
    while True:
        job = await run_in_threadpool(jobs.read, job_id, with_records=False)
        if job.final:
            return await run_in_threadpool(jobs.read, job_id)
        left = until - time.monotonic()
        if left <= 0:
            return None
        await asyncio.sleep(min(pause, left))
        pause = min(pause * _POLL_GROWTH, _MAX_POLL_SECONDS)
