"""Every request of the gateway as a value, with the parser of its response. Does no I/O."""

import json
import re
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

import httpx
from pydantic import BaseModel, JsonValue, TypeAdapter

from imgdiff.client.inputs import ImageFile, ImageInput, read_image
from imgdiff.client.options import (
    DonorArguments,
    DonorFilters,
    OptionFields,
    SynthesisArguments,
    parse_options,
    parse_synthesis,
)
from imgdiff.datasets import Asset, Donor, DonorPage, DonorRequest, Models, NewDonor
from imgdiff.errors import validate
from imgdiff.funnel import Funnel
from imgdiff.jobs import DeadLetterPage, Job, JobPage
from imgdiff.options import (
    AssetRef,
    DifferenceCaptionsRequest,
    DonorRef,
    ImageRef,
    Options,
    SynthesisFields,
    SynthesisRequest,
)
from imgdiff.records import Record

Answer_co = TypeVar("Answer_co", covariant=True)
Value = TypeVar("Value", bound=BaseModel)
DonorInput = ImageInput | DonorRef
Files = tuple[tuple[str, ImageFile], ...]
_JOB_ID = re.compile(r"^job_[0-9a-f]{32}$")
_FUNNEL_SECONDS = 600.0  # read timeout; chosen, not measured: counting 100,000 pairs takes long
_SCHEMA = TypeAdapter(dict[str, JsonValue])
_SCHEMA_PATHS = TypeAdapter(dict[str, list[str]])


@dataclass(frozen=True)
class Call(Generic[Answer_co]):
    """One request; a retry sends the same bytes."""

    method: str
    path: str
    parse: Callable[[httpx.Response], Answer_co]
    params: Mapping[str, str | Sequence[str]] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    json: JsonValue = None
    content: bytes | None = None
    form: dict[str, str] = field(default_factory=dict)
    files: Files = ()
    stream: bool = False
    read_timeout: float | None = None

    def parts(self) -> list[tuple[str, tuple[str, bytes]]]:
        """The files of a multipart request."""
        return [(name, (file.name, file.content)) for name, file in self.files]


def read(model: type[Value]) -> Callable[[httpx.Response], Value]:
    """A parser of responses that hold this document."""
    return lambda response: model.model_validate_json(response.content)


def idempotency() -> dict[str, str]:
    """A header that makes every retry of this POST the same request."""
    return {"Idempotency-Key": uuid.uuid4().hex}


def _content(response: httpx.Response) -> bytes:
    return response.content


def whole(response: httpx.Response) -> httpx.Response:
    """The response itself, to be read as a stream."""
    return response


def submit(image1: ImageInput, image2: ImageInput, fields: OptionFields) -> Call[Job]:
    """`POST /v1/difference-captions`: multipart, or JSON if an image is an asset."""
    options = parse_options(fields)
    first, second = read_image(image1, "image1"), read_image(image2, "image2")
    path = "/v1/difference-captions"
    if isinstance(first, ImageFile) and isinstance(second, ImageFile):
        files = (("image1", first), ("image2", second))
        return Call("POST", path, read(Job), headers=idempotency(), form=_options_part(options), files=files)
    body = DifferenceCaptionsRequest(image1=_reference(first), image2=_reference(second), options=options)
    return Call("POST", path, read(Job), headers=idempotency(), json=to_json(body))


def synthesize(
    operation: str, image: ImageInput | None, donor: DonorInput | None, arguments: SynthesisArguments
) -> Call[Job]:
    """`POST /v1/syntheses`: multipart, or JSON if there is no image file or an image is an asset."""
    fields, options = parse_synthesis(operation, arguments)
    given = {"image": image, "donor": donor}
    opened = {
        name: value if isinstance(value, DonorRef) else read_image(value, name)
        for name, value in given.items()
        if value is not None
    }
    files = tuple((name, value) for name, value in opened.items() if isinstance(value, ImageFile))
    path = "/v1/syntheses"
    if files and len(files) == len(opened):
        form = {name: _text(value) for name, value in _set_fields(fields).items()} | _options_part(options)
        return Call("POST", path, read(Job), headers=idempotency(), form=form, files=files)
    references = {name: value if isinstance(value, DonorRef) else _reference(value) for name, value in opened.items()}
    body = SynthesisRequest.model_validate({**_set_fields(fields), **references, "options": options})
    return Call("POST", path, read(Job), headers=idempotency(), json=to_json(body))


