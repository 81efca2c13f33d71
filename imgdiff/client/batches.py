"""Batches of both clients: `client.batches.create(...)`, `.get(...)`, `.output(...)` and so on."""

import io
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import aclosing, closing, contextmanager
from pathlib import Path
from typing import BinaryIO, Protocol, TypeVar

import httpx
from pydantic import BaseModel

from imgdiff.batches.documents import Batch, BatchError, BatchOutput, BatchPage, BatchState
from imgdiff.client.calls import Call, paging, read, whole
from imgdiff.client.flows import Answer, Deadline, Flow, fetch, send
from imgdiff.client.transport.retries import Retries
from imgdiff.errors import Conflict, ServiceUnavailable

Line = TypeVar("Line", bound=BaseModel)
BatchSource = str | Path | bytes | BinaryIO
"""A file of JSON lines: its path, its bytes, or an open file that can seek."""
OnBytes = Callable[[int], None]
"""Called with how many bytes are stored."""

_PART_BYTES = 4 * 2**20  # of one request at least; it ends at the end of a line; chosen, not measured
_FIRST_POLL_SECONDS, _LONGEST_POLL_SECONDS = 0.1, 2.0  # between two looks at a batch; chosen, not measured
_MOST_SURPRISES = 5  # refusals in a row without anything new stored; chosen, not measured
_PAUSE_SECONDS = 0.5  # after a refusal; chosen, not measured


class Upload:
    """How one upload is made: `key` names it, so that it goes on when it is made again with the same key.

    One that is not `complete` leaves the batch open for more lines.
    """

    def __init__(self, key: str | None = None, on_bytes: OnBytes | None = None, *, complete: bool = True) -> None:
        self.key = key or uuid.uuid4().hex
        self.complete = complete
        self.on_bytes: OnBytes = on_bytes or (lambda _: None)


def upload_flow(file: BinaryIO, upload: Upload, batch_id: str | None, retries: Retries, url: str) -> Flow[Batch]:
    """Send a file in parts, from its start or to a batch that has some of it, until the batch has the whole."""
    if batch_id is None:
        part, complete = _part(file, 0, upload)
        batch = yield from fetch(_create_call(part, complete, upload.key), retries, url)
    else:
        batch = yield from fetch(_get_call(batch_id), retries, url)
    surprises = 0
    while batch.state is BatchState.RECEIVING:
        upload.on_bytes(batch.received_bytes)
        part, complete = _part(file, batch.received_bytes, upload)
        if not part and not complete:
            return batch
        try:
            batch = yield from fetch(_append_call(batch, part, complete), retries, url)
            surprises = 0
        except Conflict:  # an answer was lost, somebody else sends the same file, or a slow gateway still reads a part
            known = batch.received_bytes
            batch = yield from fetch(_get_call(batch.id), retries, url)
            surprises = 0 if batch.received_bytes > known else surprises + 1
            if surprises > _MOST_SURPRISES:
                raise
            yield _PAUSE_SECONDS
    upload.on_bytes(batch.received_bytes)
    return batch


def wait_flow(batch_id: str, retries: Retries, url: str, deadline: Deadline) -> Flow[Batch]:
    """Poll a batch until nothing of it will change, more and more rarely: a small one ends soon."""
    pause = _FIRST_POLL_SECONDS
    while True:
        batch = yield from fetch(_get_call(batch_id), retries, url)
        if batch.final:
            return batch
        yield min(pause, deadline.left())
        pause = min(2 * pause, _LONGEST_POLL_SECONDS)


class Drive(Protocol):
    """Performs the I/O of a flow."""

    def __call__(self, flow: Flow[Answer], /) -> Answer:
        """The answer of the flow."""


class AsyncDrive(Protocol):
    """Performs the I/O of a flow in asyncio."""

    def __call__(self, flow: Flow[Answer], /) -> Awaitable[Answer]:
        """The answer of the flow."""


