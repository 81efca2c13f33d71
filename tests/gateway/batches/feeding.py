"""Batches for the feeder's tests."""

from dataclasses import replace

from gateway.store.batches import batches, lines
from gateway.store.batches.values import NewLine, StoredBatch
from gateway.store.database import Database
from gateway.store.values import JobRequest
from imgdiff.batches.documents import BatchState
from imgdiff.jobs import JobKind
from imgdiff.options import Options

ASSET = "sha256:" + "a" * 64


def make_request(asset: str = ASSET) -> JobRequest:
    return JobRequest(kind=JobKind.DIFFERENCE_CAPTIONS, options=Options(), image1=asset, image2=asset)


def add_batch(database: Database, count: int, asset: str = ASSET) -> StoredBatch:
    request = make_request(asset).model_dump(mode="json")
    with database.writing() as session:
        batch = batches.create(session)
        new = [NewLine(number, f"id {number}", request) for number in range(1, count + 1)]
        lines.add_all(session, batch.sequence, new)
        return batches.save(session, replace(batch, state=BatchState.RUNNING, total=count, lines=count))


def read_batch(database: Database, batch: StoredBatch) -> StoredBatch:
    with database.reading() as session:
        return batches.find(session, batch.id)
