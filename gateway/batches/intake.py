"""Takes the lines of a batch in: parsed, their images stored, written a chunk at a time with the position behind them.

A chunk's rows and the position are committed together, so an upload that breaks off goes on at the position.
"""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from http import HTTPStatus

from gateway.batches.parsing import ParsedLine, is_blank, parse
from gateway.batches.settling import settle_all
from gateway.batches.splitting import LineSplitter, RawLine
from gateway.http.intake.uploads import Uploads
from gateway.http.threads import run_in_store
from gateway.settings import GatewaySettings
from gateway.store.batches import batches, lines
from gateway.store.batches.values import StoredBatch
from gateway.store.database import Database
from imgdiff.batches.documents import BatchState
from imgdiff.errors import Conflict, IdempotencyMismatch, ImgdiffError, InvalidRequest, PayloadTooLarge
from imgdiff.options import AssetRef, ImageRef

_CHUNK_LINES = 500  # in one transaction; chosen, not measured
_CHUNK_BYTES = 4 * 2**20  # held in memory before a chunk is written; chosen, not measured


@dataclass(frozen=True)
class Intake:
    """Blocks: call it from a worker thread."""

    settings: GatewaySettings
    database: Database
    uploads: Uploads

    def append(self, batch: StoredBatch, raw: Sequence[RawLine]) -> StoredBatch:
        """Store the next lines of a batch; raises Conflict when others were stored meanwhile, or its file is whole."""
        first = batch.lines + 1
        numbered = [(number, line) for number, line in enumerate(raw, first) if not is_blank(line)]
        parsed = [self._upload(parse(line, number, self.settings.max_body_bytes)) for number, line in numbered]
        with self.database.writing() as session:
            locked = require_position(batches.lock(session, batch.id), batch.received)
            total = locked.total + len(parsed)
            if total > self.settings.max_batch_lines:
                raise PayloadTooLarge(f"a batch has at most {self.settings.max_batch_lines} lines; send several")
            new = settle_all(session, locked, parsed)
            lines.add_all(session, locked.sequence, new)
            return batches.save(
                session,
                replace(
                    locked,
                    received=locked.received + sum(line.size for line in raw),
                    digest=raw[-1].digest if raw else locked.digest,
                    lines=locked.lines + len(raw),
                    total=total,
                    rejected=locked.rejected + sum(line.error is not None for line in new),
                ),
            )

    def close(self, batch: StoredBatch) -> StoredBatch:
        """Note that the file is whole, so that its lines are started; raises InvalidRequest where it has none."""
        with self.database.writing() as session:
            locked = require_position(batches.lock(session, batch.id), batch.received)
            if not locked.total:
                raise InvalidRequest.at("", "batch.empty", "the file has no line with a request")
            return batches.save(session, replace(locked, state=BatchState.RUNNING, started_at=datetime.now(UTC)))

    def _upload(self, line: ParsedLine) -> ParsedLine:
        """The line with its inline images stored and named by their ids."""
        images: dict[str, ImageRef] = {}
        try:
            for pointer, image in line.images.items():
                named = isinstance(image, AssetRef)
                images[pointer] = image if named else AssetRef(asset=self.uploads.resolve(image, pointer).id)
        except ImgdiffError as error:
            if error.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
                raise  # no fault of the line
            return line.rejected(error)
        return replace(line, images=images)


def require_position(batch: StoredBatch, position: int) -> StoredBatch:
    """The batch if its file is open and stored up to a position; raises Conflict."""
    if batch.state is not BatchState.RECEIVING:
        raise Conflict(f"the batch is {batch.state}; its file takes no more lines")
    if batch.received != position:
        raise Conflict(f"{batch.received} bytes are stored, not {position}; go on from there")
    return batch


@dataclass
class Receiver:
    """Appends a body to a batch, from its position or, to repeat a request, from the start of its file.

    What is stored already is read again and compared by the digest of its lines, if the body has all of it.
    """

    intake: Intake
    batch: StoredBatch
    known: int = 0  # bytes of the body that the batch has
    _position: int = field(default=0, init=False)
    _chunk: list[RawLine] = field(default_factory=list, init=False)
    _size: int = field(default=0, init=False)

    async def receive(self, body: AsyncIterator[bytes], *, complete: bool) -> StoredBatch:
        """The batch with all whole lines of the body, and its last one where that completes the file."""
        splitter = LineSplitter(self.intake.settings.max_body_bytes, "" if self.known else self.batch.digest)
        async for data in body:
            for line in splitter.feed(data):
                await self._take(line)
        if complete:
            for line in splitter.finish():
                await self._take(line)
        if self._position < self.known:
            if complete:
                raise _mismatch()
            return self.batch  # the first of several parts again: the answer says where the next one begins
        await self._flush()
        if complete and self.batch.state is BatchState.RECEIVING:
            self.batch = await run_in_store(self.intake.close, self.batch)
        return self.batch

    async def _take(self, line: RawLine) -> None:
        self._position += line.size
        if self._position <= self.known:
            if self._position == self.known and line.digest != self.batch.digest:
                raise _mismatch()
            return
        if self._position - line.size < self.known or (self.known and self.batch.state is not BatchState.RECEIVING):
            raise _mismatch()
        self._chunk.append(line)
        self._size += line.size
        if len(self._chunk) >= _CHUNK_LINES or self._size >= _CHUNK_BYTES:
            await self._flush()

    async def _flush(self) -> None:
        if self._chunk:
            self.batch = await run_in_store(self.intake.append, self.batch, self._chunk)
            self._chunk, self._size = [], 0


def _mismatch() -> IdempotencyMismatch:
    return IdempotencyMismatch("this Idempotency-Key was used before with another file")