class Batches:
    """The batches of one gateway, blocking."""

    def __init__(self, drive: Drive, retries: Retries, url: str) -> None:
        self._drive, self._retries, self._url = drive, retries, url

    def open(self, *, key: str | None = None) -> Batch:
        """Begin a batch without lines, which `create` sends with its id as `resume`; images sent meanwhile are kept."""
        upload = Upload(key, complete=False)
        return self._drive(upload_flow(io.BytesIO(), upload, None, self._retries, self._url))

    def create(
        self, source: BatchSource, *, key: str | None = None, resume: str | None = None, on_bytes: OnBytes | None = None
    ) -> Batch:
        """Submit a file of JSON lines and return the batch without waiting; its lines say what is wrong with them.

        An upload that broke off goes on when it is made again with the same `key`, or with the batch's id as `resume`.
        """
        with _opened(source) as file:
            return self._drive(upload_flow(file, Upload(key, on_bytes), resume, self._retries, self._url))

    def append(self, batch_id: str, source: BatchSource) -> Batch:
        """Send whole lines that a batch lacks of a file which still grows; `create` with `resume` ends it."""
        with _opened(source) as file:
            return self._drive(upload_flow(file, Upload(complete=False), batch_id, self._retries, self._url))

    def get(self, batch_id: str) -> Batch:
        """The current state of one batch."""
        return self._drive(fetch(_get_call(batch_id), self._retries, self._url))

    def list(self, *, page_size: int | None = None) -> Iterator[Batch]:
        """All batches, newest first, without their errors."""
        cursor: str | None = None
        while True:
            page = self._drive(fetch(_list_call(cursor, page_size), self._retries, self._url))
            yield from page.batches
            cursor = page.next_cursor
            if cursor is None:
                return

    def wait(self, batch_id: str, *, wait_seconds: float | None = None) -> Batch:
        """Wait until nothing of a batch will change; raises DeadlineExceeded after `wait_seconds`."""
        return self._drive(wait_flow(batch_id, self._retries, self._url, Deadline(wait_seconds)))

    def cancel(self, batch_id: str) -> Batch:
        """Cancel a batch; lines that have ended keep their output."""
        return self._drive(fetch(_cancel_call(batch_id), self._retries, self._url))

    def delete(self, batch_id: str) -> None:
        """Delete a batch that has ended with its output; jobs and records stay. Raises Conflict while it runs."""
        self._drive(fetch(_delete_call(batch_id), self._retries, self._url))

    def output(self, batch_id: str) -> Iterator[BatchOutput]:
        """The lines whose job has succeeded so far, in the order of the file."""
        return self._lines(_lines_call(batch_id, "output"), BatchOutput)

    def errors(self, batch_id: str) -> Iterator[BatchError]:
        """The lines that were rejected or whose job has failed so far, in the order of the file."""
        return self._lines(_lines_call(batch_id, "errors"), BatchError)

    def _lines(self, call: Call[httpx.Response], model: type[Line]) -> Iterator[Line]:
        response = self._drive(send(call, self._retries, self._url))
        with closing(response):
            try:
                yield from (model.model_validate_json(line) for line in response.iter_lines() if line)
            except httpx.TransportError as error:
                raise _interrupted(call, error) from error


