"""Datasets: named collections of records, page by page or as one file."""

from collections.abc import Iterator
from typing import Annotated

from fastapi import APIRouter, Query, Response
from fastapi.responses import StreamingResponse
from sqlalchemy.orm import Session

from gateway.http import cursors
from gateway.http.deps import Cursor, IdempotencyKey, PageSize, Parts, PartsDep, claim
from gateway.http.problems import documented
from gateway.http.replies import answered
from gateway.store import datasets, records
from gateway.store.idempotency import Answer, once
from gateway.store.records import RecordFilter
from imgdiff.datasets import Dataset, DatasetPage, NewDataset, RecordPage
from imgdiff.errors import Conflict, IdempotencyInFlight, IdempotencyMismatch, InvalidRequest, NotFound
from imgdiff.records import Change, Verdict

router = APIRouter(prefix="/v1/datasets", tags=["datasets"])

FORMATS = ("jsonl",)
_EXPORT_CHUNK = 200

_VerdictFilter = Annotated[Verdict | None, Query(description="Only records with this verdict.")]
_ChangeFilter = Annotated[Change | None, Query(description="Only records with a kept region of this change.")]


@router.get("")
def list_datasets(parts: PartsDep, page_size: PageSize, cursor: Cursor = None) -> DatasetPage:
    """All datasets, by name."""
    with parts.database.reading() as session:
        found = datasets.after(session, cursors.position(cursor) or "", page_size + 1)
    page = found[:page_size]
    more = cursors.encode(page[-1].name) if len(found) > page_size else None
    return DatasetPage(datasets=tuple(page), next_cursor=more)


@router.post(
    "",
    status_code=201,
    response_model=Dataset,
    responses=documented(Conflict, IdempotencyInFlight, InvalidRequest, IdempotencyMismatch),
)
def create_dataset(new: NewDataset, parts: PartsDep, key: IdempotencyKey) -> Response:
    """A new, empty dataset. Naming one in a job's options creates it too."""
    wanted = claim(key, "POST /v1/datasets", new.model_dump(mode="json"))

    def create(session: Session) -> Answer:
        dataset = datasets.create(session, new)
        return Answer(201, dataset.model_dump(mode="json"), {"Location": f"/v1/datasets/{dataset.name}"})

    return answered(once(parts.database, wanted, create))


@router.get("/{name}", responses=documented(NotFound))
def read_dataset(name: str, parts: PartsDep) -> Dataset:
    """One dataset with its counts."""
    with parts.database.reading() as session:
        return datasets.describe(session, name)


@router.get("/{name}/records", responses=documented(NotFound))
def list_records(
    name: str,
    parts: PartsDep,
    page_size: PageSize,
    verdict: _VerdictFilter = None,
    change: _ChangeFilter = None,
    cursor: Cursor = None,
) -> RecordPage:
    """The records of a dataset, oldest first."""
    start = cursors.sequence(cursor)
    with parts.database.reading() as session:
        datasets.require(session, name)
        found = records.after(session, RecordFilter(name, verdict, change), start, page_size + 1)
    page = found[:page_size]
    more = cursors.encode(page[-1][0]) if len(found) > page_size else None
    return RecordPage(records=tuple(record for _, record in page), next_cursor=more)


@router.get(
    "/{name}/export",
    response_class=StreamingResponse,
    responses={
        200: {"description": "The records.", "content": {"application/jsonl": {"schema": {"type": "string"}}}},
        **documented(NotFound),
    },
)
def export_dataset(
    name: str,
    parts: PartsDep,
    export_format: Annotated[str, Query(alias="format", description=f"One of: {', '.join(FORMATS)}.")] = "jsonl",
) -> StreamingResponse:
    """All records of a dataset as one file, sent as it is read: one record a line."""
    if export_format not in FORMATS:
        detail = f"unknown format {export_format!r}; known: {', '.join(FORMATS)}"
        raise InvalidRequest.at("/query/format", "enum", detail)
    with parts.database.reading() as session:
        datasets.require(session, name)
    headers = {"Content-Disposition": f'attachment; filename="{name}.jsonl"'}
    return StreamingResponse(_lines(parts, name), media_type="application/jsonl", headers=headers)


def _lines(parts: Parts, name: str) -> Iterator[str]:
    position = 0
    while True:
        with parts.database.reading() as session:
            found = records.after(session, RecordFilter(name), position, _EXPORT_CHUNK)
        if not found:
            return
        yield "".join(record.model_dump_json() + "\n" for _, record in found)
        position = found[-1][0]