def _set_fields(fields: SynthesisFields) -> dict[str, JsonValue]:
    return fields.model_dump(mode="json", exclude_none=True, exclude_unset=True)


def _text(value: JsonValue) -> str:
    """A form field: text and numbers as they are, anything else as JSON."""
    return json.dumps(value) if isinstance(value, dict | list) else str(value)


def _options_part(options: Options) -> dict[str, str]:
    return {"options": options.model_dump_json(exclude_unset=True)}


def _reference(image: ImageFile | AssetRef) -> ImageRef:
    return image if isinstance(image, AssetRef) else image.inline()


def to_json(body: BaseModel) -> JsonValue:
    """The body with the fields that were set."""
    value: JsonValue = body.model_dump(mode="json", exclude_unset=True)
    return value


def job(job_id: str) -> Call[Job]:
    """`GET /v1/jobs/{id}`."""
    return Call("GET", f"/v1/jobs/{job_id}", read(Job))


def cancel(job_id: str) -> Call[Job]:
    """`DELETE /v1/jobs/{id}`."""
    return Call("DELETE", f"/v1/jobs/{job_id}", read(Job))


def events(job_id: str, last_event_id: str | None, read_timeout: float) -> Call[httpx.Response]:
    """`GET /v1/jobs/{id}/events`, replayed after `last_event_id`."""
    headers = {"Accept": "text/event-stream", "Cache-Control": "no-store"}
    if last_event_id:
        headers["Last-Event-ID"] = last_event_id
    path = f"/v1/jobs/{job_id}/events"
    return Call("GET", path, whole, headers=headers, stream=True, read_timeout=read_timeout)


def jobs(cursor: str | None, page_size: int | None) -> Call[JobPage]:
    """`GET /v1/jobs`."""
    return Call("GET", "/v1/jobs", read(JobPage), params=paging(cursor, page_size))


def dead_letters(cursor: str | None) -> Call[DeadLetterPage]:
    """`GET /v1/dead-letters`."""
    return Call("GET", "/v1/dead-letters", read(DeadLetterPage), params=paging(cursor, None))


def replay(letter_id: str) -> Call[Job]:
    """`POST /v1/dead-letters/{id}/replay`."""
    return Call("POST", f"/v1/dead-letters/{letter_id}/replay", read(Job), headers=idempotency())


def discard(letter_id: str) -> Call[None]:
    """`DELETE /v1/dead-letters/{id}`."""
    return Call("DELETE", f"/v1/dead-letters/{letter_id}", lambda _: None)


def record(record_id: str) -> Call[Record]:
    """`GET /v1/records/{id}`."""
    return Call("GET", f"/v1/records/{record_id}", read(Record))


def preview(record_id: str, media_type: str) -> Call[bytes]:
    """`GET /v1/records/{id}/preview`."""
    return Call("GET", f"/v1/records/{record_id}/preview", _content, headers={"Accept": media_type})


def question(record_id: str, side: str | None, media_type: str) -> Call[bytes]:
    """`GET /v1/records/{id}/question`."""
    params = {} if side is None else {"side": side}
    return Call("GET", f"/v1/records/{record_id}/question", _content, params=params, headers={"Accept": media_type})


