"""Multipart and JSON bodies; the name and size of every part are checked while it arrives."""

import re
from collections.abc import Container
from dataclasses import dataclass, field
from tempfile import SpooledTemporaryFile
from typing import BinaryIO, TypeVar, cast

from pydantic import BaseModel
from python_multipart.multipart import parse_options_header
from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import Request

from gateway.http.threads import run_in_store
from imgdiff.errors import InvalidRequest, PayloadTooLarge, UnsupportedMediaType, validate
from imgdiff.problems import json_pointer

TAKEN = "multipart/form-data with image files, or application/json"
_JSON_TYPE = re.compile(r"application/(?:json|[!#$%&'*+.^_`|~\w-]+\+json)", re.ASCII)  # RFC 6838, RFC 6839
_JSON_CHARSETS = ("", "utf-8", "us-ascii")
_SPOOL_BYTES = 2**20  # of a body in memory while it arrives; the rest is on disk. Starlette's for files of forms
MAX_FIELD_BYTES = 256 * 1024  # of a form field that is no file: masks are the largest; chosen, not measured

Model = TypeVar("Model", bound=BaseModel)


@dataclass(frozen=True)
class Form:
    """The files and fields of a multipart request, by name."""

    files: dict[str, bytes] = field(default_factory=dict)
    fields: dict[str, str] = field(default_factory=dict)


def is_multipart(request: Request) -> bool:
    """Whether the body is a form with files."""
    return _media_type(request) == "multipart/form-data"


def _media_type(request: Request) -> str:
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


def refuse_type(request: Request, known: Container[str], taken: str) -> None:
    """Raise UnsupportedMediaType unless the body is of a known media type, in UTF-8 and not compressed.

    A page of another site can send a form, text, or a body of no type without asking; it cannot send JSON.
    """
    sent, coding = _media_type(request), request.headers.get("content-encoding", "identity").strip().lower()
    if len(request.headers.getlist("content-type")) > 1 or sent not in known:
        raise UnsupportedMediaType(f"Content-Type {sent or '(none)'} is not taken; taken: {taken}")
    if coding not in {"", "identity"}:
        raise UnsupportedMediaType(f"Content-Encoding {coding} is not taken; taken: {taken}, without one")


class _JsonTypes:
    """`application/json`, and what ends in `+json`."""

    def __contains__(self, media_type: object) -> bool:
        return isinstance(media_type, str) and _JSON_TYPE.fullmatch(media_type) is not None


async def read_form(request: Request, files: frozenset[str], fields: frozenset[str], max_file_bytes: int) -> Form:
    """Read the named files and fields, each at most once and no file longer than the limit.

    Raises InvalidRequest or PayloadTooLarge that names the part, before the rest of the body is read.
    """
    refuse_type(request, {"multipart/form-data"}, "multipart/form-data")
    try:
        sent = await _Parser(request, files, fields, max_file_bytes).parse()
    except MultiPartException as error:
        raise InvalidRequest(f"the body is not a multipart form: {error.message}") from error
    form = Form()
    try:
        for name, value in sent.multi_items():
            await _add(form, name, value, files)
    finally:
        await sent.close()
    return form


async def read_json(request: Request, model: type[Model], taken: str = TAKEN) -> Model:
    """Parse the JSON body as a model, in a worker thread because it may hold images.

    Raises InvalidRequest, or UnsupportedMediaType for what is no JSON by its Content-Type; `taken` says what is.
    """
    refuse_type(request, _JsonTypes(), taken)
    with SpooledTemporaryFile(_SPOOL_BYTES) as file:
        spooled = UploadFile(cast("BinaryIO", file))
        async for chunk in request.stream():
            await spooled.write(chunk)
        return await run_in_store(_parse, model, spooled.file)


def _parse(model: type[Model], file: BinaryIO) -> Model:
    file.seek(0)
    return validate(model.model_validate_json, file.read())


def read_part(form: Form, name: str, model: type[Model]) -> Model | None:
    """Parse a JSON part of a form as a model; None when it was not sent."""
    text = form.fields.get(name)
    return None if text is None else validate(model.model_validate_json, text, f"/{name}")


async def _add(form: Form, name: str, value: UploadFile | str, files: frozenset[str]) -> None:
    if name in form.files or name in form.fields:
        raise InvalidRequest.at(json_pointer([name]), "duplicate", "the part was sent twice")
    data = await value.read() if isinstance(value, UploadFile) else value
    if name in files:
        form.files[name] = data if isinstance(data, bytes) else data.encode()
    else:
        form.fields[name] = data if isinstance(data, str) else _text(name, data)


def _text(name: str, data: bytes) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        raise InvalidRequest.at(json_pointer([name]), "not_text", "must be UTF-8 text") from error


class _Parser(MultiPartParser):
    """Starlette's parser with a size limit for every file, and names checked as soon as they are read."""

    def __init__(self, request: Request, files: frozenset[str], fields: frozenset[str], max_file_bytes: int) -> None:
        known = len(files) + len(fields) + 1  # one too many is rejected by its name
        super().__init__(
            request.headers, request.stream(), max_files=known, max_fields=known, max_part_size=MAX_FIELD_BYTES
        )
        self._file_names = {name.encode() for name in files}
        self._files = files
        self._fields = fields
        self._max_file_bytes = max_file_bytes
        self._size = 0

    def on_headers_finished(self) -> None:
        part = self._current_part
        _, options = parse_options_header(part.content_disposition)
        if part.content_disposition and options.get(b"name") in self._file_names and b"filename" not in options:
            part.content_disposition += b'; filename=""'  # some clients send files without a name
        super().on_headers_finished()
        self._size = 0
        name = self._current_part.field_name
        known = self._files | self._fields
        if name not in known:
            detail = f"unknown part; known: {', '.join(sorted(known))}"
            raise InvalidRequest.at(json_pointer([name]), "extra_forbidden", detail)

    def on_part_data(self, data: bytes, start: int, end: int) -> None:
        self._size += end - start
        name = self._current_part.field_name
        limit = self._max_file_bytes if name in self._files else MAX_FIELD_BYTES
        if self._size > limit:
            detail = f"the part is larger than {limit} bytes"
            raise PayloadTooLarge.at(json_pointer([name]), "image.too_many_bytes", detail)
        super().on_part_data(data, start, end)