class AsyncBatches:
    """The batches of one gateway, for asyncio; the methods are those of `Batches`."""

    def __init__(self, drive: AsyncDrive, retries: Retries, url: str) -> None:
        self._drive, self._retries, self._url = drive, retries, url

    async def open(self, *, key: str | None = None) -> Batch:
        """Begin a batch without lines, which `create` sends with its id as `resume`; images sent meanwhile are kept."""
        upload = Upload(key, complete=False)
        return await self._drive(upload_flow(io.BytesIO(), upload, None, self._retries, self._url))

    async def create(
        self, source: BatchSource, *, key: str | None = None, resume: str | None = None, on_bytes: OnBytes | None = None
    ) -> Batch:
        """Submit a file of JSON lines; the file is read in this thread."""
        with _opened(source) as file:
            return await self._drive(upload_flow(file, Upload(key, on_bytes), resume, self._retries, self._url))

    async def append(self, batch_id: str, source: BatchSource) -> Batch:
        """Send whole lines that a batch lacks of a file which still grows; `create` with `resume` ends it."""
        with _opened(source) as file:
            return await self._drive(upload_flow(file, Upload(complete=False), batch_id, self._retries, self._url))

    async def get(self, batch_id: str) -> Batch:
        """The current state of one batch."""
        return await self._drive(fetch(_get_call(batch_id), self._retries, self._url))

    async def list(self, *, page_size: int | None = None) -> AsyncIterator[Batch]:
        """All batches, newest first, without their errors."""
        cursor: str | None = None
        while True:
            page = await self._drive(fetch(_list_call(cursor, page_size), self._retries, self._url))
            for batch in page.batches:
                yield batch
            cursor = page.next_cursor
            if cursor is None:
                return

    async def wait(self, batch_id: str, *, wait_seconds: float | None = None) -> Batch:
        """Wait until nothing of a batch will change; raises DeadlineExceeded after `wait_seconds`."""
        return await self._drive(wait_flow(batch_id, self._retries, self._url, Deadline(wait_seconds)))

    async def cancel(self, batch_id: str) -> Batch:
        """Cancel a batch; lines that have ended keep their output."""
        return await self._drive(fetch(_cancel_call(batch_id), self._retries, self._url))

    async def delete(self, batch_id: str) -> None:
        """Delete a batch that has ended with its output; jobs and records stay. Raises Conflict while it runs."""
        await self._drive(fetch(_delete_call(batch_id), self._retries, self._url))

    async def output(self, batch_id: str) -> AsyncIterator[BatchOutput]:
        """The lines whose job has succeeded so far, in the order of the file."""
        async for line in self._lines(_lines_call(batch_id, "output"), BatchOutput):
            yield line

    async def errors(self, batch_id: str) -> AsyncIterator[BatchError]:
        """The lines that were rejected or whose job has failed so far, in the order of the file."""
        async for line in self._lines(_lines_call(batch_id, "errors"), BatchError):
            yield line

    async def _lines(self, call: Call[httpx.Response], model: type[Line]) -> AsyncIterator[Line]:
        response = await self._drive(send(call, self._retries, self._url))
        async with aclosing(response):
            try:
                async for line in response.aiter_lines():
                    if line:
                        yield model.model_validate_json(line)
            except httpx.TransportError as error:
                raise _interrupted(call, error) from error


@contextmanager
def _opened(source: BatchSource) -> Iterator[BinaryIO]:
    if isinstance(source, bytes):
        yield io.BytesIO(source)
    elif isinstance(source, str | Path):
        with Path(source).open("rb") as file:
            yield file
    else:
        yield source


def _part(file: BinaryIO, position: int, upload: Upload) -> tuple[bytes, bool]:
    """The lines from a position on, as many as go into one request, and whether they are the batch's last."""
    file.seek(position)
    part = file.read(_PART_BYTES)
    part += file.readline()
    if not upload.complete:
        return part[: part.rfind(b"\n") + 1], False
    return part, not file.read(1)


def _create_call(part: bytes, complete: bool, key: str) -> Call[Batch]:
    headers = {"Idempotency-Key": key, "Upload-Complete": _flag(complete), "Content-Type": "application/jsonl"}
    return Call("POST", "/v1/batches", read(Batch), headers=headers, content=part)


def _append_call(batch: Batch, part: bytes, complete: bool) -> Call[Batch]:
    headers = {"Upload-Offset": str(batch.received_bytes), "Upload-Complete": _flag(complete)}
    headers["Content-Type"] = "application/partial-upload"
    return Call("PATCH", f"/v1/batches/{batch.id}", read(Batch), headers=headers, content=part)


def _flag(value: bool) -> str:
    """A boolean of RFC 9651."""
    return "?1" if value else "?0"


def _get_call(batch_id: str) -> Call[Batch]:
    return Call("GET", f"/v1/batches/{batch_id}", read(Batch))


def _cancel_call(batch_id: str) -> Call[Batch]:
    return Call("DELETE", f"/v1/batches/{batch_id}", read(Batch))


def _delete_call(batch_id: str) -> Call[None]:
    return Call("DELETE", f"/v1/batches/{batch_id}", lambda _: None, params={"forget": "true"})


def _list_call(cursor: str | None, page_size: int | None) -> Call[BatchPage]:
    return Call("GET", "/v1/batches", read(BatchPage), params=paging(cursor, page_size))


def _lines_call(batch_id: str, what: str) -> Call[httpx.Response]:
    return Call("GET", f"/v1/batches/{batch_id}/{what}", whole, stream=True)


def _interrupted(call: Call[httpx.Response], error: httpx.TransportError) -> ServiceUnavailable:
    return ServiceUnavailable(f"{call.path} was interrupted: {error}")