def funnel(of: str, thresholds: Mapping[str, float] | None, report: bool) -> Call[Funnel]:
    """`GET /v1/jobs/{id}/funnel` or `GET /v1/datasets/{name}/funnel`, by what `of` is."""
    path = f"/v1/{'jobs' if _JOB_ID.fullmatch(of) else 'datasets'}/{of}/funnel"
    parts = [f"{code}:{value!r}" for code, value in (thresholds or {}).items()]
    params: dict[str, str | Sequence[str]] = ({"threshold": parts} if parts else {}) | (
        {"report": "true"} if report else {}
    )
    return Call("GET", path, read(Funnel), params=params, read_timeout=_FUNNEL_SECONDS)


def upload(image: ImageInput) -> Call[Asset]:
    """`POST /v1/assets`."""
    file = read_image(image, "image")
    if isinstance(file, AssetRef):
        raise TypeError("the image is already an asset; pass an image")
    return Call("POST", "/v1/assets", read(Asset), headers=idempotency(), files=(("image", file),))


def donors(filters: DonorFilters, cursor: str | None, page_size: int | None) -> Call[DonorPage]:
    """`GET /v1/donors`."""
    given = {name: value for name, value in filters.items() if value is not None}
    return Call("GET", "/v1/donors", read(DonorPage), params={**paging(cursor, page_size), **to_params(given)})


def add_donor(image: ImageInput, arguments: DonorArguments) -> Call[Donor]:
    """`POST /v1/donors`: multipart, or JSON if the image is an asset."""
    new = validate(NewDonor.model_validate, arguments, "/donor")
    file = read_image(image, "image")
    if isinstance(file, ImageFile):
        form = {"donor": new.model_dump_json(exclude_unset=True)}
        files = (("image", file),)
        return Call("POST", "/v1/donors", read(Donor), headers=idempotency(), form=form, files=files)
    body = DonorRequest(image=file, **dict(new))
    return Call("POST", "/v1/donors", read(Donor), headers=idempotency(), json=to_json(body))


def donor(donor_id: str) -> Call[Donor]:
    """`GET /v1/donors/{id}`."""
    return Call("GET", f"/v1/donors/{donor_id}", read(Donor))


def delete_donor(donor_id: str) -> Call[None]:
    """`DELETE /v1/donors/{id}`."""
    return Call("DELETE", f"/v1/donors/{donor_id}", lambda _: None)


def asset(asset_id: str) -> Call[bytes]:
    """`GET /v1/assets/{id}`."""
    return Call("GET", f"/v1/assets/{asset_id}", _content)


def models() -> Call[Models]:
    """`GET /v1/models`."""
    return Call("GET", "/v1/models", read(Models))


def schemas() -> Call[tuple[str, ...]]:
    """`GET /v1/schemas`, as names."""
    return Call("GET", "/v1/schemas", _schema_names)


def _schema_names(response: httpx.Response) -> tuple[str, ...]:
    paths = _SCHEMA_PATHS.validate_json(response.content)["schemas"]
    return tuple(path.rpartition("/")[2].removesuffix(".json") for path in paths)


def schema(name: str) -> Call[dict[str, JsonValue]]:
    """`GET /v1/schemas/{name}.json`."""
    return Call("GET", f"/v1/schemas/{name}.json", lambda response: _SCHEMA.validate_json(response.content))


def ready(degraded: bool = False) -> Call[bool]:
    """`GET /readyz`."""
    asked = {"degraded": str(degraded).lower()}
    return Call("GET", "/readyz", lambda response: response.is_success, params=asked)


def to_params(given: Mapping[str, object]) -> dict[str, str | Sequence[str]]:
    """Parameters of a query: what is None is left out, and several values are repeated."""
    return {name: _to_param(value) for name, value in given.items() if value is not None}


def _to_param(value: object) -> str | list[str]:
    if isinstance(value, bool):
        return str(value).lower()
    return [str(one) for one in value] if isinstance(value, list | tuple) else str(value)


def paging(cursor: str | None, page_size: int | None) -> dict[str, str]:
    """The parameters of a page."""
    pairs = {"cursor": cursor, "page_size": None if page_size is None else str(page_size)}
    return {name: value for name, value in pairs.items() if value is not None}
