"""A batch as its clients see it, and its lines as JSON lines."""

from collections.abc import Callable, Iterator
from typing import Any

from gateway.http.rendering import render
from gateway.store.batches import batches, lines
from gateway.store.batches.values import StoredBatch
from gateway.store.database import Database, Session
from imgdiff.batches.documents import SHOWN_ERRORS, Batch, BatchCounts, BatchError, BatchLinks, BatchState

_PAGE = 100  # lines read at a time: an output may hold 64 records; chosen, not measured

ReadPage = Callable[[Session, int, int, int], list[dict[str, Any]]]


def view(session: Session, batch: StoredBatch, *, with_errors: bool = True) -> Batch:
    """The batch now."""
    errors = lines.errors(session, batch.sequence, 0, SHOWN_ERRORS) if with_errors else []
    path = f"/v1/batches/{batch.id}"
    return Batch(
        id=batch.id,
        state=batch.state,
        created_at=batch.created_at,
        started_at=batch.started_at,
        finished_at=batch.finished_at,
        received_bytes=batch.received,
        counts=_counts(batch),
        errors=tuple(BatchError.model_validate(error) for error in errors),
        links=BatchLinks(self=path, output=f"{path}/output", errors=f"{path}/errors"),
    )


def stream(database: Database, batch: StoredBatch, read_page: ReadPage) -> Iterator[str]:
    """The documents of a batch's lines in the order of the file, each page from a short transaction of its own.

    Raises NotFound where the batch is deleted meanwhile, so that what came is not taken for all of it.
    """
    after = 0
    while True:
        with database.reading() as session:
            page = read_page(session, batches.find(session, batch.id).sequence, after, _PAGE)
        yield "".join(f"{render(document)}\n" for document in page)
        if len(page) < _PAGE:
            return
        after = page[-1]["line"]


def _counts(batch: StoredBatch) -> BatchCounts:
    left = batch.total - batch.started - batch.succeeded - batch.failed - batch.rejected
    cancelled = batch.state is BatchState.CANCELLED
    return BatchCounts(
        total=batch.total,
        waiting=0 if cancelled else left,
        running=batch.started,
        completed=batch.succeeded,
        failed=batch.failed,
        rejected=batch.rejected,
        cancelled=left if cancelled else 0,
    )
